"""The FHIR form: accepted by a second library, with the same facts as the DICOM form."""

import base64
from dataclasses import replace

from fhir.resources.R4B.auditevent import AuditEvent

from vivomap.store.audit import fhir
from vivomap.store.audit.event import Event
from vivomap.store.audit.log import Record


def record(event: Event) -> Record:
    return Record(7, "0" * 64, "ab" * 32, replace(event, at="2026-03-01T09:00:00.000Z"))


def test_every_event_is_a_valid_audit_event_with_the_same_facts(each: Event) -> None:
    data = fhir.resource(record(each), "trial7")
    read = AuditEvent.model_validate(data)
    assert (read.type.code, read.action, read.outcome) == (each.code, each.action, str(each.outcome))
    assert [a.who.identifier.value for a in read.agent] == [a.user for a in each.actors]
    assert [a.requestor for a in read.agent] == [a.requestor for a in each.actors]
    assert [e.what.identifier.value for e in read.entity or ()] == [t.id for t in each.things]
    assert read.source.site == "trial7"
    assert read.recorded.isoformat() == "2026-03-01T09:00:00+00:00"
    codes = [c.code for c in read.subtype or ()]
    assert codes == [*([each.type] if each.type else []), *each.sole[:1]]


def test_an_entity_has_a_name_or_a_query_and_never_both(each: Event) -> None:
    for entity in fhir.resource(record(each)).get("entity", ()):
        assert ("name" in entity) != ("query" in entity)


def test_what_was_asked_and_transferred_is_there(every: dict[str, Event]) -> None:
    (asked,) = fhir.resource(record(every["query"]))["entity"]
    assert base64.b64decode(asked["query"]).decode() == "StudyDate=2026 & <more>"
    study, _ = fhir.resource(record(every["transferred"]))["entity"]
    assert [d["valueString"] for d in study["detail"]] == ["1.2.840.10008.5.1.4.1.1.2", "1.2.3.4", "1.2.3.5", "2"]
    assert fhir.resource(record(every["export"]))["agent"][2]["media"]["code"] == "110037"
