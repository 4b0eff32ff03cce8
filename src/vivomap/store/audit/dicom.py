"""An audit record as the XML message of DICOM PS3.15 A.5.1.

The name of a participant object, which the schema asks for, says what kind of thing it is: no person's name is ever
written. Characters that XML cannot hold are written as their numbers.
"""

from __future__ import annotations

import base64
import ipaddress
import re
from xml.etree.ElementTree import Element, SubElement, tostring

from vivomap.store.audit.event import KINDS, MEDIA, ROLES, THINGS, TITLES, TYPES, Actor, Event, Thing

ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
SERVER = "4"  # Audit Source Type Code: an application server process


def message(event: Event, site: str = "") -> bytes:
    """The message in UTF-8; `site` is the audit enterprise site, such as the name of the project."""
    root = Element("AuditMessage")
    head = SubElement(root, "EventIdentification")
    head.attrib.update(EventActionCode=event.action, EventDateTime=event.at, EventOutcomeIndicator=str(event.outcome))
    _coded(head, "EventID", event.code, "DCM", KINDS[event.code].title)
    if event.type:
        _coded(head, "EventTypeCode", event.type, "DCM", TYPES[event.type])
    if event.sole:
        _coded(head, "EventTypeCode", *event.sole)
    if event.said:
        SubElement(head, "EventOutcomeDescription").text = clean(event.said)
    for actor in event.actors:
        _actor(root, actor)
    source = SubElement(root, "AuditSourceIdentification", AuditSourceID="vivomap")
    if site:
        source.set("AuditEnterpriseSiteID", clean(site))
    SubElement(source, "AuditSourceTypeCode", {"csd-code": SERVER})
    for thing in event.things:
        _thing(root, thing)
    made: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return made


def clean(text: str) -> str:
    """The text with every character that XML 1.0 cannot hold written as its number."""
    return ILLEGAL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def binary(text: str) -> str:
    """The text in base 64 of UTF-8, where any character may stand."""
    return base64.b64encode(text.encode("utf-8", "backslashreplace")).decode()


def address_kind(address: str) -> str:
    """2 for an IP address, 1 for a name of a machine."""
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return "1"
    return "2"


def _coded(parent: Element, name: str, code: str, scheme: str, meaning: str) -> None:
    words = {"csd-code": code, "codeSystemName": scheme, "originalText": meaning}
    SubElement(parent, name, {k: clean(v) for k, v in words.items()})


def _actor(root: Element, actor: Actor) -> None:
    one = SubElement(root, "ActiveParticipant", UserID=clean(actor.user))
    if actor.also:
        one.set("AlternativeUserID", clean(actor.also))
    one.set("UserIsRequestor", "true" if actor.requestor else "false")
    if actor.at:
        one.set("NetworkAccessPointID", clean(actor.at))
        one.set("NetworkAccessPointTypeCode", address_kind(actor.at))
    if actor.role:
        code, meaning = ROLES[actor.role]
        _coded(one, "RoleIDCode", code, "DCM", meaning)
    if actor.media:
        code, meaning = MEDIA[actor.media]
        _coded(SubElement(one, "MediaIdentifier"), "MediaType", code, "DCM", meaning)


def _thing(root: Element, thing: Thing) -> None:
    kind, role, (code, scheme, meaning) = THINGS[thing.kind]
    one = SubElement(root, "ParticipantObjectIdentification", ParticipantObjectID=clean(thing.id))
    one.attrib.update(ParticipantObjectTypeCode=kind, ParticipantObjectTypeCodeRole=role)
    _coded(one, "ParticipantObjectIDTypeCode", code, scheme, meaning)
    if thing.kind == "query":
        SubElement(one, "ParticipantObjectQuery").text = binary(thing.query)
    else:
        SubElement(one, "ParticipantObjectName").text = TITLES[thing.kind]
    for word, value in thing.details:
        SubElement(one, "ParticipantObjectDetail", type=clean(word), value=binary(value))
    if thing.sop:
        described = SubElement(one, "ParticipantObjectDescription")
        for sop_class, number, instances in thing.sop:
            part = SubElement(described, "SOPClass", UID=clean(sop_class), NumberOfInstances=str(number))
            for uid in instances:
                SubElement(part, "Instance", UID=clean(uid))
