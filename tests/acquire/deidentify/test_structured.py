import pytest
from pydicom.dataset import Dataset

from vivomap.acquire.deidentify.key import Key
from vivomap.acquire.deidentify.structured import clean_item, is_item

NOBODY: frozenset[str] = frozenset()


def item(kind: str, concept: str, **values: str) -> Dataset:
    name, ds = Dataset(), Dataset()
    name.CodeValue, name.CodingSchemeDesignator, name.CodeMeaning = concept, "DCM", "concept"
    ds.ValueType, ds.ConceptNameCodeSequence = kind, [name]
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return ds


def test_a_person_is_nobody(key: Key) -> None:
    named = item("PNAME", "121008", PersonName="Meier^Hans")
    assert clean_item(named, key, NOBODY)
    assert named.PersonName == "Removed"


def test_a_birth_date_does_not_move_but_goes(key: Key) -> None:
    born = item("DATE", "121031", Date="19610203")
    assert clean_item(born, key, NOBODY)
    assert born.Date == "19000101"


@pytest.mark.parametrize(("text", "told"), [("stable disease", "removed"), ("stable lesion", "stable lesion")])
def test_a_text_of_known_words_stays_and_any_other_goes(text: str, told: str, key: Key) -> None:
    said = item("TEXT", "121106", TextValue=text)
    assert clean_item(said, key, NOBODY) == (text != told)
    assert said.TextValue == told


def test_the_number_of_a_person_goes_even_if_it_is_a_plain_word(key: Key) -> None:
    number = item("TEXT", "121030", TextValue="12")
    assert clean_item(number, key, NOBODY)
    assert number.TextValue == "removed"


def test_a_lesion_keeps_its_own_name_over_all_reports(key: Key) -> None:
    first, again, other = (item("TEXT", "112039", TextValue=t) for t in ("Meier 1", "Meier 1", "Meier 2"))
    for one in (first, again, other):
        clean_item(one, key, NOBODY)
    assert first.TextValue == again.TextValue != other.TextValue
    assert "Meier" not in first.TextValue


def test_only_a_content_item_is_one() -> None:
    assert is_item(item("NUM", "1"))
    assert not is_item(Dataset())
