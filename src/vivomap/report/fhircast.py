"""Experimental: an assessment as FHIRcast events, for a reporting program that shares its report's context (IHE IRA).

`DiagnosticReport-open` says which report, patient and study are worked on; `DiagnosticReport-update` brings the
numbers, with the lesions and images behind them, in FHIR R5. The hub gives each context a version: whoever sends the
update puts the newest one they know into it. IRA itself says that it is not for production yet.
"""

from __future__ import annotations

import uuid
from typing import Any

from vivomap.core import Refusal, identify
from vivomap.report.dicom_source import moment
from vivomap.report.fhir import canonical
from vivomap.report.fhir.parts import DCM, Resource, coding, full_url, instant, legal, uid, unknown
from vivomap.report.fhir.r5 import later
from vivomap.report.forms import Filed, Files, Form

IDS = "http://terminology.hl7.org/CodeSystem/v2-0203"
SHARED = ("Observation", "RiskAssessment", "BodyStructure", "ImagingSelection", "ImagingStudy", "Device")


def _form(filed: Filed) -> Files:
    return {"fhircast-open.json": canonical(opened(filed)), "fhircast-update.json": canonical(updated(filed))}


FHIRCAST = Form("fhircast", "json", _form, "Experimental: FHIRcast events for a reporting program (IHE IRA)")


def opened(filed: Filed, topic: str = "") -> Resource:
    """The report's context opened. Raises Refusal `no_study` without a DICOM study, which IRA wants, or `no_date`."""
    entries = [e["resource"] for e in later(filed)["entry"]]
    seen = [r for r in entries if r["resourceType"] == "ImagingStudy" and _mine(filed, r)]
    if not seen:
        raise Refusal("no_study", "no image of this visit belongs to a DICOM study, which a report context names")
    patient = {"resourceType": "Patient", "id": "patient", "identifier": [_typed("MR", _value(filed))]}
    report = {
        "resourceType": "DiagnosticReport",
        "id": identify(filed.assessment),
        "status": "unknown",
        "code": next(r["code"] for r in entries if r["resourceType"] == "DiagnosticReport"),
        "subject": {"reference": "Patient/patient"},
        "study": [{"reference": f"ImagingStudy/{s['id']}"} for s in seen],
    }
    studies = [("study", _study(s)) for s in seen]
    return _event(filed, "DiagnosticReport-open", topic, ("report", report), ("patient", patient), *studies)


def updated(filed: Filed, topic: str = "", version: str = "") -> Resource:
    """The numbers brought into the open report; `version` is the newest version of its context that the hub told."""
    shared = [e["resource"] for e in later(filed)["entry"] if e["resource"]["resourceType"] in SHARED]
    entries = [
        {
            "fullUrl": full_url(r["id"]),
            "resource": r,
            "request": {"method": "PUT", "url": f"{r['resourceType']}/{r['id']}"},
        }
        for r in shared
    ]
    updates = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    report = {"resourceType": "DiagnosticReport", "id": identify(filed.assessment), "status": "unknown"}
    made = _event(filed, "DiagnosticReport-update", topic, ("report", report), ("updates", updates))
    if version:
        made["event"]["context.versionId"] = version
    return made


def _event(filed: Filed, name: str, topic: str, *context: tuple[str, Resource]) -> dict[str, Any]:
    """A request to the hub; the same assessment gives the same ids, so that one sent again is known."""
    own = f"{name} {identify(filed.assessment)} {topic}"
    return {
        "timestamp": instant(moment(filed)),
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, own)),
        "event": {
            "hub.topic": topic or str(uuid.uuid5(uuid.NAMESPACE_URL, f"topic {identify(filed.assessment)}")),
            "hub.event": name,
            "context": [{"key": key, "resource": legal(resource)} for key, resource in context],
        },
    }


def _mine(filed: Filed, study: Resource) -> bool:
    return study["identifier"][0]["value"].removeprefix("urn:oid:") in filed.assessment.study.uid


def _value(filed: Filed) -> Resource:
    return {"value": filed.assessment.study.patient}


def _typed(code: str, more: Resource) -> Resource:
    return {"type": {"coding": [coding(code, IDS)]}, **more}


def _study(study: Resource) -> Resource:
    """The study with its UID and its accession number, which is not in the nouns and marked unknown."""
    name = study["identifier"][0]["value"].removeprefix("urn:oid:")
    typed = {"type": {"coding": [coding("110180", DCM, "Study Instance UID")]}, **uid(name)}
    series = [{k: v for k, v in s.items() if k != "performer"} for s in study.get("series", ())]
    return {
        **study,
        "identifier": [typed, _typed("ACSN", {"_value": unknown()})],
        "subject": {"reference": "Patient/patient"},
        **({"series": series} if series else {}),
    }
