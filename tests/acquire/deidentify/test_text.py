import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivomap.acquire.deidentify.key import Key
from vivomap.acquire.deidentify.text import clean, holds, known, label, names_in, sentence, words

OWN = names_in("DOE^JANE", "MRN77")


@pytest.mark.parametrize(
    "text", ["GTV_Mass_CT", "t2_tse_tra 3.0mm", "DWI b1000", "PET AC", "lesion_1 lung", "", "CT3 axial"]
)
def test_plain_words_stay_as_they_are(text: str) -> None:
    assert clean(text) == text
    assert known(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Thorax Meier", "Thorax"),
        ("CT abdomen 19610203", "CT abdomen"),
        ("MR 3.2.1961", "MR"),
        ("MR 61-02-03 brain", "MR brain"),
        ("lung 555 123 4567", "lung"),
        ("CT chest for jane doe", "CT chest for"),
        ("Kopf Müller CT", "CT"),
        ("liver MRN77", "liver"),
        ("12 34 56 78", ""),
    ],
)
def test_names_dates_and_long_numbers_go(text: str, told: str) -> None:
    assert clean(text, OWN) == told


def test_a_name_that_is_a_plain_word_goes_where_it_is_the_patients() -> None:
    own = names_in("WHITE^ANNA")
    assert clean("white matter anna", own) == "matter"
    assert clean("white matter") == "white matter"
    assert names_in("Breast-MRI") == frozenset()


@given(st.text(max_size=60))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.text(max_size=60))
def test_only_known_words_and_short_numbers_are_left(text: str) -> None:
    left = clean(text)
    assert left.isascii()
    letters = "".join(c if c.isalpha() else " " for c in left.casefold()).split()
    assert set(letters) <= words() | {
        part for w in words() for part in "".join(c if c.isalpha() else " " for c in w).split()
    }


def test_a_sentence_stays_whole_or_goes_whole() -> None:
    assert sentence("no new lesion") == "no new lesion"
    assert sentence("no new lesion, says Dr. Meier") == "removed"
    assert sentence("lesion\ngrows") == "removed"


def test_labels_stay_apart_and_stay_the_same(key: Key) -> None:
    one, other = label("tumour Meier", key), label("tumour Huber", key)
    assert one != other
    assert one == label("tumour Meier", key)
    assert one.startswith("tumour ")
    assert label("GTV", key) == "GTV"
    assert len(label("lesion " * 30 + "x7y", key, most=16)) <= 16


def test_the_patients_words_are_found_in_any_case() -> None:
    assert holds("STATION-DOE", OWN)
    assert not holds("STATION", OWN)
