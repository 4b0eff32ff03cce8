"""Milestones and their SOLE messages, each checked against a schema of its own: RFC 5424 and PS3.15 A.5."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest

from vivomap.core import Assessment, Decision, Recommendation, Refusal, Study
from vivomap.store import Project, open_project
from vivomap.store.audit import append
from vivomap.store.audit.kinds import READ, Doer, record
from vivomap.store.inbox import Arrival, Judgement, open_inbox
from vivomap.store.milestones import CODES, Milestone, arrived, of_record, planning_s, sole

DAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
VISIT = Assessment("p", "e" * 64, Study("P-1", DAY.date(), uid=("1.2.3",)), (), Recommendation((), None))
SYSLOG = re.compile(
    rb"<(?P<pri>\d{1,3})>1 (?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)) (?P<host>[!-~]{1,255})"
    rb" (?P<app>[!-~]{1,48}) (?P<proc>[!-~]{1,128}) (?P<id>[!-~]{1,32}) - \xef\xbb\xbf(?P<message>.*)",
    re.DOTALL,
)


class Rule(NamedTuple):
    """An element of PS3.15 A.5.1: attributes it must and may have, and its children in order with how often."""

    must: frozenset[str] = frozenset()
    may: frozenset[str] = frozenset()
    inside: tuple[tuple[str, int, int], ...] = ()


MANY = 1000
CODED = Rule(frozenset({"csd-code"}), frozenset({"codeSystemName", "displayName", "originalText"}))
WHAT = "ParticipantObject"
SCHEMA = {
    "AuditMessage": Rule(
        inside=(
            ("EventIdentification", 1, 1),
            ("ActiveParticipant", 1, MANY),
            ("AuditSourceIdentification", 1, 1),
            (f"{WHAT}Identification", 0, MANY),
        )
    ),
    "EventIdentification": Rule(
        frozenset({"EventDateTime", "EventOutcomeIndicator"}),
        frozenset({"EventActionCode"}),
        (("EventID", 1, 1), ("EventTypeCode", 0, MANY), ("EventOutcomeDescription", 0, 1)),
    ),
    "EventID": CODED,
    "EventTypeCode": CODED,
    "ActiveParticipant": Rule(
        frozenset({"UserID", "UserIsRequestor"}),
        frozenset({"AlternativeUserID", "UserName", "NetworkAccessPointID", "NetworkAccessPointTypeCode"}),
        (("RoleIDCode", 0, MANY), ("MediaIdentifier", 0, 1)),
    ),
    "AuditSourceIdentification": Rule(
        frozenset({"AuditSourceID"}), frozenset({"AuditEnterpriseSiteID"}), (("AuditSourceTypeCode", 0, MANY),)
    ),
    "AuditSourceTypeCode": CODED,
    f"{WHAT}Identification": Rule(
        frozenset({f"{WHAT}ID"}),
        frozenset({f"{WHAT}TypeCode", f"{WHAT}TypeCodeRole", f"{WHAT}DataLifeCycle", f"{WHAT}Sensitivity"}),
        ((f"{WHAT}IDTypeCode", 1, 1), (f"{WHAT}Name", 0, 1), (f"{WHAT}Query", 0, 1), (f"{WHAT}Detail", 0, MANY)),
    ),
    f"{WHAT}IDTypeCode": CODED,
    f"{WHAT}Name": Rule(),
    f"{WHAT}Detail": Rule(frozenset({"type", "value"})),
}


def lawful(element: ElementTree.Element) -> None:
    """Fails unless an element and all in it keep the schema."""
    rule = SCHEMA[element.tag]
    assert rule.must <= set(element.attrib) <= rule.must | rule.may, element.tag
    order = [name for name, _, _ in rule.inside]
    tags = [child.tag for child in element]
    assert tags == sorted(tags, key=order.index), f"the order in {element.tag}"
    for name, least, most in rule.inside:
        assert least <= tags.count(name) <= most, (element.tag, name)
    for child in element:
        lawful(child)


@pytest.mark.parametrize("what", CODES)
def test_each_milestone_is_a_syslog_message_around_an_audit_message(what: str) -> None:
    one = Milestone(what, DAY.astimezone(timezone(timedelta(hours=1))), "dr_reader", "ledger")
    found = SYSLOG.fullmatch(sole(one, VISIT, "ab" * 32))
    assert found
    assert (int(found["pri"]), found["host"], found["app"]) == (85, b"-", b"IHE+SOLE")
    assert found["at"] == b"2026-03-02T09:00:00.000Z"
    root = ElementTree.fromstring(found["message"].decode())
    lawful(root)
    code, scheme, meaning = CODES[what]
    (kind,) = root.iter("EventTypeCode")
    assert (kind.get("csd-code"), kind.get("codeSystemName"), kind.get("originalText")) == (code, scheme, meaning)
    assert found["id"].decode() == code
    assert {t.get("ParticipantObjectID") for t in root.iter("ParticipantObjectIdentification")} == {"1.2.3", "P-1"}
    assert [a.get("UserID") for a in root.iter("ActiveParticipant")] == ["dr_reader", "vivomap"]


def test_the_schema_does_catch_a_message_that_is_none() -> None:
    text = sole(Milestone("read", DAY), VISIT, "ab").split(b"\xef\xbb\xbf")[1].decode()
    for spoilt in (text.replace("EventDateTime", "When"), text.replace("<ActiveParticipant", "<Actor")):
        with pytest.raises((AssertionError, KeyError, ValueError, ElementTree.ParseError)):
            lawful(ElementTree.fromstring(spoilt))


def test_two_of_the_codes_are_those_of_ihe_and_no_two_are_alike() -> None:
    assert {c[0] for c in CODES.values() if c[1] == "IHE-SOLE"} == {"SOLE113", "SOLE115"}
    assert len(set(CODES.values())) == len(CODES)


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Project, str]:
    project = open_project(tmp_path / "project")
    return project, project.keep(VISIT)


def test_what_is_on_record_tells_when_it_was_measured_read_and_decided(kept: tuple[Project, str]) -> None:
    project, whole = kept
    measured, read, decided = of_record(project, whole)
    assert measured.at is not None
    assert (read.at, decided.at) == (None, None)
    assert read.missing
    assert decided.missing == "no decision is on record"
    append(project.path, [record(Doer("other"), "P-2", "R", sole=READ), record(Doer("dr_b"), "P-1", "R", sole=READ)])
    project.keep(Decision(whole, "go on", "board", DAY.date(), "stable"))
    project.keep(Decision(whole, "stop", "board 2", DAY.date(), "later"))
    _, read, decided = of_record(project, whole)
    assert (read.by, read.source) == ("dr_b", "audit log")
    assert (decided.by, decided.source) == ("board", "ledger"), "the first decision counts"
    assert read.at is not None
    assert decided.at is not None
    assert measured.at <= read.at <= decided.at


def test_the_images_have_arrived_with_the_last_object_of_the_study(kept: tuple[Project, str]) -> None:
    project, _ = kept
    inbox = open_inbox(project.path)
    nothing, none = arrived(inbox, VISIT)
    assert nothing.missing
    assert none == ()
    for number, study in enumerate(("1.2.3", "1.2.3", "9.9")):
        body = f"object {number}".encode()
        came = Arrival("1.2", f"1.{number}", "1.2.1", f"{number}" * 64, f"CT_{number}", "192.0.2.7")
        inbox.keep(came, lambda body=body: (body,))
        (row,) = inbox.unjudged()
        inbox.judge([(row, Judgement("KEEP", study=study, patient="P-1"))])
    one, files = arrived(inbox, VISIT)
    rows = [r for e in inbox.entries() for r in e.rows if r.kind == "arrived" and e.study == "1.2.3"]
    assert one.at == max(datetime.fromisoformat(r.at) for r in rows)
    assert (one.by, one.source) == ("CT_1", "inbox")
    assert sorted(f.read_bytes() for f in files) == [b"object 0", b"object 1"]


def test_planning_time_is_from_the_order_to_the_first_decision() -> None:
    found = (
        Milestone("ordered", DAY),
        Milestone("acquired", missing="x"),
        Milestone("decided", DAY + timedelta(days=2)),
    )
    assert planning_s(found) == 2 * 86400
    with pytest.raises(Refusal, match="no order") as refused:
        planning_s((replace(found[0], at=None, missing="no order"), found[2]))
    assert refused.value.code == "setting_absent"
    with pytest.raises(Refusal) as mixed:
        planning_s((replace(found[0], at=DAY.replace(tzinfo=None)), found[2]))
    assert mixed.value.code == "mixed_time_zones"


@pytest.mark.parametrize(("at", "code"), [(None, "setting_absent"), (DAY.replace(tzinfo=None), "mixed_time_zones")])
def test_no_event_is_told_of_a_moment_that_nobody_knows(at: datetime | None, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        sole(Milestone("acquired", at, missing="not told"), VISIT, "ab")
    assert refused.value.code == code
