"""Commands that keep the record: projects, decisions, outcomes, replay, what is affected, what is made anew."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vivomap.cli import qc, settings, witness
from vivomap.cli.talk import counted, emit, manner, plan, say, show, table
from vivomap.core.assessment import Decision, Outcome
from vivomap.core.codec import encode, identify
from vivomap.core.errors import Refusal

if TYPE_CHECKING:
    from vivomap.core.assessment import Assessment
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
        return plan(f"make the project {folder}")
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
        return plan(f"record: {who} chose {choose} on {decision.day} for {whole[:12]}")
    witness.added(project.assessment(whole).study.patient, "decision", whole, who)
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
        return plan(f"record: {name} {happened} on {noun.day} for {whole[:12]}")
    witness.added(project.assessment(whole).study.patient, "outcome", whole)
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
    project = _project()
    found = _affected(project, by)
    witness.told((project.assessment(key).study.patient for key in found.assessments), "affected", " ".join(by))
    if manner().json:
        emit("affected", **_ids(found))
    head = ("measurement", "biomarker", "lesion", "day")
    table([(m[:12], name, region, str(day or "no date")) for m, name, region, day in found.measurements], head)
    for key in found.decisions:
        decision = project.find(key).noun
        show(f"decision {key[:12]}: {decision.by} chose {decision.chosen} on {decision.day}")
    for key in found.outcomes:
        came = project.find(key).noun
        show(f"outcome {key[:12]}: {came.name} {came.happened} on {came.day}")
    for key in found.reports:
        written = project.find(key).noun
        show(f"report {key[:12]}: {written.name} of assessment {written.assessment[:12]}")
    show(_summary(found))


def _summary(found: Affected) -> str:
    kinds = ("measurements", "assessments", "decisions", "outcomes", "reports")
    return ", ".join(counted(len(getattr(found, kind)), kind[:-1]) for kind in kinds)


def recompute(
    by: By,
    site: Annotated[Path | None, typer.Option(help="The site's TOML file (default: the project's site.toml).")] = None,
) -> None:
    """Assess anew what is affected, beside the old, and print the differences."""
    from vivomap.cli.walk import adapted, stoppable
    from vivomap.loop import assess

    project = _project()
    found = _affected(project, by)
    old = sorted((project.assessment(key) for key in found.in_force), key=_order)
    cards = {name: adapted(name, site, project.path) for name in dict.fromkeys(a.pathway for a in old)}
    if manner().dry_run:
        return plan(*(f"recompute {identify(a)[:12]}: {a.study.patient}, {a.study.day}, {a.pathway}" for a in old))
    rows: list[tuple[str, ...]] = []
    made: list[dict[str, Any]] = []
    witness.told((a.study.patient for a in old), "recompute", " ".join(by))
    with stoppable() as stop:
        for before in old:
            (study,) = qc.watched((before.study,), project.path)
            after = assess(cards[before.pathway], study, project.before(before))
            key = project.supersede(identify(before), after, " ".join(by))
            witness.added(after.study.patient, "assessment", key)
            differences = project.differences(before, after)
            made.append({"old": identify(before), "new": key, "differences": [d._asdict() for d in differences]})
            rows += [(before.study.patient, str(before.study.day), *map(_short, d)) for d in differences]
            if stop.asked:
                raise KeyboardInterrupt
    if manner().json:
        emit("recompute", recomputed=made)
    table(rows, ("patient", "day", "claim", "lesion", "old", "new", "unit", "why"))
    _told(made, found)


def _order(assessment: Assessment) -> tuple[str, str, datetime.date]:
    return assessment.study.patient, assessment.pathway, assessment.study.day or datetime.date.min


def _told(made: list[dict[str, Any]], found: Affected) -> None:
    """How much was made anew, and what was handed out before and rests on the old."""
    new = [m for m in made if m["old"] != m["new"]]
    say(f"{counted(len(made), 'assessment')} made anew, {len(new)} with another result; the old ones are kept")
    if new and found.reports:
        say(f"{counted(len(found.reports), 'report file')} rest on the old ones; vivomap assess writes new ones")


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
        raise Refusal(
            "bad_date", f"{text!r} is no day", where="the command line", expected="a day such as 2026-03-01"
        ) from None


def _affected(project: Project, by: list[str]) -> Affected:
    asked: dict[str, Any] = {}
    for text in by:
        kind, _, value = text.partition("=")
        if kind not in ("version", "setting", "scanner", "dates") or not value:
            raise Refusal(
                "bad_setting",
                f"--by {text!r} is not understood",
                where="--by",
                expected="version=V, setting=KEY=VALUE, scanner=TEXT or dates=FROM..TO",
            )
        if kind in asked:
            raise Refusal("bad_setting", f"--by {kind}=… is given twice", where="--by", expected="each kind once")
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
