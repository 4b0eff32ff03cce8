"""What surrounds the report: the patient, who answers for it, the order, and the studies with their address.

The profile's bundle is closed: patient, organisation, person and endpoint are contained in what refers to them. The
order's accession number and the organisation are asked for and not in the images' nouns: they are marked unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vivomap.core import Refusal, Study
from vivomap.report.fhir.parts import DCM, HOME, Resource, coding, filled, known_by, uid, unknown
from vivomap.report.fhir.seen import imaging
from vivomap.report.forms import Filed

PROFILE = "https://profiles.ihe.net/RAD/IMR/StructureDefinition"
IDS = "http://terminology.hl7.org/CodeSystem/v2-0203"
CONNECTION = "http://terminology.hl7.org/CodeSystem/endpoint-connection-type"
ADDRESS = re.compile(r"https?://[^\s<>\"'\\]+")
WHOSE = {"reference": "#patient", "type": "Patient"}


def meta(profile: str) -> Resource:
    """The profile that a resource is made by."""
    return {"profile": [f"{PROFILE}/{profile}"]}


def patient(study: Study) -> Resource:
    """The patient by identifier alone, to be contained."""
    return {"resourceType": "Patient", "id": "patient", "identifier": [{"value": study.patient}]}


def organisation() -> Resource:
    """The organisation that is responsible: asked for, and not known here."""
    return {
        "resourceType": "Organization",
        "id": "organisation",
        "identifier": [{"system": f"{HOME}/organisation", "_value": unknown()}],
    }


def person(filed: Filed) -> Resource:
    """Who answers for the report. Raises Refusal `bad_setting` if nobody does."""
    if not filed.by:
        raise Refusal(
            "bad_setting",
            "an IMR report names the person who answers for it, and nobody is named",
            where="--by",
            computed="the other forms",
            hint="give --by NAME or set VIVOMAP_BY",
        )
    return {"resourceType": "Practitioner", "id": "person", "name": [{"text": filed.by}]}


def order(filed: Filed) -> Resource:
    """The order: its accession number is not in the nouns and marked unknown."""
    study = filed.assessment.study
    return {
        "resourceType": "ServiceRequest",
        "id": known_by("ServiceRequest", study.patient, *study.uid),
        "meta": meta("imr-servicerequest"),
        "contained": [patient(study)],
        "identifier": [{"type": {"coding": [coding("ACSN", IDS, "Accession ID")]}, "_value": unknown()}],
        "status": "unknown",
        "intent": "order",
        "category": [{"coding": [coding("363679005", "http://snomed.info/sct", "Imaging")]}],
        "subject": WHOSE,
    }


def address(filed: Filed) -> str:
    """The address of the archive by DICOMweb, without a stroke at its end. Raises Refusal `bad_setting`."""
    if not ADDRESS.fullmatch(filed.archive):
        raise Refusal(
            "bad_setting",
            "an IMR report links to images, and no address of their archive is given",
            where="--archive",
            found=filed.archive,
            expected="the address of a DICOMweb service, such as https://pacs.example/dicom-web",
            computed="the other forms",
        )
    return filed.archive.rstrip("/")


def studies(filed: Filed) -> Iterator[Resource]:
    """The imaging studies of the visit that have series with a modality, each with its address."""
    archive, study = address(filed), filed.assessment.study
    for known in imaging(study):
        if known.get("series"):
            name = known["identifier"][0]["value"].removeprefix("urn:oid:")
            yield filled({**known, **_placed(study, name, f"{archive}/studies/{name}"), "series": _series(known)})


def _series(known: Resource) -> list[Resource]:
    """Series without their scanner, for which the bundle has no place."""
    return [{k: v for k, v in s.items() if k != "performer"} for s in known["series"]]


def _placed(study: Study, name: str, where: str) -> Resource:
    endpoint = {
        "resourceType": "Endpoint",
        "id": "endpoint",
        "meta": meta("imr-study-endpoint"),
        "status": "active",
        "connectionType": coding("dicom-wado-rs", CONNECTION, "DICOM WADO-RS"),
        "payloadType": [{"coding": [coding("113014", DCM, "Study")]}],
        "address": where,
    }
    started = {} if study.day else {"_started": unknown()}
    return {
        "meta": meta("imr-imagingstudy"),
        "contained": [patient(study), endpoint],
        "identifier": [{"type": {"coding": [coding("110180", DCM, "Study Instance UID")]}, **uid(name)}],
        "subject": WHOSE,
        "endpoint": [{"reference": "#endpoint", "type": "Endpoint"}],
        **started,
    }
