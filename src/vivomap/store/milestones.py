"""When an examination was ordered, acquired, received, measured, read and decided on: what planning time is made of.

Planning time is the time from the order to the first decision. The moments come from the headers of the objects
(given by the face), the journal of the inbox, the ledger and the audit log; one that nothing tells is missing, with its
reason. Each can be told as an operational event of IHE SOLE: a syslog message (RFC 5424) whose APP-NAME is IHE+SOLE and
whose MSGID is the code of the event, around an audit message of DICOM PS3.15.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from vivomap.core import Assessment, Refusal
from vivomap.store import shelf
from vivomap.store.audit import records
from vivomap.store.audit.dicom import message
from vivomap.store.audit.event import Actor, Event, Thing
from vivomap.store.audit.kinds import ACTED, MEASURED, PROCESS, READ, RECEIVED
from vivomap.store.inbox import Inbox
from vivomap.store.project import Project

Code = tuple[str, str, str]
ORDERED: Code = ("ordered", "99VIVOMAP", "Imaging ordered")  # project: the vocabulary of SOLE was not to be had whole
ACQUIRED: Code = ("acquired", "99VIVOMAP", "Images acquired")  # project: as above
CODES: dict[str, Code] = {
    "ordered": ORDERED,
    "acquired": ACQUIRED,
    "arrived": RECEIVED,
    "measured": MEASURED,
    "read": READ,
    "decided": ACTED,
}
PRIORITY = 10 * 8 + 5  # facility security/authorization, severity notice: as PS3.15 A.6 has its own messages
MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"  # RFC 5424: what follows is UTF-8


@dataclass(frozen=True)
class Milestone:
    """One moment. `by` is who did it, `source` what tells it; without a moment, `missing` says why there is none."""

    what: str
    at: datetime | None = None
    by: str = ""
    source: str = ""
    missing: str = ""

    @property
    def code(self) -> Code:
        return CODES[self.what]


def of_record(project: Project, whole: str) -> tuple[Milestone, Milestone, Milestone]:
    """Measured, read and decided: from the ledger, and from the audit log who looked first."""
    entry = shelf.by_id(project.path, whole, "assessment")[0]
    measured = datetime.fromisoformat(entry.recorded_at)
    decisions = shelf.naming(project.path, "about", whole, "decision")
    decided = Milestone("decided", missing="no decision is on record")
    if decisions:
        first = decisions[0]
        decided = Milestone("decided", datetime.fromisoformat(first.recorded_at), first.noun.by, "ledger")
    return Milestone("measured", measured, PROCESS, "ledger"), _read(project.path, entry.noun, measured), decided


def _read(folder: Path, assessment: Assessment, measured: datetime) -> Milestone:
    """The first time after it was measured that somebody looked at what is on record of the patient."""
    for record in records(folder):
        event, at = record.event, datetime.fromisoformat(record.event.at)
        if event.sole == READ and assessment.study.patient in event.of("patient") and at >= measured:
            return Milestone("read", at, event.actors[0].user, "audit log")
    return Milestone("read", missing="the audit log has nobody who looked at it")


def arrived(inbox: Inbox, assessment: Assessment) -> tuple[Milestone, tuple[Path, ...]]:
    """When the last object of the visit's studies came in, and the files that computation may use of them."""
    mine = [e for e in inbox.entries() if e.study and e.study in assessment.study.uid]
    came = [(r.at, str(r.said("sender") or "")) for e in mine for r in e.rows if r.kind == "arrived"]
    usable = tuple(inbox.path(e.object) for e in mine if e.disposition != "HOLD")
    if not came:
        return Milestone("arrived", missing="no object of its studies came through the inbox"), usable
    at, sender = max(came)
    return Milestone("arrived", datetime.fromisoformat(at), sender, "inbox"), usable


def planning_s(found: Sequence[Milestone]) -> float:
    """Seconds from the order to the first decision.

    Raises Refusal `setting_absent` if one of them is missing, `mixed_time_zones` if one of them has no offset from UTC.
    """
    by_name = {m.what: m for m in found}
    ends = [by_name[name] for name in ("ordered", "decided")]
    for end in ends:
        if end.at is None:
            raise Refusal("setting_absent", f"planning time: {end.missing}", where=end.what, expected="its moment")
        if end.at.tzinfo is None:
            raise Refusal("mixed_time_zones", "planning time: no offset from UTC is told", where=end.what)
    first, last = (end.at for end in ends if end.at is not None)
    return (last - first).total_seconds()


def sole(one: Milestone, assessment: Assessment, name: str) -> bytes:
    """A milestone as one syslog message; `name` is the id of the assessment.

    Raises Refusal `setting_absent` if it has no moment, `mixed_time_zones` if its moment has no offset from UTC.
    """
    if one.at is None:
        raise Refusal("setting_absent", f"{one.what}: {one.missing}", where=one.what, expected="its moment")
    if one.at.tzinfo is None:
        raise Refusal("mixed_time_zones", f"{one.what}: no offset from UTC is told", where=one.what)
    at = one.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    who = Actor(one.by or PROCESS, requestor=True)
    patient = Thing("patient", assessment.study.patient, details=(("assessment", name),))
    studies = tuple(Thing("study", uid) for uid in assessment.study.uid if uid)
    event = Event("110110", "C", (who, Actor(PROCESS)), (*studies, patient), sole=one.code, at=at)
    head = f"<{PRIORITY}>1 {at} - IHE+SOLE - {one.code[0]} - {MARK}"
    return head.encode() + message(event)
