"""The R5 bundle: of the shape of R5, the same numbers as R4, and the images behind each."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from fhir.resources import get_fhir_model_class

from vivomap.core import Assessment, Measurement, identify
from vivomap.report import fhir
from vivomap.report.dicom_identity import tracking_uid
from vivomap.report.dicom_seg import grids
from vivomap.report.fhir import r5
from vivomap.report.forms import Filed, forms

Case = tuple[Assessment, tuple[Assessment, ...]]
Of = Callable[[dict[str, Any], str], list[dict[str, Any]]]
CASES = ("baseline", "two_visits", "four_visits", "pet", "table_only", "undated")


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.getfixturevalue(request.param)
    return found


def shaped(resource: dict[str, Any]) -> None:
    get_fhir_model_class(resource["resourceType"]).model_validate(resource)


def references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["reference"]} if "reference" in value else set()
        return own.union(*map(references, value.values()))
    return set().union(*map(references, value)) if isinstance(value, list) else set()


def test_every_resource_has_the_shape_of_r5_and_every_reference_an_entry(case: Case) -> None:
    made = json.loads(forms()["fhir-r5"].write(Filed(*case))["fhir-r5.json"])
    shaped(made)
    for entry in made["entry"]:
        shaped(entry["resource"])
    assert references(made) <= {e["fullUrl"] for e in made["entry"]}


def test_r5_is_not_r4_by_another_name(four_visits: Case) -> None:
    old = fhir.bundle(Filed(*four_visits))
    kinds = {"DiagnosticReport", "BodyStructure", "CarePlan", "ImagingStudy", "Device"}
    for entry in old["entry"]:
        if entry["resource"]["resourceType"] in kinds - {"ImagingStudy"}:
            with pytest.raises(ValueError):
                shaped(entry["resource"])


def test_the_same_numbers_stand_in_both(case: Case, of_kind: Of) -> None:
    def told(bundle: dict[str, Any]) -> dict[str, Any]:
        keys = ("code", "valueQuantity", "extension", "referenceRange", "interpretation", "component", "note")
        return {r["id"]: {k: r.get(k) for k in keys} for r in of_kind(bundle, "Observation")}

    assert told(r5.later(Filed(*case))) == told(fhir.bundle(Filed(*case)))


def test_a_number_is_derived_from_its_slices_and_its_focus_is_the_lesion_and_its_segment(
    filed: Filed, of_kind: Of
) -> None:
    made = r5.later(filed)
    by_url = {e["fullUrl"]: e["resource"] for e in made["entry"]}
    (grid, *_) = grids(filed)
    number = next(c for c in filed.assessment.claims if isinstance(c, Measurement) and c.region)
    observation = next(o for o in of_kind(made, "Observation") if o["id"] == identify(number))
    derived = [by_url[r["reference"]] for r in observation["derivedFrom"]]
    assert [r["resourceType"] for r in derived] == ["ImagingStudy", "ImagingSelection"]
    assert {i["uid"] for i in derived[1]["instance"]} <= set(number.provenance.source)
    lesion, segment = (by_url[r["reference"]] for r in observation["focus"])
    assert lesion["identifier"][1]["value"] == f"urn:oid:{tracking_uid(filed, number.region)}"
    assert segment["identifier"] == derived[1]["identifier"] == lesion["identifier"][1:]
    numbered = {s.lesion: s.number for s in grid.segments}
    assert segment["instance"][0]["subset"] == [str(numbered[number.region])]
    assert segment["instance"][0]["uid"] == grid.uid
    assert "bodySite" not in observation


def test_what_is_missing_is_not_derived_from_images(two_visits: Case, of_kind: Of) -> None:
    absent = [o for o in of_kind(r5.later(Filed(*two_visits)), "Observation") if "dataAbsentReason" in o]
    assert absent
    assert all("derivedFrom" not in o for o in absent)
