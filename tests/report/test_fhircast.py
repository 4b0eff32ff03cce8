"""FHIRcast events as IHE IRA asks for them (experimental): the request, its contexts, and the same numbers."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

import pytest
from fhir.resources import get_fhir_model_class

from vivomap.core import Assessment, Measurement, Refusal, identify
from vivomap.report.fhircast import opened, updated
from vivomap.report.forms import Filed, forms

Case = tuple[Assessment, tuple[Assessment, ...]]


@pytest.fixture(scope="module")
def events(filed: Filed) -> dict[str, Any]:
    files = forms()["fhircast"].write(filed)
    return {name: json.loads(body) for name, body in files.items()}


def contexts(event: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {c["key"]: c["resource"] for c in event["event"]["context"]}


def test_each_event_is_a_request_that_a_hub_takes(events: dict[str, Any]) -> None:
    """RAD-148 and RAD-150: 400 where timestamp, id or event are not set."""
    for event in events.values():
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", event["timestamp"])
        assert str(uuid.UUID(event["id"])) == event["id"]
        assert event["event"]["hub.topic"]
        for resource in contexts(event).values():
            if resource["resourceType"] != "DiagnosticReport" or "code" in resource:
                get_fhir_model_class(resource["resourceType"]).model_validate(resource)


def test_the_context_names_report_patient_and_study_as_the_profiles_want(events: dict[str, Any], filed: Filed) -> None:
    """IRA: report of status unknown, patient with an MR, study available with its UID and an accession number."""
    event = events["fhircast-open.json"]
    assert event["event"]["hub.event"] == "DiagnosticReport-open"
    named = contexts(event)
    assert set(named) == {"report", "patient", "study"}
    assert named["report"]["status"] == "unknown"
    assert named["report"]["study"] == [{"reference": f"ImagingStudy/{named['study']['id']}"}]
    (patient,) = named["patient"]["identifier"]
    assert (patient["type"]["coding"][0]["code"], patient["value"]) == ("MR", filed.assessment.study.patient)
    study, accession = named["study"]["identifier"]
    assert study["type"]["coding"][0]["code"] == "110180"
    assert study["value"] == f"urn:oid:{filed.assessment.study.uid[0]}"
    assert accession["type"]["coding"][0]["code"] == "ACSN"
    assert named["study"]["status"] == "available"


def test_the_update_brings_the_same_numbers_with_images_and_lesions(events: dict[str, Any], filed: Filed) -> None:
    event = events["fhircast-update.json"]
    named = contexts(event)
    assert set(named) == {"report", "updates"}
    assert named["report"]["id"] == contexts(events["fhircast-open.json"])["report"]["id"]
    resources = [e["resource"] for e in named["updates"]["entry"]]
    by_id = {r["id"]: r for r in resources}
    claims = [c for c in filed.assessment.claims if isinstance(c, Measurement)]
    assert claims
    for claim in claims:
        told = by_id[identify(claim)]
        standard = next(e for e in told["extension"][0]["extension"] if e["url"] == "standard")["valueQuantity"]
        quantity = told["valueQuantity"]
        assert (quantity["value"], quantity["code"]) == (claim.value, claim.unit)
        assert (standard["value"], standard["code"]) == (claim.uncertainty, claim.unit)
    urls = {e["fullUrl"] for e in named["updates"]["entry"]}
    assert set(re.findall(r"urn:uuid:[0-9a-f-]{36}", json.dumps(resources))) <= urls, "every reference is brought along"
    assert "context.versionId" not in event["event"], "the hub gives it"
    assert updated(filed, "t", "v2")["event"]["context.versionId"] == "v2"


def test_one_that_is_sent_again_is_known_by_its_id(filed: Filed) -> None:
    assert opened(filed, "one") == opened(filed, "one")
    assert opened(filed, "one")["id"] != opened(filed, "two")["id"] != updated(filed, "two")["id"]


def test_without_a_study_there_is_no_context(table_only: Case) -> None:
    with pytest.raises(Refusal) as refused:
        opened(Filed(*table_only))
    assert refused.value.code == "no_study"
