"""The small pieces that FHIR resources are made of: ids, references, codes, quantities, extensions.

Ids are deterministic: a claim's resource carries the claim's id, a thing's the hash of what it is; so the same
assessment gives the same bundle, and a receiver that has it already is not given a second copy.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from datetime import UTC, datetime
from typing import Any

from vivomap.core import identify, spoken
from vivomap.report.codes import PRIVATE, Concept
from vivomap.report.naming import concept, title

Resource = dict[str, Any]

HOME = "https://vivomap.example/fhir"  # names, not addresses: .example belongs to nobody (RFC 2606)
UCUM = "http://unitsofmeasure.org"
DCM = "http://dicom.nema.org/resources/ontology/DCM"
ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
ABSENT_EXTENSION = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")  # what a FHIR string may not hold
SYSTEMS = {"SCT": "http://snomed.info/sct", "DCM": DCM, PRIVATE: f"{HOME}/CodeSystem/vivomap"}
NAMES = f"{HOME}/CodeSystem/name"


def known_by(kind: str, *parts: str) -> str:
    """The id of a thing that is no claim: the hash of what it is."""
    return hashlib.sha256("\x1f".join((kind, *parts)).encode()).hexdigest()


def full_url(resource_id: str) -> str:
    """The name under which the entries of a bundle refer to each other."""
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, resource_id)}"


def to(kind: str, resource_id: str) -> Resource:
    """A reference to an entry of the same bundle."""
    return {"reference": full_url(resource_id), "type": kind}


def by_claim(kind: str, claim: str) -> Resource:
    """A reference to a claim that is not in this bundle, by its id."""
    return {"type": kind, "identifier": {"system": f"{HOME}/claim", "value": claim}}


def patient(pseudonym: str) -> Resource:
    """The patient by identifier alone: a link to a record is made by the receiver, never guessed here."""
    return {"type": "Patient", "identifier": {"value": pseudonym}}


def uid(value: str) -> Resource:
    """A DICOM UID as an identifier."""
    return {"system": "urn:dicom:uid", "value": f"urn:oid:{value}"}


def identifier(claim: object) -> list[Resource]:
    """The claim's own id, as every form carries it."""
    return [{"system": f"{HOME}/claim", "value": identify(claim)}]


def coding(code: str, system: str, display: str = "") -> Resource:
    """One code."""
    return {"system": system, "code": code} | ({"display": display} if display else {})


def coded(known: Concept) -> Resource:
    """A concept of the table as a code."""
    return coding(_word(known.value), SYSTEMS[known.scheme], known.meaning)


def _word(text: str) -> str:
    """A text as a code, which has no spaces here."""
    return re.sub(r"\s+", "_", text)


def code(claim: str) -> Resource:
    """What a number or criterion is called: by its code in the table of codes, and by its own name."""
    both = [coded(concept(claim)), coding(_word(claim), NAMES, title(claim))]
    return {"coding": both, "text": title(claim)}


def own(code: str, text: str, display: str = "") -> Resource:
    """A thing that only we have a name for."""
    return {"coding": [coding(_word(code), NAMES, display or text)], "text": text}


def quantity(value: float, unit: str) -> Resource:
    """A number with its UCUM unit, and how a person reads the unit."""
    return {"value": float(value) + 0.0, "unit": spoken(unit) or "1", "system": UCUM, "code": unit}  # no -0.0


def extension(name: str, *parts: tuple[str, str, Any]) -> Resource:
    """One of our own extensions: parts of name, kind of value ("Quantity"), value."""
    inner = [{"url": part, f"value{kind}": value} for part, kind, value in parts]
    return {"url": f"{HOME}/StructureDefinition/{name}", "extension": inner}


def absent(reason: str, text: str) -> Resource:
    """Why there is no value."""
    return {"coding": [coding(reason, ABSENT)], "text": text}


def unknown() -> Resource:
    """Stands in for a time that FHIR wants and nobody knows."""
    return {"extension": [{"url": ABSENT_EXTENSION, "valueCode": "unknown"}]}


def instant(at: datetime) -> str:
    """A moment in UTC."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def notes(*lines: str) -> list[Resource]:
    """Free text, one annotation a line; none for empty lines."""
    return [{"text": line} for line in lines if line]


def legal(value: Any) -> Any:
    """The same value with a mark for every character that FHIR forbids in a text."""
    if isinstance(value, str):
        return ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, dict):
        return {key: legal(inner) for key, inner in value.items()}
    return [legal(inner) for inner in value] if isinstance(value, list) else value


def filled(resource: Resource) -> Resource:
    """The resource without empty fields, which FHIR forbids."""
    return {k: v for k, v in resource.items() if v not in (None, "", [], {}, ())}
