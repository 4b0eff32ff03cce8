"""What is told of assessments: changes, verdicts, proposals, what is missing; and the history of a patient."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vivomap.cli import settings, witness
from vivomap.cli.shapes import claim
from vivomap.cli.talk import bold, emit, manner, show, table, unknown
from vivomap.core.codec import identify
from vivomap.core.units import spoken

if TYPE_CHECKING:
    from vivomap.core import Assessment, Course


def tell(made: Sequence[Assessment], out: Path) -> int:
    """Say what was found: verdicts, changes, proposals, what is missing, where the report is."""
    from vivomap.core import Change, Course, Missing, Verdict
    from vivomap.core.codec import encode

    last = made[-1]
    course = Course(last.study, (), last.claims)
    missing = course.of(Missing)
    if manner().json:
        said = encode(last.recommendation)
        emit(
            "assess",
            assessments=[identify(a) for a in made],
            patient=last.study.patient,
            visits=[a.study.day.isoformat() if a.study.day else None for a in made],
            verdicts=[claim(v) for v in course.of(Verdict)],
            changes=[{**claim(c), "name": c.name, "region": c.region, "real": c.real} for c in course.of(Change)],
            missing=[claim(m) for m in missing],
            recommendation=said,
            report=str(out / "report.html"),
            assessment=str(out / "assessment.json"),
        )
        return 4 if missing else 0
    _show_changes(course.of(Change))
    if not course.of(Change):
        _show_numbers(course)
    for verdict in course.of(Verdict):
        show(bold(f"{verdict.name}: {verdict.category}") + f" ({'; '.join(verdict.reasons[:2])})")
    said_by = last.recommendation
    show(f"silent: {said_by.abstained}" if said_by.abstained else f"first option: {said_by.proposals[0].option}")
    for flag in dict.fromkeys(f for c in course.of(Change) for f in c.flags):
        show(f"flag {flag.code}: {flag.reason}")
    for m in missing:
        show(f"missing {m.what} {m.name} of {m.region or 'the patient'}: {m.code}: {m.reason}")
    show(f"assessment {identify(last)[:12]}, report {out / 'report.html'}")
    show("Research use only, not a medical device.")
    return 4 if missing else 0


def _show_changes(changes: Sequence[Any]) -> None:
    from vivomap.track.change import reads

    rows = [
        (
            c.region,
            c.name,
            f"{c.before.value:.4g}",
            f"{c.after.value:.4g}",
            spoken(c.after.unit),
            f"{c.chance_real:.2f}",
            reads(c),
        )
        for c in changes
    ]
    table(rows, ("lesion", "biomarker", "before", "now", "unit", "P(real)", "reads"))


def _show_numbers(course: Course) -> None:
    from vivomap.core import Measurement

    numbers = course.of(Measurement)
    rows = [(m.region, m.name, f"{m.value:.4g}", f"{m.uncertainty:.2g}", spoken(m.unit)) for m in numbers]
    table(rows, ("lesion", "biomarker", "value", "± (k=1)", "unit"))


def three_numbers(last: Assessment) -> None:
    """The three numbers that matter, as the report chooses them."""
    from vivomap.core import Change, Course, Verdict
    from vivomap.report import headline
    from vivomap.track.change import reads

    course = Course(last.study, (), last.claims)
    show("The three numbers that matter:")
    for change in headline(course.of(Change), course.of(Verdict)):
        was = change.before.value
        percent = f" ({100 * change.difference / was:+.0f} %)" if was else ""
        show(
            f"  {change.region} {change.name.replace('_', ' ')}: {was:.3g} → {change.after.value:.3g} "
            f"{spoken(change.after.unit)}{percent}, P(real) {change.chance_real:.2f}: {reads(change)}"
        )


def history(
    patient: Annotated[str, typer.Argument(help="One patient; all when left out.", show_default=False)] = "",
    pathway: Annotated[str, typer.Option(help="One pathway.")] = "",
) -> None:
    """Every visit on record: numbers, verdicts, decisions, outcomes."""
    from vivomap.core import Course, Measurement, Verdict
    from vivomap.store import open_project

    project = open_project(settings.project_folder(), create=False)
    patients = project.patients()
    if patient and patient not in patients:
        raise unknown("a patient on record", patient, patients)
    witness.told((p for p in patients if patient in ("", p)), "history", pathway)
    entries = [(e.noun, e.id) for p in patients if patient in ("", p) for e in project.assessments(p, pathway or None)]
    if manner().json:
        emit(
            "history",
            assessments=[
                {
                    "id": key,
                    "patient": a.study.patient,
                    "pathway": a.pathway,
                    "day": a.study.day.isoformat() if a.study.day else None,
                    "verdicts": [claim(v) for v in Course(a.study, (), a.claims).of(Verdict)],
                    "measurements": [claim(m) for m in Course(a.study, (), a.claims).of(Measurement)],
                    "decisions": [claim(d) for d in project.decisions(key)],
                    "outcomes": [claim(o) for o in project.outcomes(key)],
                }
                for a, key in entries
            ],
        )
    for a, key in entries:
        course = Course(a.study, (), a.claims)
        show(bold(f"{a.study.patient}  {a.study.day}  {a.pathway}  {key[:12]}"))
        _show_numbers(course)
        for verdict in course.of(Verdict):
            show(f"{verdict.name}: {verdict.category}")
        for decision in project.decisions(key):
            show(f"decided {decision.day} by {decision.by}: {decision.chosen} ({decision.reason})")
        for outcome in project.outcomes(key):
            show(f"outcome {outcome.day}: {outcome.name} {outcome.happened}")
