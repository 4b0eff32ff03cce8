"""A bundle written by hand: the reader knows its number, its doubt and its lesion."""

import copy
import json
from typing import Any

import pytest

from vivomap.report.readback.fhir import read

BODY = {"resourceType": "BodyStructure", "identifier": [{"system": "urn:dicom:uid", "value": "urn:oid:1.2.3"}]}
NUMBER = {
    "resourceType": "Observation",
    "identifier": [{"system": "https://x.example/claim", "value": "aa"}],
    "code": {"coding": [{"system": "http://snomed.info/sct", "code": "103339001"}]},
    "valueQuantity": {"value": 12.5, "code": "mm"},
    "extension": [
        {
            "url": "https://x.example/StructureDefinition/uncertainty",
            "extension": [{"url": "standard", "valueQuantity": {"value": 0.5, "code": "mm"}}],
        }
    ],
    "bodySite": {"extension": [{"url": "x", "valueReference": {"reference": "urn:uuid:2"}}]},
}


def bundle(*resources: dict[str, Any]) -> dict[str, bytes]:
    entries = [{"fullUrl": f"urn:uuid:{k}", "resource": r} for k, r in enumerate(resources, 1)]
    return {"a.json": json.dumps({"resourceType": "Bundle", "entry": entries}).encode()}


def test_a_number_has_its_error_its_code_and_its_lesion() -> None:
    assert read(bundle(NUMBER, BODY)) == {"aa": (12.5, "mm", 0.5, "103339001", "1.2.3")}


def test_a_lesion_is_found_where_r5_names_it() -> None:
    later = {k: v for k, v in NUMBER.items() if k != "bodySite"} | {"bodyStructure": {"reference": "urn:uuid:2"}}
    assert read(bundle(later, BODY))["aa"].tracking == "1.2.3"


def test_what_has_no_doubt_of_ours_is_no_number_of_ours() -> None:
    assert read(bundle({**NUMBER, "extension": []}, BODY)) == {}


def test_a_number_without_a_lesion_is_the_patients() -> None:
    assert read(bundle({k: v for k, v in NUMBER.items() if k != "bodySite"}))["aa"].tracking == ""


def test_an_error_in_another_unit_is_told() -> None:
    other = copy.deepcopy(NUMBER)
    other["valueQuantity"]["code"] = "cm"
    with pytest.raises(ValueError, match="uncertainty in 'mm'"):
        read(bundle(other, BODY))


def test_a_lesion_that_is_not_in_the_bundle_is_told() -> None:
    with pytest.raises(KeyError):
        read(bundle(NUMBER))
