"""IHE's Interactive Multimedia Report (RAD-141, IMR 1.1.0): the answer and the findings as text with links to images.

A transaction on FHIR R4 with one DiagnosticReport, its impression and its findings (one a lesion, the numbers as
components with their uncertainty), the order and the studies. A link shows its image at once: a rendered instance by
WADO-RS, never a DICOM file that the reader would need a program for.
"""

from __future__ import annotations

import base64
import hashlib

from vivomap.core import Refusal, identify
from vivomap.report.fhir import canonical
from vivomap.report.fhir.imr.context import (
    PROFILE,
    WHOSE,
    address,
    meta,
    order,
    organisation,
    patient,
    person,
    studies,
)
from vivomap.report.fhir.imr.words import IMAGE, Told, body, findings, linked, marked, page, plainly
from vivomap.report.fhir.numbers import CATEGORY, Visit, uncertainty
from vivomap.report.fhir.parts import (
    DCM,
    Resource,
    code,
    coding,
    filled,
    full_url,
    known_by,
    legal,
    quantity,
    to,
    unknown,
)
from vivomap.report.fhir.proposed import conclusion, reported
from vivomap.report.fhir.seen import study_id
from vivomap.report.forms import Filed, Files, Form

FILE = "imr.json"
TEXT_PROFILE = "http://profiles.ihe.net/RAD/IMR/StructureDefinition/imr-bundle"  # the name in RAD-141's own text
LOINC = "http://loinc.org"
FINDINGS = coding("59776-5", LOINC, "Procedure Findings")
IMPRESSION = coding("19005-8", LOINC, "Radiology Imaging study [Impression] (narrative)")
IMAGING = {"coding": [coding("imaging", CATEGORY, "Imaging")]}


def _form(filed: Filed) -> Files:
    return {FILE: canonical(report(filed))}


IMR = Form("imr", "json", _form, "IHE Interactive Multimedia Report, FHIR R4, with links to the images")


def report(filed: Filed) -> Resource:
    """The bundle of RAD-141. Raises Refusal `bad_setting` without --by or --archive, `no_study` without a study."""
    answers, ordered, seen = person(filed), order(filed), list(studies(filed))
    if not seen:
        raise Refusal("no_study", "no image of this visit belongs to a DICOM study, which an IMR report is of")
    told = findings(filed)
    observed = [_finding(filed, each, ordered, seen) for each in told]
    summed = _impression(filed, ordered, observed)
    first = _report(filed, answers, [ordered, *seen], [summed, *observed], told)
    return {
        "resourceType": "Bundle",
        "id": known_by("imr", identify(filed.assessment), filed.by, filed.archive),
        "meta": {"profile": [f"{PROFILE}/imr-store-multimedia-report-bundle", TEXT_PROFILE]},
        "type": "transaction",
        "entry": [_entry(legal(r)) for r in (first, ordered, *seen, summed, *observed)],
    }


def _shared(filed: Filed, name: str, section: Resource, ordered: Resource) -> Resource:
    study = filed.assessment.study
    day = study.day.isoformat() if study.day else ""
    return {
        "resourceType": "Observation",
        "id": known_by("imr", identify(filed.assessment), name),
        "meta": meta("imr-observation"),
        "contained": [patient(study)],
        "identifier": [{"system": f"{PROFILE}/imr-observation", "value": known_by(identify(filed.assessment), name)}],
        "basedOn": [to("ServiceRequest", ordered["id"])],
        "status": "preliminary",
        "category": [IMAGING],
        "code": {"coding": [section]},
        "subject": WHOSE,
        "effectiveDateTime": day,
        "_effectiveDateTime": {} if day else unknown(),
    }


def _finding(filed: Filed, told: Told, ordered: Resource, seen: list[Resource]) -> Resource:
    """What is said of one lesion: words for people, its numbers as components, the rest of its image's address."""
    parts: list[Resource] = [
        {
            "id": identify(m),
            "extension": [uncertainty(m)],
            "code": code(m.name),
            "valueQuantity": quantity(m.value, m.unit),
        }
        for m in told.numbers
    ]
    study = study_id(told.image.study) if told.image else ""
    linkable = study in {s["id"] for s in seen}
    if linkable:
        where = {"coding": [coding("112002", DCM, "Series Instance UID")]}
        parts.append({"id": IMAGE, "code": where, "valueString": told.path})
    return filled(
        {
            **_shared(filed, f"finding {told.lesion}", FINDINGS, ordered),
            "valueString": marked(told),
            "derivedFrom": [to("ImagingStudy", study)] if linkable else [],
            "component": parts,
        }
    )


def _impression(filed: Filed, ordered: Resource, observed: list[Resource]) -> Resource:
    members = [to("Observation", o["id"]) for o in observed]
    shared = _shared(filed, "impression", IMPRESSION, ordered)
    return filled({**shared, "valueString": plainly(conclusion(filed)), "hasMember": members})


def _report(
    filed: Filed, answers: Resource, around: list[Resource], results: list[Resource], told: tuple[Told, ...]
) -> Resource:
    """The report of the R4 bundle, with what the profile wants: persons, one study, the page with its links."""
    ordered, study, *others = around
    place = {s["id"]: f"{address(filed)}/studies/" for s in around[1:]}
    lines = [linked(t, _of(place, t)) for t in told]
    inner = body(filed, lines)
    plain = reported(Visit(filed))
    associated = [
        {"url": f"{PROFILE}/associatedStudy", "valueReference": to("ImagingStudy", other["id"])} for other in others
    ]
    return filled(
        {
            **plain,
            "meta": meta("imr-diagnosticreport"),
            "text": {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{inner}</div>'},
            "contained": [patient(filed.assessment.study), organisation(), answers],
            "extension": [*plain.get("extension", ()), *associated],
            "basedOn": [to("ServiceRequest", ordered["id"])],
            "subject": WHOSE,
            "_issued": {} if "issued" in plain else unknown(),
            "performer": [{"reference": "#organisation", "type": "Organization"}],
            "resultsInterpreter": [{"reference": "#person", "type": "Practitioner"}],
            "imagingStudy": [to("ImagingStudy", study["id"])],
            "result": [to("Observation", r["id"]) for r in results],
            "presentedForm": [_page(page(inner))],
        }
    )


def _of(place: dict[str, str], told: Told) -> str:
    """The address of the study that a finding's image is of; "" if it is none of the bundle's."""
    if told.image is None or study_id(told.image.study) not in place:
        return ""
    return place[study_id(told.image.study)] + told.image.study


def _page(content: bytes) -> Resource:
    return {
        "contentType": "text/html",
        "data": base64.b64encode(content).decode(),
        "size": len(content),
        "hash": base64.b64encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode(),  # as R4 wants it
    }


def _entry(resource: Resource) -> Resource:
    """Created, where the receiver has none of that identifier: sending it twice changes nothing."""
    kind, known = resource["resourceType"], resource["identifier"][0]
    once = f"identifier={known['system']}|{known['value']}" if "value" in known else ""
    request = filled({"method": "POST", "url": kind, "ifNoneExist": once})
    return {"fullUrl": full_url(resource["id"]), "resource": resource, "request": request}
