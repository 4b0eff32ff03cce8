"""Items of a content tree as FHIR takes them."""

from __future__ import annotations

from pydicom.dataset import Dataset

from vivomap.report.fhir.sr import tree


def coded(value: str, scheme: str, meaning: str) -> Dataset:
    ds = Dataset()
    ds.CodeValue, ds.CodingSchemeDesignator, ds.CodeMeaning = value, scheme, meaning
    return ds


def num(value: str, unit: str, exact: float | None = None) -> Dataset:
    measured, item = Dataset(), Dataset()
    measured.NumericValue, measured.MeasurementUnitsCodeSequence = value, [coded(unit, "UCUM", "a unit")]
    if exact is not None:
        measured.FloatingPointValue = exact
    item.ValueType, item.MeasuredValueSequence = "NUM", [measured]
    item.ConceptNameCodeSequence = [coded("1", "99X", "one")]
    return item


def test_a_number_is_the_exact_one_where_both_are_given() -> None:
    assert tree.number(num("1.2", "mm", 1.23456789012345678))["value"] == 1.23456789012345678
    assert tree.number(num("1.2", "mm")) == {
        **{"value": 1.2, "unit": "a unit"},
        **{"system": "http://unitsofmeasure.org", "code": "mm"},
    }


def test_no_value_is_no_number_and_no_code_no_concept() -> None:
    assert tree.number(Dataset()) == tree.answer(Dataset()) == tree.called(Dataset()) == {}
    empty = Dataset()
    empty.MeasuredValueSequence = []
    assert tree.number(empty) == {}


def test_a_scheme_that_is_not_known_keeps_its_name() -> None:
    assert tree.system("99LIDCQIICR") == "https://vivomap.example/fhir/scheme/99LIDCQIICR"
    assert tree.system("SCT") == "http://snomed.info/sct"


def test_children_are_found_by_concept_and_by_kind() -> None:
    root = Dataset()
    root.ContentSequence = [num("1", "mm"), num("2", "mm")]
    assert len(list(tree.children(root, ("1", "99X"), kind="NUM"))) == 2
    assert list(tree.children(root, ("2", "99X"))) == list(tree.children(root, kind="TEXT")) == []
    assert tree.first(root, ("2", "99X")) == Dataset()


def test_a_written_answer_is_a_text() -> None:
    item = Dataset()
    item.TextValue = "spiculated"
    assert tree.answer(item) == {"text": "spiculated"}
