"""The frozen table of concepts: legal, unambiguous, known to DICOM where it says so, and complete for our numbers."""

from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from pydicom.sr._concepts_dict import concepts

from vivomap.core import Biomarker, Criterion, Refusal, discover, errors
from vivomap.core.units import UNITS
from vivomap.report import codes
from vivomap.report.codes import BIOMARKERS, CRITERIA, OWN, PRIVATE, Coded, Concept


def every() -> set[Concept]:
    """Every concept of the table."""
    found: set[Concept] = set()

    def gather(value: Any) -> None:
        if isinstance(value, Concept):
            found.add(value)
        elif isinstance(value, dict):
            for each in value.values():
                gather(each)
        elif isinstance(value, Coded):
            for each in value:
                gather(each)

    for name, value in vars(codes).items():
        if not name.startswith("_"):
            gather(value)
    return found


def test_each_concept_is_legal_and_a_value_has_one_meaning() -> None:
    assert len(every()) > 100
    for concept in every():
        assert 0 < len(concept.value) <= 16
        assert 0 < len(concept.meaning) <= 64
    said: dict[tuple[str, str], set[str]] = {}
    for concept in every():
        said.setdefault(concept[:2], set()).add(concept.meaning)
    assert not {k: v for k, v in said.items() if len(v) > 1}


@pytest.mark.parametrize("scheme", ["SCT", "DCM", "LN", "UMLS"])
def test_a_public_code_is_in_the_dictionary_of_dicom(scheme: str) -> None:
    known = {code for values in concepts[scheme].values() for code in values}
    mine = {c for c in every() if c.scheme == scheme}
    assert mine
    absent = {c for c in mine if c.value not in known} - {codes.EVALUATIONS}
    assert not absent


def test_every_scheme_is_public_or_ours_and_ours_are_in_one_table() -> None:
    assert {c.scheme for c in every()} <= {"SCT", "DCM", "LN", "UMLS", "UCUM", "RFC5646", PRIVATE}
    assert {c for c in every() if c.scheme == PRIVATE} == set(OWN.values())
    assert all(key == concept.value for key, concept in OWN.items())


def test_every_number_and_criterion_has_its_line_and_a_card_says_the_same_code() -> None:
    cards = discover("vivomap.quantify", Biomarker)
    assert set(cards) <= set(BIOMARKERS)
    for name, card in cards.items():
        if card.code:
            assert card.code[0] in {c.value for c in BIOMARKERS[name] if c}, name
    assert set(discover("vivomap.track", Criterion)) <= set(CRITERIA)


def test_numbers_that_differ_are_coded_differently() -> None:
    assert len(set(BIOMARKERS.values())) == len(BIOMARKERS)


def test_what_is_not_in_the_table_goes_under_its_own_name() -> None:
    assert codes.biomarker("new_number").name == Concept("new_number", PRIVATE, "new number")
    assert codes.category("XY") == Concept("XY", PRIVATE, "XY")
    assert codes.criterion("rano_2_0").scheme == PRIVATE
    assert all(codes.reason(code).scheme == PRIVATE for code in errors.codes())


def test_units_are_those_of_the_core() -> None:
    assert [codes.unit(u).value for u in UNITS] == list(UNITS)
    with pytest.raises(Refusal) as refused:
        codes.unit("furlong")
    assert refused.value.code == "unknown_unit"


@pytest.mark.parametrize(
    ("finding", "where", "site", "side"),
    [
        ("lesion", "lung", "Lung", None),
        ("lesion", "left lung", "Lung", "Left"),
        ("lesion", "Adrenal_gland right", "Adrenal gland", "Right"),
        ("node", "", "Lymph node", None),
        ("node", "mediastinum", "Mediastinum", None),
        ("lesion", "", None, None),
        ("lesion", "segment VII", None, None),
    ],
)
def test_a_site_is_read_with_its_side(finding: str, where: str, site: str | None, side: str | None) -> None:
    found, beside = codes.site(finding, where)
    assert (found and found.meaning, beside and beside.meaning) == (site, side)


def test_the_table_is_frozen() -> None:
    assert not any(is_dataclass(v) and fields(v) for v in every())
    with pytest.raises(AttributeError):
        codes.LESION.value = "1"  # type: ignore[misc]
