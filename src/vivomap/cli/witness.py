"""Puts on record what a command does with patient data, before it shows or sends anything.

Where the audit log cannot be written, reading is refused (`audit_stopped`); receiving goes on, and is audited later.
The log belongs to a project: a command that looks at files where there is no project makes none and leaves no record.
"""

from __future__ import annotations

import getpass
import socket
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vivomap.cli import settings
from vivomap.cli.talk import say
from vivomap.core.errors import Refusal

if TYPE_CHECKING:
    from vivomap.acquire.pacs import Pacs, Query
    from vivomap.core import Study
    from vivomap.store.audit import Event, Seal
    from vivomap.store.audit.kinds import Doer
    from vivomap.store.inbox import Inbox

COUNTED = ("affected", "recompute", "consent")  # lists over many patients: nobody reads a result there
OURS = "VIVOMAP"  # our AE title, where a command does not name another


def doer(by: str | None = None) -> Doer:
    """Who runs this command, and on which machine."""
    from vivomap.store.audit.kinds import Doer

    return Doer(settings.value("by", by)[0] or getpass.getuser(), socket.gethostname())


def witness(*events: Event, folder: Path | None = None) -> None:
    """Put events on record, all with one fsync; nothing where there is no project. Raises Refusal `audit_stopped`."""
    project = folder or settings.project_folder()
    if not events or not (project / "project.toml").is_file():
        return
    from vivomap.store.audit import append

    append(project, events)
    sign(project)


def looked(studies: Iterable[Study], folder: Path | None = None) -> None:
    """Images of these visits are about to be looked at or measured."""
    from vivomap.store.audit.kinds import accessed

    mine: dict[str, list[str]] = {}
    for study in studies:
        mine.setdefault(study.patient, []).extend(study.uid)
    witness(*(accessed(doer(), patient, uids) for patient, uids in mine.items()), folder=folder)


def told(patients: Iterable[str], kind: str = "", name: str = "", folder: Path | None = None) -> None:
    """What is on record of these patients is about to be read; `kind` and `name` say which part."""
    from vivomap.store.audit.kinds import READ, record

    part, sole = ((kind, name),) if kind else (), () if kind in COUNTED else READ
    made = (record(doer(), patient, "R", *part, sole=sole) for patient in dict.fromkeys(patients))
    witness(*made, folder=folder)


def added(patient: str, kind: str, name: str, by: str | None = None, folder: Path | None = None) -> None:
    """Something is put on record of a patient: `kind` is assessment, decision, outcome, consent, and `name` its id."""
    from vivomap.store.audit.kinds import ACTED, MEASURED, record

    sole = {"assessment": MEASURED, "decision": ACTED}.get(kind, ())
    witness(record(doer(by), patient, "C", (kind, name), sole=sole), folder=folder)


def left(place: str, patients: Sequence[str], said: str, folder: Path | None = None) -> None:
    """Data of these patients are about to leave to a folder or an address; `said` tells in which form and what for."""
    from vivomap.store.audit.kinds import exported

    witness(exported(doer(), place, patients, said), folder=folder)


def asked(pacs: Pacs, query: Query) -> None:
    """A PACS is about to be asked what it has; DICOMweb has no SOP class of a question."""
    from vivomap.store.audit.event import Actor
    from vivomap.store.audit.kinds import queried

    there = Actor(pacs.address.title or "DICOMweb", "destination", at=pacs.address.host)
    said = f"{query.level}: " + ", ".join(f"{key}={value}" for key, value in query.keys)
    witness(queried(Actor(pacs.title, "source", requestor=True), there, "" if pacs.address.web else query.model, said))


def moved(
    source: str, destination: str, patient: str, study: str, sop: Sequence[tuple[str, int, tuple[str, ...]]]
) -> None:
    """Objects of a study were sent or fetched: of each SOP class how many, and their SOP Instance UIDs."""
    from vivomap.store.audit import kinds
    from vivomap.store.audit.event import Actor

    ends = (
        Actor(source, "source", requestor=source == OURS),
        Actor(destination, "destination", requestor=source != OURS),
    )
    witness(kinds.transferred(*ends, patient, kinds.study(study, tuple(sop))))


def alerted(kind: str, subject: str, said: str, by: str | None = None) -> None:
    """Something that whoever watches over security should know; `kind` is a code of CID 403."""
    from vivomap.store.audit.kinds import alert

    witness(alert(doer(by), kind, subject, said))


def received(inbox: Inbox, title: str = OURS) -> int:
    """Audit what has arrived and was judged since the last time; where that cannot be, say so and go on."""
    from vivomap.store.audit import received as catch_up

    try:
        done = catch_up(inbox, title)
    except Refusal as refusal:
        say(f"not audited yet, {refusal.code}: {refusal.summary}; the journal keeps it, and receiving goes on")
        return 0
    if done:
        sign(inbox.root)
    return done


def service(name: str, starts: bool, folder: Path | None = None) -> None:
    """A service of ours starts or stops; it does so even where that cannot be audited, and says it."""
    from vivomap.store.audit.kinds import application

    try:
        witness(application(doer(), name, starts), folder=folder)
    except Refusal as refusal:
        say(f"not audited, {refusal.code}: {refusal.summary}")
    if not starts:
        sign(folder or settings.project_folder(), now=True)


def seal() -> Seal | None:
    """Where signed heads go, if the settings say so."""
    from vivomap.store.audit import Seal

    heads, key = settings.value("audit_heads")[0], settings.value("audit_key")[0]
    return Seal(Path(heads), Path(key)) if heads and key else None


def sign(project: Path, now: bool = False) -> None:
    """Sign the head, hourly at most unless it must be now; what hinders it is said and stops nobody."""
    if not settings.value("audit_heads")[0]:
        return
    from vivomap.store import audit

    place = seal()
    try:
        if place is None:
            raise Refusal("bad_setting", "audit_heads is set, audit_key is not", where="settings")
        audit.sign(project, place, 0.0 if now else audit.EVERY_S)
    except Refusal as refusal:
        say(f"the head of the audit log is not signed, {refusal.code}: {refusal.summary}")
