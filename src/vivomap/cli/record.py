"""Commands that keep the record: projects, decisions, outcomes, replay, what is affected, what is made anew."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vivomap.cli import settings
from vivomap.cli.talk import emit, manner, say, show, table
from vivomap.core.assessment import Decision, Outcome
from vivomap.core.codec import encode, identify
from vivomap.core.errors import Refusal

if TYPE_CHECKING:
    from vivomap.store import Affected, Project

Id = Annotated[str, typer.Argument(help="The id of an assessment: six digits or more.", show_default=False)]
By = Annotated[
    list[str], typer.Option("--by", help="version=V, setting=KEY=VALUE, scanner=TEXT or dates=FROM..TO; may repeat.")
]


def init() -> None:
    """Make a project folder: the ledger, the vault and the site file live there."""
    from vivomap.store import open_project

    folder = settings.project_folder()
    if manner().dry_run:
        return show(f"would make the project {folder}")
    project = open_project(folder)
    if manner().json:
        emit("init", project=str(project.path))
    show(f"project {project.path}")


def decide(
    assessment: Id,
    choose: Annotated[str, typer.Option(help="The option that was chosen, in your words.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    by: Annotated[str | None, typer.Option(help="Who decides (or VIVOMAP_BY).")] = None,
    dissent: Annotated[str, typer.Option(help="Who saw it otherwise, and why.")] = "",
    day: Annotated[str | None, typer.Option(help="The day, ISO (default today).")] = None,
) -> None:
    """Record who chose what, and why."""
    who = settings.value("by", by)[0]
    if not who:
        raise Refusal("bad_setting", "a decision needs a name", where="--by", hint="give --by or set VIVOMAP_BY")
    project = _project()
    whole = project.full_id(assessment)
    decision = Decision(whole, choose, who, _day(day), reason, dissent)
    if manner().dry_run:
        return show(f"would record: {who} chose {choose} on {decision.day} for {whole[:12]}")
    key = project.keep(decision)
    if manner().json:
        emit("decide", id=key, decision=encode(decision))
    show(f"decision {key[:12]}: {who} chose {choose} on {decision.day}")


def outcome(
    assessment: Id,
    name: Annotated[str, typer.Argument(help="What was watched for, such as progression.", show_default=False)],
    happened: Annotated[str, typer.Argument(help="What came: yes, no, or a word.", show_default=False)],
    day: Annotated[str | None, typer.Option(help="The day, ISO (default today).")] = None,
) -> None:
    """Record what came of it."""
    project = _project()
    whole = project.full_id(assessment)
    noun = Outcome(whole, name, happened, _day(day))
    if manner().dry_run:
        return show(f"would record: {name} {happened} on {noun.day} for {whole[:12]}")
    key = project.keep(noun)
    if manner().json:
        emit("outcome", id=key, outcome=encode(noun))
    show(f"outcome {key[:12]}: {name} {happened} on {noun.day}")


def replay() -> int:
    """Check the chain, rebuild the state from the ledger alone, and print its hash."""
    project = _project()
    project.verify()
    state = project.replay()
    if manner().json:
        emit("replay", **state.summary())
    for key, value in state.summary().items():
        show(f"{key}: {value}")
    return 8 if state.unfounded else 0


def affected(by: By) -> None:
    """Every measurement, decision and report that hangs on a version, setting, scanner or span of days."""
    found = _affected(_project(), by)
    if manner().json:
        emit("affected", **_ids(found))
    table([(m[:12], name, region, str(day)) for m, name, region, day in found.measurements], _HEAD)
    counts = ((len(getattr(found, kind)), kind) for kind in ("measurements", "assessments", "decisions", "reports"))
    show(", ".join(f"{count} {kind}" for count, kind in counts))


_HEAD = ("measurement", "biomarker", "lesion", "day")


def recompute(by: By) -> None:
    """Assess anew what is affected, beside the old, and print the differences."""
    from vivomap.cli.walk import adapted
    from vivomap.loop import assess

    project = _project()
    found = _affected(project, by)
    old = [project.assessment(key) for key in found.in_force]
    if manner().dry_run:
        for a in old:
            show(f"would recompute {identify(a)[:12]}: {a.study.patient}, {a.study.day}, {a.pathway}")
        return
    rows: list[tuple[str, ...]] = []
    made: list[dict[str, Any]] = []
    for before in sorted(old, key=lambda a: (a.study.patient, a.pathway, a.study.day or datetime.date.min)):
        past = project.before(before)
        after = assess(adapted(before.pathway), before.study, past)
        key = project.supersede(identify(before), after, " ".join(by))
        differences = project.differences(before, after)
        made.append({"old": identify(before), "new": key, "differences": [d._asdict() for d in differences]})
        rows += [(before.study.patient, str(before.study.day), *map(_short, d)) for d in differences]
    if manner().json:
        emit("recompute", recomputed=made)
    table(rows, ("patient", "day", "claim", "lesion", "old", "new", "unit", "why"))
    say(f"{len(made)} assessments made anew; the old ones are kept")


def explain_setting(key: Annotated[str, typer.Argument(help="A setting.", show_default=False)]) -> None:
    """Where a setting comes from: flag, environment, project, user or default."""
    flag = manner().project if key == "project" else None
    value, origin = settings.value(key, flag)
    if manner().json:
        emit("config", key=key, value=value, origin=origin, meaning=settings.KEYS[key].meaning)
    show(f"{key} = {value!r} from {origin}: {settings.KEYS[key].meaning}")


def _project() -> Project:
    from vivomap.store import open_project

    return open_project(settings.project_folder(), create=False)


def _day(text: str | None) -> datetime.date:
    if text is None:
        return datetime.datetime.now(datetime.UTC).date()
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise Refusal("bad_date", f"{text!r} is no day", where="--day", expected="a day such as 2026-03-01") from None


def _affected(project: Project, by: list[str]) -> Affected:
    asked: dict[str, Any] = {}
    for text in by:
        kind, _, value = text.partition("=")
        if kind not in ("version", "setting", "scanner", "dates") or not value:
            raise Refusal(
                "bad_setting",
                f"--by {text!r} is not understood",
                expected="version=V, setting=KEY=VALUE, scanner=TEXT or dates=FROM..TO",
            )
        asked[kind] = _span(value) if kind == "dates" else value
    return project.affected(**asked)


def _span(text: str) -> tuple[datetime.date, datetime.date]:
    first, _, last = text.partition("..")
    return _day(first), _day(last or first)


def _ids(found: Affected) -> dict[str, Any]:
    return {
        "measurements": [
            {"id": key, "name": name, "region": region, "day": day.isoformat() if day else None}
            for key, name, region, day in found.measurements
        ],
        "assessments": list(found.assessments),
        "decisions": list(found.decisions),
        "outcomes": list(found.outcomes),
        "reports": list(found.reports),
    }


def _short(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.5g}"
