"""Commands that walk the loop: assess, demo, and the patient's history."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vivomap.cli import settings
from vivomap.cli.look import Paths
from vivomap.cli.talk import bold, emit, manner, say, show, table
from vivomap.core.codec import identify
from vivomap.core.errors import Refusal

if TYPE_CHECKING:
    from vivomap.core import Assessment, Pathway, Study


def assess(
    pathway: Annotated[str, typer.Argument(help="The clinical question, such as lung_response.", show_default=False)],
    paths: Paths,
    out: Annotated[Path, typer.Option(help="The folder for report.html and assessment.json.")] = Path("report"),
    region: Annotated[list[str] | None, typer.Option(help="Follow these regions alone; names or drawn.")] = None,
    treatments: Annotated[Path | None, typer.Option(help="CSV: patient,what,dose,unit,start,end,source.")] = None,
    findings: Annotated[Path | None, typer.Option(help="CSV: patient,name,code,value,day,by.")] = None,
    searched: Annotated[list[str] | None, typer.Option(help="A finding that was looked for at every visit.")] = None,
    site: Annotated[Path | None, typer.Option(help="The site's TOML file (default: the project's site.toml).")] = None,
    patient: Annotated[str, typer.Option(help="One patient of several.")] = "",
    visit_window: Annotated[int | None, typer.Option(help="Studies so many days apart are one visit.")] = None,
) -> int:
    """Take every visit through a pathway, in order of acquisition, and write the report of the last one."""
    from vivomap.cli.gather import Request, dated, gather

    window = settings.number("visit_window", visit_window)
    asked = Request(tuple(paths), tuple(region or ()), patient, window, treatments, findings, tuple(searched or ()))
    card = adapted(pathway, site)
    found = gather(asked)
    visits = dated(found)
    if manner().dry_run:
        return _plan(card, visits, out)
    made = run(card, visits, out, settings.project_folder())
    return tell(made, out) or (4 if len(visits) < len(found) else 0)


def run(card: Pathway, visits: Sequence[Study], out: Path, folder: Path) -> tuple[Assessment, ...]:
    """Assess each visit in the light of those before it, keep each, and write the report of the last.

    A visit that was assessed before, and has not changed, is reused. An interrupt finishes the visit at hand.
    """
    from vivomap.loop import assess as assess_one
    from vivomap.report import write
    from vivomap.store import open_project

    project = open_project(folder)
    made: list[Assessment] = []
    with stoppable() as stop:
        for study in visits:
            kept = None if manner().force else project.reusable(card, study, made)
            if kept is None:
                say(f"assessing {study.day}")
                kept = assess_one(card, study, tuple(made))
                project.record(kept, study, made)
            else:
                say(f"reusing {study.day}: unchanged")
            made.append(kept)
            if stop.asked:
                raise KeyboardInterrupt
    for path in write(made[-1], out, tuple(made[:-1])):
        project.wrote(identify(made[-1]), path.suffix.lstrip("."), path)
    return tuple(made)


@dataclass
class Stop:
    """Whether a person has asked to stop after the item at hand."""

    asked: bool = False
    before: Any = field(default=None)


@contextlib.contextmanager
def stoppable() -> Iterator[Stop]:
    """The first interrupt finishes the current item, the second stops now (rule U6)."""
    stop = Stop(before=signal.getsignal(signal.SIGINT))

    def ask(*_: Any) -> None:
        if stop.asked:
            raise KeyboardInterrupt
        stop.asked = True
        say("stopping after this visit; interrupt again to stop now")

    try:
        signal.signal(signal.SIGINT, ask)
    except ValueError:  # not the main thread: whoever runs us there handles interrupts
        yield stop
        return
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, stop.before)


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
            verdicts=[encode(v) for v in course.of(Verdict)],
            changes=[{**encode(c), "name": c.name, "region": c.region, "real": c.real} for c in course.of(Change)],
            missing=[encode(m) for m in missing],
            recommendation=said,
            report=str(out / "report.html"),
            assessment=str(out / "assessment.json"),
        )
        return 4 if missing else 0
    _show_changes(course.of(Change))
    for verdict in course.of(Verdict):
        show(bold(f"{verdict.name}: {verdict.category}") + f" ({'; '.join(verdict.reasons[:2])})")
    said_by = last.recommendation
    show(f"silent: {said_by.abstained}" if said_by.abstained else f"first option: {said_by.proposals[0].option}")
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
            c.after.unit,
            f"{c.chance_real:.2f}",
            reads(c),
        )
        for c in changes
    ]
    table(rows, ("lesion", "biomarker", "before", "now", "unit", "P(real)", "reads"))


def demo(
    name: Annotated[str, typer.Argument(help="A digital patient: two_visit, serial_ct or pet_ct_mr.")] = "two_visit",
    out: Annotated[Path, typer.Option(help="Where the patient, the project and the report go.")] = Path("demo"),
    open_it: Annotated[bool, typer.Option("--open", help="Open the report in the browser.")] = False,
    seed: Annotated[int, typer.Option(help="The seed of the noise.")] = 0,
) -> int:
    """Run the whole loop on a digital patient whose truth is known."""
    from vivomap.acquire import phantom
    from vivomap.cli.gather import Request, dated, gather

    if name not in phantom.NAMES:
        raise Refusal("unknown_name", f"there is no digital patient {name!r}", expected=", ".join(phantom.NAMES))
    card = adapted(phantom.NAMES[name], None)
    if manner().dry_run:
        show(f"would write the digital patient {name} to {out / 'patient'}, assess {card.name}, report to {out}")
        return 0
    say(f"writing the digital patient {name} as DICOM")
    phantom.write(name, out / "patient", seed=seed)
    csv = out / "patient" / "treatments.csv"
    visits = dated(gather(Request((out / "patient",), treatments=csv if csv.is_file() else None)))
    made = run(card, visits, out, out / "project")
    code = tell(made, out)
    _three_numbers(made[-1])
    show(bold(f"The report is at {out / 'report.html'}"))
    if open_it:
        typer.launch(str(out / "report.html"))
    return code


def _three_numbers(last: Assessment) -> None:
    """The three numbers that matter: the largest changes, real ones first."""
    from vivomap.core import Change, Course
    from vivomap.report import headline
    from vivomap.track.change import reads

    course = Course(last.study, (), last.claims)
    show("The three numbers that matter:")
    for change in headline(course.of(Change)):
        assert isinstance(change, Change)
        percent = 100 * change.difference / change.before.value if change.before.value else float("nan")
        show(
            f"  {change.region} {change.name.replace('_', ' ')}: {change.before.value:.3g} → {change.after.value:.3g} "
            f"{change.after.unit} ({percent:+.0f} %), P(real) {change.chance_real:.2f}: {reads(change)}"
        )


def history(
    patient: Annotated[str, typer.Argument(help="One patient; all when left out.", show_default=False)] = "",
    pathway: Annotated[str, typer.Option(help="One pathway.")] = "",
) -> None:
    """Every visit on record: numbers, verdicts, decisions, outcomes."""
    from vivomap.core import Course, Measurement, Verdict
    from vivomap.core.codec import encode
    from vivomap.store import open_project

    project = open_project(settings.project_folder(), create=False)
    patients = [patient] if patient else list(project.patients())
    entries = [(a, identify(a)) for p in patients for a in project.history(p, pathway or None)]
    if patient and not entries:
        raise Refusal("unknown_name", f"no assessment of patient {patient!r} is on record", where=str(project.path))
    if manner().json:
        emit(
            "history",
            assessments=[
                {
                    "id": key,
                    "patient": a.study.patient,
                    "pathway": a.pathway,
                    "day": a.study.day.isoformat() if a.study.day else None,
                    "verdicts": [encode(v) for v in Course(a.study, (), a.claims).of(Verdict)],
                    "measurements": [encode(m) for m in Course(a.study, (), a.claims).of(Measurement)],
                    "decisions": [encode(d) for d in project.decisions(key)],
                    "outcomes": [encode(o) for o in project.outcomes(key)],
                }
                for a, key in entries
            ],
        )
    for a, key in entries:
        course = Course(a.study, (), a.claims)
        show(bold(f"{a.study.patient}  {a.study.day}  {a.pathway}  {key[:12]}"))
        rows = [(m.region, m.name, f"{m.value:.4g}", f"{m.uncertainty:.2g}", m.unit) for m in course.of(Measurement)]
        table(rows, ("lesion", "biomarker", "value", "± (k=1)", "unit"))
        for verdict in course.of(Verdict):
            show(f"{verdict.name}: {verdict.category}")
        for decision in project.decisions(key):
            show(f"decided {decision.day} by {decision.by}: {decision.chosen} ({decision.reason})")
        for outcome in project.outcomes(key):
            show(f"outcome {outcome.day}: {outcome.name} {outcome.happened}")


def adapted(name: str, site: Path | None = None) -> Pathway:
    """A pathway as this site runs it. Raises Refusal on an unknown name or a site file that does not hold."""
    from vivomap.core import Pathway, adapt
    from vivomap.core.discover import discover
    from vivomap.store import site as sites

    known = discover("vivomap.pathways", Pathway)
    if name not in known:
        raise Refusal("unknown_name", f"there is no pathway {name!r}", expected=", ".join(known))
    path = site or settings.project_folder() / "site.toml"
    if site is not None and not site.is_file():
        raise Refusal("no_such_path", f"there is no site file {site}", where=str(site), hint="correct the path")
    return adapt(known[name], sites.read(path)) if path.is_file() else known[name]


def _plan(card: Pathway, visits: Sequence[Study], out: Path) -> int:
    """What a real run would do, in its order."""
    show(f"pathway {card.name}: {card.question}")
    for study in visits:
        roles = ", ".join(dict.fromkeys(i.role for i in study.images))
        names = ", ".join(dict.fromkeys(r.name for r in study.regions)) or "none"
        show(f"would assess {study.day}: images {roles or 'none'}; regions {names}")
    show(f"would measure {', '.join(b.name for b in (*card.measure, *card.if_imaged))}")
    show(f"would write {out / 'report.html'} and {out / 'assessment.json'}; keep all in {settings.project_folder()}")
    return 0
