"""What a patient allows: recorded by name and day, for care, research and training; a withdrawal is recorded too."""

from __future__ import annotations

import datetime
from typing import Annotated

import typer

from vivomap.cli import settings, witness
from vivomap.cli.group import group
from vivomap.cli.talk import counted, emit, manner, plan, say, show, table, unknown
from vivomap.core.assessment import PURPOSES, Consent
from vivomap.core.codec import encode
from vivomap.core.errors import Refusal

Purpose = Annotated[str, typer.Option(help="care, research or training.")]


def set_(
    patient: Annotated[str, typer.Argument(help="The patient, by id.", show_default=False)],
    purpose: Purpose,
    yes: Annotated[bool | None, typer.Option("--yes/--no", help="Given, or refused or withdrawn.")] = None,
    by: Annotated[str | None, typer.Option(help="Who takes it down (or VIVOMAP_BY).")] = None,
    day: Annotated[str | None, typer.Option(help="The day, ISO (default today).")] = None,
) -> None:
    """Record what a patient allows or no longer allows. Nothing is deleted; the last word on a purpose counts."""
    from vivomap.store import open_project

    who = settings.value("by", by)[0]
    if not who or yes is None:
        hint = "give --yes or --no, and --by or VIVOMAP_BY"
        raise Refusal("bad_setting", "a consent needs a yes or no, and a name", where="the command line", hint=hint)
    if purpose not in PURPOSES:
        raise unknown("a purpose", purpose, PURPOSES)
    project = open_project(settings.project_folder(), create=False)
    noun = Consent(patient, purpose, yes, who, _day(day))
    word = "given" if yes else "not given"
    if manner().dry_run:
        return plan(f"record: {purpose} {word} by {patient}, taken down by {who} on {noun.day}")
    if patient not in project.patients():
        say("this patient has nothing on record here yet")
    witness.added(patient, "consent", f"{purpose} {word}", who)
    key = project.keep(noun)
    if manner().json:
        emit("consent", id=key, consent=encode(noun))
    show(f"consent {key[:12]}: {purpose} {word}")


def list_(
    patient: Annotated[str, typer.Argument(help="One patient; all when left out.", show_default=False)] = "",
    every: Annotated[bool, typer.Option("--all", help="Everything that was said, not the last word alone.")] = False,
) -> None:
    """The last word on each purpose. Nothing recorded means: care yes, research and training no."""
    from vivomap.store import open_project

    project = open_project(settings.project_folder(), create=False)
    said = project.consents(patient or None)
    witness.told((c.patient for c in said), "consent")
    last = {(c.patient, c.purpose): c for c in said}
    shown = said if every else tuple(last.values())
    if manner().json:
        emit("consents", consents=[encode(c) for c in shown])
    rows = [(c.patient, c.purpose, "yes" if c.given else "no", str(c.day), c.by) for c in shown]
    table(rows, ("patient", "purpose", "given", "day", "by"))
    say(counted(len(shown), "consent"))


def _day(text: str | None) -> datetime.date:
    if text is None:
        return datetime.datetime.now(datetime.UTC).date()
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise Refusal("bad_date", f"{text!r} is no day", where="--day", expected="a day such as 2026-03-01") from None


COMMANDS = (
    (
        "set",
        set_,
        (
            'vivomap consent set P-0417 --purpose research --yes --by "Dr A"',
            'vivomap consent set P-0417 --purpose research --no --by "Dr A" --day 2026-09-01',
        ),
    ),
    ("list", list_, ("vivomap consent list", "vivomap consent list P-0417 --all --json")),
)
consent = group("What a patient allows, for which purpose.", COMMANDS)
