"""The command that tells when an examination was ordered, acquired, received, measured, read and decided on."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vivomap.cli import settings, witness
from vivomap.cli.talk import emit, manner, plan, say, show, table
from vivomap.core.errors import Refusal

if TYPE_CHECKING:
    from vivomap.core import Assessment
    from vivomap.store import Project
    from vivomap.store.milestones import Milestone

EXAMPLES = ("vivomap events 3f9a1c", "vivomap events 3f9a1c --sole > events.syslog")
INBOX = "inbox"


def events(
    assessment: Annotated[str, typer.Argument(help="The id of an assessment: six digits or more.", show_default=False)],
    ordered: Annotated[str, typer.Option(help="When it was ordered, ISO; else as the images say.")] = "",
    zone: Annotated[str, typer.Option(help="The offset from UTC of images that tell none, such as +01:00.")] = "",
    sole: Annotated[bool, typer.Option("--sole", help="Syslog messages of IHE SOLE, one a line.")] = False,
) -> None:
    """When it was ordered, acquired, received, measured, read and decided on; and the planning time."""
    from vivomap.store import open_project
    from vivomap.store.milestones import sole as written

    project = open_project(settings.project_folder(), create=False)
    whole = project.full_id(assessment)
    if manner().dry_run:
        return plan(f"tell the events of {whole[:12]}")
    told = project.assessment(whole)
    found = gathered(project, whole, _moment(ordered), _offset(zone))
    witness.told((told.study.patient,), "assessment", whole, folder=project.path)
    if sole:
        for one in found:
            try:
                typer.echo(written(one, told, whole).decode().replace("\n", " "))
            except Refusal as refused:
                say(f"no event: {refused.summary}")
        return None
    _tell(found, told, whole)


def gathered(
    project: Project, whole: str, ordered: datetime.datetime | None, offset: datetime.timezone | None
) -> tuple[Milestone, ...]:
    """The milestones in the order of a patient's way; moments without an offset from UTC are given `offset`."""
    from vivomap.acquire.timing import timing
    from vivomap.store.inbox import open_inbox
    from vivomap.store.milestones import Milestone, arrived, of_record

    told = project.assessment(whole)
    came, files = Milestone("arrived", missing="the project has no inbox"), tuple[Path, ...]()
    if (project.path / INBOX).is_dir():
        came, files = arrived(open_inbox(project.path), told)
    said = timing(files)
    day = told.study.day.isoformat() if told.study.day else "not known"
    first = ordered or said.ordered
    found = (
        Milestone("ordered", first, "", "given" if ordered else "images")
        if first
        else Milestone("ordered", missing="no image tells it; give it with --ordered"),
        Milestone("acquired", said.acquired, "", "images")
        if said.acquired
        else Milestone("acquired", missing=f"no object of the inbox tells the moment; the day is {day}"),
        came,
        *of_record(project, whole),
    )
    return tuple(replace(m, at=m.at.replace(tzinfo=offset)) if m.at and not m.at.tzinfo else m for m in found)


def _tell(found: tuple[Milestone, ...], told: Assessment, whole: str) -> None:
    seconds, why = _planning(found)
    if manner().json:
        rows: list[dict[str, Any]] = [
            {
                "event": m.what,
                "at": m.at.isoformat() if m.at else None,
                "code": {"value": m.code[0], "scheme": m.code[1], "meaning": m.code[2]},
                "by": m.by or None,
                "source": m.source or None,
                "missing": m.missing or None,
            }
            for m in found
        ]
        planning = {"seconds": seconds, "from": "ordered", "to": "decided", "missing": why or None}
        emit("events", assessment=whole, patient=told.study.patient, events=rows, planning=planning)
    table([(m.what, m.at.isoformat() if m.at else "-", m.by or m.missing) for m in found], ("event", "at", "by"))
    show(f"planning time {seconds / 3600:.1f} h" if seconds is not None else why)


def _planning(found: tuple[Milestone, ...]) -> tuple[float | None, str]:
    """The planning time in seconds, or why there is none."""
    from vivomap.store.milestones import planning_s

    try:
        return planning_s(found), ""
    except Refusal as refused:
        return None, refused.summary


def _moment(text: str) -> datetime.datetime | None:
    if not text:
        return None
    try:
        return datetime.datetime.fromisoformat(text)
    except ValueError:
        expected = "a moment such as 2026-03-01T08:30+01:00"
        raise Refusal("bad_date", f"{text!r} is no moment", where="--ordered", expected=expected) from None


def _offset(text: str) -> datetime.timezone | None:
    if not text:
        return None
    try:
        found = datetime.datetime.strptime(text, "%z").tzinfo
    except ValueError:
        found = None
    if not isinstance(found, datetime.timezone):
        raise Refusal("bad_setting", f"{text!r} is no offset from UTC", where="--zone", expected="+01:00")
    return found
