"""An audit record as a FHIR R4 AuditEvent, by the mapping to DICOM that FHIR gives for it."""

from __future__ import annotations

import re
from typing import Any

from vivomap.store.audit.dicom import address_kind, binary, clean
from vivomap.store.audit.event import KINDS, MEDIA, ROLES, THINGS, TITLES, TYPES, Actor, Thing
from vivomap.store.audit.kinds import VOCABULARY
from vivomap.store.audit.log import Record

DCM = "http://dicom.nema.org/resources/ontology/DCM"
ENTITY_TYPE = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
ENTITY_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
SOURCE_TYPE = "http://terminology.hl7.org/CodeSystem/security-source-type"
SCHEMES = {
    "99VIVOMAP": "urn:vivomap:codes",
    "IHE-SOLE": VOCABULARY,
}
ODD = re.compile(r"[^\S \t\r\n]")
ROLE_WORDS = {"1": "Patient", "3": "Report", "13": "Security Resource"}


def resource(record: Record, site: str = "") -> dict[str, Any]:
    """The AuditEvent as JSON data; its id is the hash of the record."""
    event = record.event
    subtypes = [_coding(DCM, event.type, TYPES[event.type])] if event.type else []
    if event.sole:
        code, scheme, meaning = event.sole
        subtypes.append(_coding(SCHEMES[scheme], code, meaning))
    made: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "id": record.hash,
        "type": _coding(DCM, event.code, KINDS[event.code].title),
        "subtype": subtypes,
        "action": event.action,
        "recorded": event.at,
        "outcome": str(event.outcome),
        "outcomeDesc": _text(event.said),
        "agent": [_agent(actor) for actor in event.actors],
        "source": {
            "site": _text(site),
            "observer": {"display": "vivomap"},
            "type": [_coding(SOURCE_TYPE, "4", "Application Server")],
        },
        "entity": [_entity(thing) for thing in event.things],
    }
    made["source"] = {k: v for k, v in made["source"].items() if v}
    return {name: value for name, value in made.items() if value}


def _text(text: str) -> str:
    """The text as a FHIR string: no white space but the plain kinds."""
    return ODD.sub(" ", clean(text))


def _coding(system: str, code: str, display: str) -> dict[str, str]:
    return {"system": system, "code": code, "display": display}


def _agent(actor: Actor) -> dict[str, Any]:
    made: dict[str, Any] = {
        "who": {"identifier": {"value": _text(actor.user)}},
        "altId": _text(actor.also),
        "requestor": actor.requestor,
    }
    if actor.role:
        made["type"] = {"coding": [_coding(DCM, *ROLES[actor.role])]}
    if actor.media:
        made["media"] = _coding(DCM, *MEDIA[actor.media])
    if actor.at:
        made["network"] = {"address": _text(actor.at), "type": address_kind(actor.at)}
    return {name: value for name, value in made.items() if value != ""}


def _entity(thing: Thing) -> dict[str, Any]:
    kind, role, (_, _, meaning) = THINGS[thing.kind]
    sop = [
        *(("SOP Class UID", c) for c, _, _ in thing.sop),
        *(("SOP Instance UID", uid) for _, _, uids in thing.sop for uid in uids),
        *(("Number of Instances", str(n)) for _, n, _ in thing.sop),
    ]
    made: dict[str, Any] = {
        "what": {"identifier": {"type": {"text": meaning}, "value": _text(thing.id)}},
        "type": _coding(ENTITY_TYPE, kind, "Person" if kind == "1" else "System Object"),
        "role": _coding(ENTITY_ROLE, role, ROLE_WORDS[role]),
        "detail": [
            {"type": _text(word), "valueString": _text(value)} for word, value in (*thing.details, *sop) if value
        ],
    }
    if thing.kind == "query":
        made["query"] = binary(thing.query)
    else:
        made["name"] = TITLES[thing.kind]
    return {name: value for name, value in made.items() if value}
