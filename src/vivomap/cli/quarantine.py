"""What waits for a person: objects held with a reason, and objects that contradict each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from vivomap.cli import settings, witness
from vivomap.cli.group import group
from vivomap.cli.talk import clean, counted, emit, manner, plan, say, show, table
from vivomap.core.errors import Refusal, first_remedy

if TYPE_CHECKING:
    from vivomap.store.audit import Event
    from vivomap.store.inbox import Entry, Inbox

Which = Annotated[str, typer.Argument(help="The hash of an object: its first digits.", show_default=False)]
Why = Annotated[str, typer.Option(help="Why.")]
Who = Annotated[str | None, typer.Option(help="Who decides (or VIVOMAP_BY).")]


def list_(
    every: Annotated[bool, typer.Option("--all", help="Every object of the inbox, not only those that wait.")] = False,
) -> None:
    """Every object that is held or in conflict, with its reason and what to do next."""
    found = [e for e in _inbox().entries() if every or e.disposition == "HOLD" or e.conflict]
    if manner().json:
        emit("quarantine", objects=[_plain(e) for e in found])
    rows = [(e.object[:12], e.disposition, e.code, e.rows[0].said("sender"), e.rows[0].at[:19]) for e in found]
    table(rows, ("object", "state", "code", "sender", "arrived"))
    for code in dict.fromkeys(e.code for e in found if e.code):
        show(f"{code}: {first_remedy(code)}; vivomap explain {code}")
    say(counted(len(found), "object"))


def show_(which: Which) -> None:
    """Everything that is known of one object: how it came, its verdict, what was decided, its file."""
    inbox = _inbox()
    one = inbox.find(which)
    witness.witness(_event(one, "R"))
    if manner().json:
        emit("quarantine", objects=[_plain(one)])
    show(f"object {one.object}")
    show(f"state {one.disposition}{f', {one.code}: {one.reason}' if one.code else ''}")
    show(f"file {inbox.path(one.object)}")
    show(f"SOP instance {one.instance}")
    for row in one.rows:
        words = ", ".join(f"{key} {value}" for key, value in row.body if value and key != "others")
        show(f"{row.at[:19]} {row.kind}{f' {row.code}' if row.code else ''}: {clean(words)}")
        for other in row.said("others") or ():
            show(f"  the same SOP instance as {other[:12]}")
    if one.code:
        show(f"next: {first_remedy(one.code)}; vivomap explain {one.code}")


def release(which: Which, reason: Why, by: Who = None) -> None:
    """Let an object be computed on; its bytes are as they came, and the door still looks at each."""
    _decide(which, "released", reason, by)


def hold(which: Which, reason: Why, by: Who = None) -> None:
    """Keep an object from being computed on; nothing is deleted."""
    _decide(which, "held", reason, by)


def _decide(which: str, kind: str, reason: str, by: str | None) -> None:
    who = settings.value("by", by)[0]
    if not who or not reason.strip():
        raise Refusal("bad_setting", "this needs a name and a reason", where="--by", hint="give --by or set VIVOMAP_BY")
    inbox = _inbox()
    one = inbox.find(which)
    if manner().dry_run:
        return plan(f"record: {who} {kind} {one.object[:12]}: {reason}")
    witness.witness(_event(one, "U", who, f"{kind}: {reason}"))
    after = inbox.decide(one.object, kind, who, reason)
    if manner().json:
        emit("quarantine", objects=[_plain(after)])
    show(f"{kind} {after.object[:12]}: {after.disposition}")


def _event(one: Entry, action: str, by: str | None = None, said: str = "") -> Event:
    """That an object of the inbox is looked at (R) or changed (U) by a person."""
    from vivomap.store.audit.kinds import accessed

    patient = next((str(r.said("patient")) for r in reversed(one.rows) if r.said("patient")), "")
    return accessed(witness.doer(by), patient, (one.study,), action, said)


def _plain(one: Entry) -> dict[str, Any]:
    rows = [{"at": r.at, "kind": r.kind, "code": r.code, **dict(r.body)} for r in one.rows]
    names = ("object", "instance", "study", "disposition", "code", "reason", "conflict")
    return {**{name: getattr(one, name) for name in names}, "rows": rows}


def _inbox() -> Inbox:
    from vivomap.store import open_project
    from vivomap.store.inbox import open_inbox

    return open_inbox(open_project(settings.project_folder(), create=False).path)


COMMANDS = (
    ("list", list_, ("vivomap quarantine list", "vivomap quarantine list --all --json")),
    ("show", show_, ("vivomap quarantine show 3f9a1c", "vivomap quarantine show 3f9a1c --json")),
    (
        "release",
        release,
        (
            'vivomap quarantine release 3f9a1c --by "Dr A" --reason "same patient, new id"',
            "vivomap quarantine release 3f9a1c --by MTA --reason corrected --dry-run",
        ),
    ),
    (
        "hold",
        hold,
        (
            'vivomap quarantine hold 3f9a1c --by "Dr A" --reason "wrong version"',
            "vivomap quarantine hold 3f9a1c --by MTA --reason motion --dry-run",
        ),
    ),
)
quarantine = group("Objects that were received and wait for a person.", COMMANDS)
