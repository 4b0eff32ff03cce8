"""Each requirement of IHE's IMR 1.1.0 (RAD-141 and its profiles), and that R4's own definitions agree."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest

from vivomap.core import Measurement, Refusal, identify
from vivomap.report.fhir import imr
from vivomap.report.fhir.selections import selections
from vivomap.report.forms import Filed, forms

ARCHIVE = "https://pacs.example/dicom-web"
Of = Callable[[dict[str, Any], str], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def answered(filed: Filed) -> Filed:
    return replace(filed, by="Dr. A. Reader", archive=f"{ARCHIVE}/")


@pytest.fixture(scope="module")
def made(answered: Filed) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(forms()["imr"].write(answered)["imr.json"])
    return found


def test_the_bundle_is_closed_all_of_it_created_and_claims_the_profile(made: dict[str, Any]) -> None:
    """IMRStoreMultimediaReportBundle: type transaction, meta.profile, entries of four kinds, each by POST."""
    assert made["type"] == "transaction"
    assert f"{imr.PROFILE}/imr-store-multimedia-report-bundle" in made["meta"]["profile"], "the definition's name"
    assert "http://profiles.ihe.net/RAD/IMR/StructureDefinition/imr-bundle" in made["meta"]["profile"], "the text's"
    kinds = [e["resource"]["resourceType"] for e in made["entry"]]
    assert kinds.count("DiagnosticReport") == 1
    assert set(kinds) == {"DiagnosticReport", "ServiceRequest", "Observation", "ImagingStudy"}
    assert {e["request"]["method"] for e in made["entry"]} == {"POST"}


def test_the_report_has_who_what_and_when(made: dict[str, Any], of_kind: Of, answered: Filed) -> None:
    """IMRDiagnosticReport: subject, issued, an organisation as performer, a person as interpreter, one study."""
    (report,) = of_kind(made, "DiagnosticReport")
    inside = {f"#{r['id']}": r for r in report["contained"]}
    assert inside[report["subject"]["reference"]]["identifier"] == [{"value": answered.assessment.study.patient}]
    assert [inside[p["reference"]]["resourceType"] for p in report["performer"]] == ["Organization"]
    assert [inside[p["reference"]]["name"][0]["text"] for p in report["resultsInterpreter"]] == ["Dr. A. Reader"]
    assert report["issued"] == "2024-03-05T11:30:15Z"
    assert len(report["imagingStudy"]) == 1
    assert report["status"] in ("partial", "preliminary", "final", "amended", "corrected", "appended", "cancelled")
    assert [r["type"] for r in report["basedOn"]] == ["ServiceRequest"]


def test_the_rendered_report_is_html_with_its_true_size_and_hash(made: dict[str, Any], of_kind: Of) -> None:
    """2:4.141.4.1.2.2.2: at least one presentedForm of text/html; size and SHA-1 of what was encoded."""
    (report,) = of_kind(made, "DiagnosticReport")
    (page,) = report["presentedForm"]
    content = base64.b64decode(page["data"])
    assert page["contentType"] == "text/html"
    assert page["size"] == len(content)
    assert base64.b64decode(page["hash"]) == hashlib.sha1(content, usedforsecurity=False).digest()
    assert b"Research use only" in content


def links(text: str) -> list[str]:
    return [a.attrib["href"] for a in ElementTree.fromstring(text).iter() if a.tag.endswith("}a") or a.tag == "a"]


def test_each_image_reference_is_an_anchor_of_the_studys_address_and_the_components_value(
    made: dict[str, Any], of_kind: Of, answered: Filed
) -> None:
    """2:4.141.4.1.2.2.2.1: href is ImagingStudy.endpoint.address and the valueString of the component of that id.

    It gives what can be shown at once: a rendered instance.
    """
    by_url = {e["fullUrl"]: e["resource"] for e in made["entry"]}
    (report,) = of_kind(made, "DiagnosticReport")
    expected = []
    for finding in of_kind(made, "Observation"):
        parts = {c.get("id"): c for c in finding.get("component", ())}
        if "<imr-ref" in finding["valueString"]:
            mark = ElementTree.fromstring(f"<p>{finding['valueString']}</p>").find("imr-ref")
            assert mark is not None
            assert mark.attrib["data-type"] == "ImagingSelection"
            study = by_url[finding["derivedFrom"][0]["reference"]]
            (endpoint,) = [c for c in study["contained"] if c["resourceType"] == "Endpoint"]
            expected.append(endpoint["address"] + parts[mark.attrib["data-imaging-selection"]]["valueString"])
    shown = [s for s in selections(answered) if s.largest]
    assert expected == [f"{ARCHIVE}/studies/{s.study}/series/{s.series}/instances/{s.largest}/rendered" for s in shown]
    assert links(report["text"]["div"]) == expected
    page = base64.b64decode(report["presentedForm"][0]["data"]).decode()
    assert links(page.removeprefix("<!DOCTYPE html>")) == expected


def test_every_observation_has_order_category_day_and_value(made: dict[str, Any], of_kind: Of) -> None:
    """IMRObservation: basedOn an order, category imaging, subject, effectiveDateTime, value, code a section."""
    found = of_kind(made, "Observation")
    sections = [o["code"]["coding"][0]["code"] for o in found]
    assert sections[0] == "19005-8"
    assert set(sections[1:]) == {"59776-5"}
    for observation in found:
        assert observation["basedOn"][0]["type"] == "ServiceRequest"
        assert observation["category"][0]["coding"][0]["code"] == "imaging"
        assert observation["effectiveDateTime"] == "2024-03-04"
        assert observation["valueString"]
        assert len(observation.get("derivedFrom", ())) <= 1
        assert all({"valueQuantity", "valueString"} & set(c) for c in observation.get("component", ()))


def test_the_order_has_an_accession_number_that_is_said_to_be_unknown(made: dict[str, Any], of_kind: Of) -> None:
    """IMRServiceRequest: one identifier of type ACSN with a value, intent an order."""
    (order,) = of_kind(made, "ServiceRequest")
    (known,) = order["identifier"]
    assert known["type"]["coding"][0]["code"] == "ACSN"
    assert known["_value"]["extension"][0]["valueCode"] == "unknown"
    assert order["intent"] == "order"


def test_the_study_has_uid_modality_start_series_and_endpoint(made: dict[str, Any], of_kind: Of) -> None:
    """IMRImagingStudy and IMRStudyEndpoint: identifier of type 110180, endpoint of WADO-RS with payload a study."""
    (study,) = of_kind(made, "ImagingStudy")
    (known,) = study["identifier"]
    assert known["type"]["coding"][0]["code"] == "110180"
    assert study["modality"]
    assert study["started"]
    assert study["series"]
    (endpoint,) = [c for c in study["contained"] if c["resourceType"] == "Endpoint"]
    assert endpoint["connectionType"]["code"] == "dicom-wado-rs"
    assert endpoint["payloadType"][0]["coding"][0]["code"] == "113014"


def test_the_same_numbers_stand_in_it(made: dict[str, Any], of_kind: Of, answered: Filed) -> None:
    told = {
        part["id"]: (part["valueQuantity"]["value"], part["valueQuantity"]["code"], _standard(part))
        for observation in of_kind(made, "Observation")
        for part in observation.get("component", ())
        if "valueQuantity" in part
    }
    claims = [c for c in answered.assessment.claims if isinstance(c, Measurement)]
    assert told == {identify(c): (c.value, c.unit, c.uncertainty) for c in claims}


def _standard(part: dict[str, Any]) -> float:
    return float(next(e["valueQuantity"]["value"] for e in part["extension"][0]["extension"] if e["url"] == "standard"))


def test_it_has_the_shape_of_r4b(made: dict[str, Any], shaped: Callable[..., None]) -> None:
    shaped(made)


@pytest.mark.slow  # starts Node once, which reads all of R4's definitions
def test_r4s_own_definitions_and_invariants_hold(made: dict[str, Any], faults: Callable[..., list[str]]) -> None:
    assert faults([made, *(e["resource"] for e in made["entry"])]) == []


@pytest.mark.parametrize(("lacks", "where"), [({"by": ""}, "--by"), ({"archive": ""}, "--archive")])
def test_without_a_person_or_an_address_it_is_refused(answered: Filed, lacks: dict[str, str], where: str) -> None:
    with pytest.raises(Refusal) as refused:
        imr.report(replace(answered, **lacks))
    assert (refused.value.code, refused.value.where) == ("bad_setting", where)


@pytest.mark.parametrize("text", ["ftp://pacs", "https://a b", 'https://x"><script>', "javascript:alert(1)"])
def test_an_address_that_is_none_is_refused(answered: Filed, text: str) -> None:
    with pytest.raises(Refusal, match="archive"):
        imr.report(replace(answered, archive=text))


def test_a_visit_without_a_study_is_refused(answered: Filed) -> None:
    bare = replace(answered.assessment, study=replace(answered.assessment.study, uid=(), images=()))
    with pytest.raises(Refusal) as refused:
        imr.report(replace(answered, assessment=bare))
    assert refused.value.code == "no_study"
