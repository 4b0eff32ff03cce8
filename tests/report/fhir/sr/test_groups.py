"""Groups that other makers write: no finding, a number without a value, text evaluations."""

from __future__ import annotations

from pydicom.dataset import Dataset

from vivomap.report.fhir.sr.groups import evaluated, group
from vivomap.report.fhir.sr.places import Frame

FRAME = Frame("1.2.3", "P-1", "1.2", "A-7", "2026-03-10T08:00:00Z", "final")


def item(kind: str, code: str, **more: object) -> Dataset:
    made, name = Dataset(), Dataset()
    name.CodeValue, name.CodingSchemeDesignator, name.CodeMeaning = code, "99X", "x"
    made.ConceptNameCodeSequence, made.ValueType, made.RelationshipType = [name], kind, "CONTAINS"
    for key, value in more.items():
        setattr(made, key, value)
    return made


def test_a_number_without_a_value_says_so() -> None:
    whole = Dataset()
    whole.ContentSequence = [item("NUM", "5")]
    first, number = group(FRAME, whole, "1")
    assert first["hasMember"][0]["type"] == "Observation"
    assert number["dataAbsentReason"] == {"text": "the report gives no value"}
    assert "valueQuantity" not in number
    assert first["code"]["coding"][0]["code"] == "125007"


def test_a_text_is_an_evaluation_and_a_date_is_none() -> None:
    said = evaluated(FRAME, item("TEXT", "6", TextValue="round"), "1", "2")
    assert said["valueCodeableConcept"] == {"text": "round"}
    assert said["basedOn"] == [{"type": "ServiceRequest", "identifier": {"value": "A-7"}}]
    assert evaluated(FRAME, item("DATE", "7"), "1", "3") == {}
