import pytest
from pydicom.dataset import Dataset

from vivomap.acquire.deidentify.codes import clean_code, is_code
from vivomap.acquire.deidentify.key import Key

NOBODY: frozenset[str] = frozenset()


def code(value: str, scheme: str, meaning: str) -> Dataset:
    ds = Dataset()
    ds.CodeValue, ds.CodingSchemeDesignator, ds.CodeMeaning = value, scheme, meaning
    return ds


@pytest.mark.parametrize(
    "coded",
    [
        code("112039", "DCM", "Tracking Identifier"),
        code("mm2/s", "UCUM", "mm2/s"),
        code("g/ml{SUVbw}", "UCUM", "Standardized Uptake Value body weight"),
        code("10200004", "SCT", "Liver"),
        code("[hnsf'U]", "UCUM", "Hounsfield unit"),
    ],
)
def test_a_code_of_a_public_dictionary_stays(coded: Dataset, key: Key) -> None:
    before = coded.CodeValue
    clean_code(coded, key, NOBODY)
    assert coded.CodeValue == before


def test_a_false_meaning_gets_that_of_the_dictionary(key: Key) -> None:
    coded = code("10200004", "SCT", "Liver of Jane Doe")
    assert clean_code(coded, key, NOBODY)
    assert coded.CodeMeaning.startswith("Liver structure")


@pytest.mark.parametrize("scheme", ["99KLINIK", "L", "JANE", "SCT", "UCUM", "DCM"])
def test_a_local_code_becomes_a_token_without_words(scheme: str, key: Key) -> None:
    coded = code("JANEDOE", scheme, "Jane Doe's liver")
    assert clean_code(coded, key, NOBODY)
    told = f"{coded.CodeValue} {coded.CodingSchemeDesignator} {coded.CodeMeaning}".casefold()
    assert "jane" not in told
    assert "doe" not in told
    assert "klinik" not in told
    again = code("JANEDOE", scheme, "")
    clean_code(again, key, NOBODY)
    assert again.CodeValue == coded.CodeValue


def test_only_a_value_with_a_scheme_is_a_code() -> None:
    assert is_code(code("1", "UCUM", "no units"))
    assert not is_code(Dataset())
