"""The XML message: accepted by the schema of PS3.15 A.5.1, with the roles of A.5.3, and no person's name in it."""

import base64
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from fhir.resources.R4B.auditevent import AuditEvent
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from vivomap.store.audit import dicom, fhir, kinds, log
from vivomap.store.audit.event import Event

SCHEMA = etree.RelaxNG(etree.parse(str(Path(__file__).with_name("message.rng"))))
AT = "2026-03-01T09:00:00.000Z"


@pytest.fixture
def parsed() -> Callable[[Event], etree._Element]:
    def parse(event: Event) -> etree._Element:
        root = etree.fromstring(dicom.message(replace(event, at=AT), "trial7"))
        SCHEMA.assertValid(root)
        return root

    return parse


def test_every_event_is_valid_by_the_schema(each: Event, parsed: Callable[[Event], etree._Element]) -> None:
    root = parsed(each)
    assert root.xpath("string(EventIdentification/EventID/@csd-code)") == each.code
    assert root.xpath("string(EventIdentification/@EventDateTime)") == AT
    assert root.xpath("string(AuditSourceIdentification/@AuditEnterpriseSiteID)") == "trial7"
    assert set(root.xpath("//@codeSystemName")) <= {"DCM", "RFC-3881", "IHE-SOLE", "99VIVOMAP"}


def test_the_schema_refuses_what_lacks_a_required_part(every: dict[str, Event]) -> None:
    root = etree.fromstring(dicom.message(replace(every["accessed"], at=AT)))
    for path in ("EventIdentification/EventID", "AuditSourceIdentification", "//ParticipantObjectName"):
        broken = etree.fromstring(etree.tostring(root))
        gone = broken.xpath(path)[0]
        gone.getparent().remove(gone)
        assert not SCHEMA.validate(broken), path


@pytest.mark.parametrize(
    ("name", "roles", "objects"),
    [
        ("start", ["110150", "110151"], []),
        ("begin", ["110153", "110152"], ["110180", "2"]),
        ("transferred", ["110153", "110152"], ["110180", "2"]),
        ("accessed", [], ["110180", "110180", "2"]),
        ("export", ["110153", "110153", "110154"], ["2", "2"]),
        ("import", ["110152", "110152", "110155"], ["110180", "2"]),
        ("query", ["110153", "110152"], ["110181"]),
        ("record", [], ["2"]),
        ("log used", [], ["12"]),
        ("deleted", [], ["110180", "2"]),
        ("network", [], []),
        ("sign in", [], []),
        ("alert", [], ["110182"]),
    ],
)
def test_the_roles_and_objects_are_those_of_the_standard(
    every: dict[str, Event], parsed: Callable[[Event], etree._Element], name: str, roles: list[str], objects: list[str]
) -> None:
    root = parsed(every[name])
    assert root.xpath("ActiveParticipant/RoleIDCode/@csd-code") == roles
    assert root.xpath("ParticipantObjectIdentification/ParticipantObjectIDTypeCode/@csd-code") == objects
    person = root.xpath(
        "ParticipantObjectIdentification[@ParticipantObjectTypeCode='1']/@ParticipantObjectTypeCodeRole"
    )
    assert set(person) <= {"1"}


def test_what_was_transferred_is_described(every: dict[str, Event], parsed: Callable[[Event], etree._Element]) -> None:
    root = parsed(every["transferred"])
    assert root.xpath("//SOPClass/@NumberOfInstances") == ["2"]
    assert root.xpath("//SOPClass/Instance/@UID") == ["1.2.3.4", "1.2.3.5"]
    assert root.xpath("ActiveParticipant/@NetworkAccessPointTypeCode") == ["2"]


def test_a_medium_is_named_and_a_machine_is_no_address(
    every: dict[str, Event], parsed: Callable[[Event], etree._Element]
) -> None:
    root = parsed(every["export"])
    assert root.xpath("//MediaType/@csd-code") == ["110037"]
    assert set(root.xpath("ActiveParticipant/@NetworkAccessPointTypeCode")) == {"1"}


def test_a_query_is_kept_byte_for_byte(every: dict[str, Event], parsed: Callable[[Event], etree._Element]) -> None:
    (query,) = parsed(every["query"]).xpath("//ParticipantObjectQuery/text()")
    assert base64.b64decode(query).decode() == "StudyDate=2026 & <more>"


def test_the_code_of_sole_stands_beside_the_type(
    every: dict[str, Event], parsed: Callable[[Event], etree._Element]
) -> None:
    assert parsed(every["record"]).xpath("EventIdentification/EventTypeCode/@csd-code") == ["SOLE115"]


def test_hostile_ids_stay_text(parsed: Callable[[Event], etree._Element]) -> None:
    event = kinds.accessed(kinds.Doer("a<b>\x00"), '"><script>\ud800', ("1.2",))
    root = parsed(event)
    assert root.xpath("string(ActiveParticipant/@UserID)") == "a<b>\\u0000"
    assert root.xpath("//ParticipantObjectIdentification/@ParticipantObjectID")[-1] == '"><script>\\ud800'
    assert not root.xpath("//script")


def test_the_name_of_an_object_is_its_kind_and_never_a_persons(
    each: Event, parsed: Callable[[Event], etree._Element]
) -> None:
    assert set(parsed(each).xpath("//ParticipantObjectName/text()")) <= set(dicom.TITLES.values())


hostile = st.text(st.characters(), min_size=1, max_size=20)


@given(hostile, hostile, hostile, hostile)
def test_any_text_makes_a_valid_message_and_survives_the_log(user: str, patient: str, uid: str, said: str) -> None:
    made = kinds.accessed(kinds.Doer(user, uid), patient, (uid,), said=said)
    made = replace(made, things=(*made.things[:-1], kinds.patient(patient, (user, said))), at=AT)
    SCHEMA.assertValid(etree.fromstring(dicom.message(made, said)))
    record = log.Record(1, log.GENESIS, log.link(1, log.GENESIS, made), made)
    assert log.read(log.line(record)) == record
    AuditEvent.model_validate(fhir.resource(record, said))
