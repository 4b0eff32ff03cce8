"""Codes of today and of yesterday, and the names of numbers."""

from typing import Any

import pytest
from pydicom.dataset import Dataset

from vivomap.acquire.harvest.complaints import Book
from vivomap.acquire.harvest.concepts import concept_of, is_private, name_of, words
from vivomap.acquire.harvest.found import Concept


def read(made: Any, *code: str) -> tuple[Concept | None, list[str]]:
    ds, book = Dataset(), Book()
    ds.ConceptNameCodeSequence = [made.code(*code)]
    found = concept_of(ds, "ConceptNameCodeSequence", book, "1.2")
    return found, [c.code for c in book.told()]


def test_an_old_code_is_read_as_the_new_one(made: Any) -> None:
    assert read(made, "R-00317", "SRT", "Mean") == (("373098007", "SCT", "Mean"), ["sr_old_code"])


def test_a_code_of_the_wrong_scheme_is_told_by_its_meaning(made: Any) -> None:
    assert read(made, "121071", "SCT", "Finding") == (("121071", "DCM", "Finding"), ["sr_wrong_scheme"])
    assert read(made, "121071", "DCM", "Finding") == (("121071", "DCM", "Finding"), [])


def test_an_unknown_code_stays_as_it_is(made: Any) -> None:
    assert read(made, "29436-3", "LN", "Diameter") == (("29436-3", "LN", "Diameter"), [])


def test_nothing_is_made_of_an_empty_code() -> None:
    ds = Dataset()
    ds.ConceptNameCodeSequence = [Dataset()]
    assert concept_of(ds, "ConceptNameCodeSequence", Book(), "1") is None


@pytest.mark.parametrize(("text", "name"), [("Long axis", "long_axis"), ("Größe (mm)", "groe_mm"), ("***", "unnamed")])
def test_words_become_a_name(text: str, name: str) -> None:
    assert words(text) == name


def test_a_name_is_ours_only_with_all_its_codes() -> None:
    suv = Concept("126401", "DCM", "SUVbw")
    top = Concept("56851009", "SCT", "Maximum")
    assert name_of(suv, (top, None, None)) == "suv_max"
    assert name_of(suv, (None, None, None)) == "suvbw"
    assert name_of(Concept("1", "99ACME", "Volume"), (None, None, None)) == "volume_as_reported"
    assert name_of(Concept("mean_iron", "99VIVOMAP", "mean iron"), (None, None, None)) == "mean_iron"
    assert is_private(Concept("1", "99ACME", "Volume"))
    assert not is_private(Concept("1", "99VIVOMAP", "Volume"))
