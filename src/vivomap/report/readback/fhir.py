"""Numbers out of a FHIR bundle, R4 or R5: each Observation with a value and our uncertainty, and whose it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from vivomap.report.readback.number import Number, Numbers, Reader

CLAIM, UNCERTAINTY, UID = "/claim", "/StructureDefinition/uncertainty", "urn:dicom:uid"


def read(files: Mapping[str, bytes]) -> Numbers:
    """The numbers by claim."""
    found: Numbers = {}
    for body in files.values():
        entries = json.loads(body)["entry"]
        known = {e["fullUrl"]: e["resource"] for e in entries}
        for resource in known.values():
            doubt = [e for e in resource.get("extension", ()) if e["url"].endswith(UNCERTAINTY)]
            if resource["resourceType"] == "Observation" and "valueQuantity" in resource and doubt:
                found[_claim(resource)] = _number(resource, doubt[0], known)
    return found


def _number(observation: dict[str, Any], doubt: dict[str, Any], known: dict[str, Any]) -> Number:
    value = observation["valueQuantity"]
    (error,) = (part["valueQuantity"] for part in doubt["extension"] if part["url"] == "standard")
    if error["code"] != value["code"]:
        raise ValueError(f"the number is in {value['code']!r}, its uncertainty in {error['code']!r}")
    code = observation["code"]["coding"][0]["code"]
    return Number(float(value["value"]), value["code"], float(error["value"]), code, _tracking(observation, known))


def _claim(resource: dict[str, Any]) -> str:
    return next(str(i["value"]) for i in resource["identifier"] if str(i.get("system", "")).endswith(CLAIM))


def _tracking(observation: dict[str, Any], known: dict[str, Any]) -> str:
    """The DICOM tracking UID of the lesion that an observation is of; "" for the patient as a whole.

    R4 names the lesion in an extension of the site, R5 in a field of its own.
    """
    told = [e["valueReference"] for e in observation.get("bodySite", {}).get("extension", ())]
    told += [observation["bodyStructure"]] if "bodyStructure" in observation else []
    for lesion in (known[reference["reference"]] for reference in told):
        for identifier in lesion.get("identifier", ()):
            if identifier.get("system") == UID:
                return str(identifier["value"]).removeprefix("urn:oid:")
    return ""


FHIR = Reader("fhir", (".json",), read)
FHIR_R5 = Reader("fhir-r5", (".json",), read)
