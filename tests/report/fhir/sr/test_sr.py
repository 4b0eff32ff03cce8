"""The mapping of HL7's dicom-sr guide: on the guide's own example report, and on ours."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from fhir.resources import get_fhir_model_class
from pydicom import dcmread
from pydicom.dataset import Dataset

from vivomap.core import Change, Measurement, identify
from vivomap.report.dicom_identity import tracking_uid
from vivomap.report.dicom_sr import document
from vivomap.report.fhir.sr import mapped
from vivomap.report.forms import Filed, forms

DCM, SCT = "http://dicom.nema.org/resources/ontology/DCM", "http://snomed.info/sct"
Of = Callable[[dict[str, Any], str], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def example(data: Path) -> dict[str, Any]:
    """The guide's example; its accession number is not the list that DICOM JSON asks for, so it is made one."""
    found = json.loads((data / "hl7_dicom_sr" / "Example-MeasurementReport.json").read_text())
    report = found[0] if isinstance(found, list) else found
    report["00080050"]["Value"] = [report["00080050"]["Value"]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its source series has a UID of 66 characters
        return mapped(Dataset.from_json(report))


def codes(concept: dict[str, Any]) -> tuple[str, str]:
    return concept["coding"][0]["system"], concept["coding"][0]["code"]


def every_shape(bundle: dict[str, Any]) -> None:
    get_fhir_model_class("Bundle").model_validate(bundle)
    for entry in bundle["entry"]:
        get_fhir_model_class(entry["resource"]["resourceType"]).model_validate(entry["resource"])


def test_the_example_gives_the_resources_that_the_guide_expects(example: dict[str, Any]) -> None:
    every_shape(example)
    kinds = sorted(e["resource"]["resourceType"] for e in example["entry"])
    assert kinds == sorted(
        ["DiagnosticReport", *6 * ["Observation"], *2 * ["BodyStructure"], *2 * ["ImagingSelection"], *2 * ["Device"]]
    )


def test_the_examples_group_has_the_category_the_finding_and_its_members(example: dict[str, Any], of_kind: Of) -> None:
    (report,) = of_kind(example, "DiagnosticReport")
    by_url = {e["fullUrl"]: e["resource"] for e in example["entry"]}
    (group,) = (by_url[r["reference"]] for r in report["result"])
    assert report["status"] == group["status"] == "final", "verified and complete"
    assert codes(report["code"]) == (DCM, "126000")
    assert codes(group["code"]) == (SCT, "241053004")
    assert codes(group["category"][0]) == (DCM, "125007")
    assert codes(group["valueCodeableConcept"]) == (SCT, "427359005")
    assert group["basedOn"][0]["identifier"]["value"] == "ACSN-235813"
    assert group["partOf"][0]["identifier"]["value"].endswith("83311413144566317081790268995")
    assert group["subject"]["identifier"]["value"] == "PID-11235"
    numbers = [by_url[m["reference"]] for m in group["hasMember"][:3]]
    told = [(codes(n["code"])[1], n["valueQuantity"]["value"], n["valueQuantity"]["code"]) for n in numbers]
    assert told == [("118565006", 31112.2, "mm3"), ("81827009", 49.94462, "mm"), ("301898006", 9026.567, "mm2")]
    judged = [by_url[m["reference"]] for m in group["hasMember"][3:]]
    assert [codes(j["code"])[1] for j in judged] == ["C45992", "RID36042"]
    assert {codes(j["category"][0])[1] for j in judged} == {"C0034375"}
    assert [codes(j["valueCodeableConcept"])[1] for j in judged] == ["105", "905"]


def test_the_examples_lesion_site_segment_and_algorithm(example: dict[str, Any], of_kind: Of) -> None:
    lesion, site = of_kind(example, "BodyStructure")
    known = {i["type"]["coding"][0]["code"]: i for i in lesion["identifier"]}
    assert known["112039"]["value"] == "Nodule 1"
    assert known["112040"]["system"] == "urn:dicom:uid"
    assert known["112040"]["value"].startswith("urn:oid:1.2.840.113747")
    assert lesion["includedStructure"] == [{"structure": {"text": "Nodule 1"}}]
    assert codes(site["includedStructure"][0]["structure"]) == (SCT, "39607008")
    segment, series = of_kind(example, "ImagingSelection")
    assert codes(segment["code"]) == (DCM, "121191")
    assert segment["instance"][0]["subset"] == ["1"]
    assert segment["instance"][0]["sopClass"]["code"] == "urn:oid:1.2.840.10008.5.1.4.1.1.66.4"
    assert codes(series["code"]) == (DCM, "121232")
    assert "seriesUid" not in series, "66 characters are no UID"
    assert series["identifier"][0]["value"].endswith("273525289046256012743471155680.2")
    equipment, algorithm = of_kind(example, "Device")
    assert equipment["displayName"] == "Example Imaging Measurement Device"
    assert (algorithm["displayName"], algorithm["version"]) == ("pylidc", [{"value": "0.2.0"}])
    assert algorithm["parent"]["reference"].startswith("urn:uuid:")
    group = of_kind(example, "Observation")[0]
    assert [f["type"] for f in group["focus"]] == ["BodyStructure", "ImagingSelection", "ImagingSelection"]
    assert "extension" not in group, "the guide's report says nothing of time"


OTHERS = ("sr.dcm", "sr_document.dcm", "sr_document_with_multiple_groups.dcm")  # of dcmqi and highdicom


def test_reports_of_other_makers_map_too_and_no_two_numbers_are_taken_for_one(data: Path, of_kind: Of) -> None:
    for name in OTHERS:
        (path,) = (data / "dicom_seg_sr_pm").rglob(name)
        report = dcmread(path)
        made = mapped(report)
        every_shape(made)
        told = [o for o in of_kind(made, "Observation") if "valueQuantity" in o]
        assert len(told) == _numbers(report), name
        known = [(o["code"]["coding"][0]["code"], str(o.get("component")), o["focus"][0]["reference"]) for o in told]
        assert len(set(known)) == len(known), name


def _numbers(item: Dataset) -> int:
    """The numbers that groups of a report contain, counted by hand."""
    inside = item.get("ContentSequence") or ()
    own = sum(1 for i in inside if i.ValueType == "NUM" and i.RelationshipType == "CONTAINS")
    return own + sum(_numbers(i) for i in inside if i.ValueType == "CONTAINER")


@pytest.fixture(scope="module")
def ours(filed: Filed) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(forms()["sr-fhir"].write(filed)["sr-fhir.json"])
    return made


def parts(resource: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [e for e in resource["extension"] if e["url"].endswith(f"/{name}")]
    return {p["url"]: next(v for k, v in p.items() if k != "url") for p in found["extension"]}


def standard(observation: dict[str, Any]) -> float:
    return float(parts(observation, "uncertainty")["standard"]["value"])


def test_our_report_maps_to_the_same_numbers_with_their_doubt(filed: Filed, ours: dict[str, Any], of_kind: Of) -> None:
    every_shape(ours)
    measured = [o for o in of_kind(ours, "Observation") if "valueQuantity" in o]
    claims = [c for c in filed.assessment.claims if isinstance(c, Measurement)]
    told = {
        o["identifier"][0]["value"]: (o["valueQuantity"]["value"], o["valueQuantity"]["code"], standard(o))
        for o in measured
    }
    assert told == {identify(c): (c.value, c.unit, c.uncertainty) for c in claims}
    limits = sorted(
        (parts(o, "no-change")["low"]["value"], parts(o, "no-change")["chanceReal"])
        for o in measured
        if any(e["url"].endswith("/no-change") for e in o["extension"])
    )
    changes = [c for c in filed.assessment.claims if isinstance(c, Change)]
    assert limits == sorted((c.low, c.chance_real) for c in changes)


def test_our_groups_say_which_visit_and_which_lesion(filed: Filed, ours: dict[str, Any], of_kind: Of) -> None:
    groups = [o for o in of_kind(ours, "Observation") if "hasMember" in o]
    assert {parts(g, "time-point")["order"] for g in groups} == {2}
    assert {parts(g, "time-point")["offset"]["value"] for g in groups} == {56.0}
    lesions = {r["identifier"][1]["value"] for r in of_kind(ours, "BodyStructure") if "identifier" in r}
    named = {c.region for c in filed.assessment.claims if isinstance(c, Measurement) and c.region}
    assert lesions == {f"urn:oid:{tracking_uid(filed, n)}" for n in named}
    assert all(g["status"] == "preliminary" for g in groups), "nobody has verified it"
    assert all("category" not in g for g in groups), "where the code is that of a group, the category is not"


def test_each_of_the_extensions_is_defined_with_its_parts(ours: dict[str, Any]) -> None:
    used: dict[str, set[str]] = {}
    for entry in ours["entry"]:
        for extension in entry["resource"].get("extension", ()):
            used.setdefault(extension["url"].rsplit("/", 1)[1], set()).update(p["url"] for p in extension["extension"])
    assert set(used) == {"uncertainty", "no-change", "time-point"}
    for name, inner in used.items():
        definition = json.loads((files("vivomap.report.fhir") / "definitions" / f"{name}.json").read_text())
        get_fhir_model_class("StructureDefinition").model_validate(definition)
        assert inner <= {e["sliceName"] for e in definition["differential"]["element"] if "sliceName" in e}


def test_a_report_without_an_offset_from_utc_has_no_moment(filed: Filed, of_kind: Of) -> None:
    report = document(filed)
    assert of_kind(mapped(report), "DiagnosticReport")[0]["issued"] == "2024-03-05T11:30:15Z"
    del report.TimezoneOffsetFromUTC
    assert "issued" not in of_kind(mapped(report), "DiagnosticReport")[0]
