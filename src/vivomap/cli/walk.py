"""Commands that walk the loop: assess, and the demo on a digital patient."""

from __future__ import annotations

import contextlib
import signal
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vivomap.cli import qc, settings, witness
from vivomap.cli.look import OnePatient, Paths
from vivomap.cli.talk import bold, manner, plan, say, show, unknown
from vivomap.cli.telling import tell, three_numbers
from vivomap.core.codec import identify
from vivomap.core.errors import Refusal

if TYPE_CHECKING:
    from vivomap.core import Assessment, Pathway, Study, Threshold
    from vivomap.store import Project


def assess(
    pathway: Annotated[str, typer.Argument(help="The clinical question, such as lung_response.", show_default=False)],
    paths: Paths,
    out: Annotated[Path, typer.Option(help="The folder for report.html and assessment.json.")] = Path("report"),
    region: Annotated[list[str] | None, typer.Option(help="Follow these regions alone; names or drawn.")] = None,
    treatments: Annotated[Path | None, typer.Option(help="CSV: patient,what,dose,unit,start,end,source.")] = None,
    findings: Annotated[Path | None, typer.Option(help="CSV: patient,name,code,value,day,by.")] = None,
    searched: Annotated[list[str] | None, typer.Option(help="A finding that was looked for at every visit.")] = None,
    site: Annotated[Path | None, typer.Option(help="The site's TOML file (default: the project's site.toml).")] = None,
    patient: OnePatient = "",
    visit_window: Annotated[int | None, typer.Option(help="Studies so many days apart are one visit.")] = None,
) -> int:
    """Take every visit through a pathway, in order of acquisition, and write the report of the last one.

    Earlier visits that the project has on record are looked back on; they need not be named again.
    """
    from vivomap.cli.gather import Request, dated, gather

    window = settings.number("visit_window", visit_window)
    asked = Request(tuple(paths), tuple(region or ()), patient, window, treatments, findings, tuple(searched or ()))
    card = adapted(pathway, site, settings.project_folder())
    found = gather(asked)
    visits = dated(found.visits)
    if manner().dry_run:
        return _plan(card, visits, out)
    made = run(card, visits, out, settings.project_folder())
    lost = found.held or len(visits) < len(found.visits)
    return tell(made, out) or (4 if lost else 0)


def run(card: Pathway, visits: Sequence[Study], out: Path, folder: Path) -> tuple[Assessment, ...]:
    """Assess each visit in the light of those before it, keep each, and write the report of the last.

    A visit that was assessed before, and has not changed, is reused. An interrupt finishes the visit at hand.
    """
    from vivomap.loop import assess as assess_one
    from vivomap.report import write
    from vivomap.store import open_project

    project = open_project(folder)
    visits = qc.watched(tuple(visits), folder)
    witness.looked(visits, folder)
    others = _on_record(project, card, visits)
    made: list[Assessment] = []
    with stoppable() as stop:
        for study in visits:
            past = _before(study, (*others, *made))
            kept = None if manner().force else project.reusable(card, study, past)
            say(_step(study, kept))
            if kept is None:
                kept = assess_one(card, study, past)
                witness.added(study.patient, "assessment", project.record(kept, study, past), folder=folder)
            made.append(kept)
            if stop.asked:
                raise KeyboardInterrupt
    witness.left(str(out), [visits[-1].patient], "report: html, json", folder)
    for path in write(made[-1], out, _before(visits[-1], (*others, *made))):
        project.wrote(identify(made[-1]), path.suffix.lstrip("."), path)
        say(f"write {path}")
    return tuple(made)


def _on_record(project: Project, card: Pathway, visits: Sequence[Study]) -> tuple[Assessment, ...]:
    """This patient's assessments on other days than those at hand, which later visits look back on."""
    at_hand = {study.day for study in visits}
    others = tuple(a for a in project.history(visits[0].patient, card.name) if a.study.day not in at_hand)
    for other in others:
        say(f"look back on {other.study.day}, which is on record")
    return others


def _before(study: Study, assessed: Sequence[Assessment]) -> tuple[Assessment, ...]:
    """The assessments that a visit looks back on, oldest first."""
    earlier = [a for a in assessed if a.study.day and study.day and a.study.day < study.day]
    return tuple(sorted(earlier, key=lambda a: str(a.study.day)))


def _step(study: Study, kept: Assessment | None) -> str:
    """What is done with a visit, in the words of the plan and of the run."""
    if kept is not None:
        return f"reuse {study.day}: unchanged"
    roles = ", ".join(dict.fromkeys(i.role for i in study.images)) or "none"
    names = ", ".join(dict.fromkeys(r.name for r in study.regions)) or "none"
    return f"assess {study.day}: images {roles}; regions {names}"


def _plan(card: Pathway, visits: Sequence[Study], out: Path) -> int:
    """The steps that a real run would take, in its order and its words (rule U5); nothing is written."""
    from vivomap.store import open_project

    folder = settings.project_folder()
    project = open_project(folder, create=False) if (folder / "project.toml").is_file() else None
    visits = qc.watched(tuple(visits), folder)
    others = _on_record(project, card, visits) if project else ()
    steps: list[str] = []
    made: list[Assessment] = []
    for k, study in enumerate(visits):
        known = project is not None and len(made) == k and not manner().force
        kept = project.reusable(card, study, _before(study, (*others, *made))) if project and known else None
        made += [kept] if kept else []
        steps.append(_step(study, kept))
    earlier = len(visits) > 1 or any(a.study.day < visits[-1].day for a in others if a.study.day and visits[-1].day)
    files = ("assessment.json", *(("history.json",) if earlier else ()), "report.html")
    show(f"pathway {card.name}: {card.question}")
    show(f"it measures {', '.join(b.name for b in (*card.measure, *card.if_imaged))}; all is kept in {folder}")
    plan(*steps, *(f"write {out / name}" for name in files))
    return 0


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


def demo(
    name: Annotated[
        str, typer.Argument(help="A digital patient: two_visit, serial_ct or pet_ct_mr; or pacs.")
    ] = "two_visit",
    out: Annotated[Path, typer.Option(help="Where the patient, the project and the report go.")] = Path("demo"),
    open_it: Annotated[bool, typer.Option("--open", help="Open the report in the browser.")] = False,
    seed: Annotated[int, typer.Option(help="The seed of the noise.")] = 0,
) -> int:
    """Run the whole loop on a digital patient whose truth is known.

    `pacs` sends two visits to a receiver of ours, beside a fresh Orthanc and the receivers of a record, and shows what
    comes back by itself.
    """
    from vivomap.acquire import phantom
    from vivomap.cli.gather import Request, dated, gather

    if name == "pacs":
        return _pacs(out, seed)
    if name not in phantom.NAMES:
        raise unknown("a digital patient", name, (*phantom.NAMES, "pacs"))
    card, folder = adapted(phantom.NAMES[name]), out / "patient"
    if manner().dry_run:
        plan(f"write the digital patient {name} to {folder}", f"assess it by {card.name}", f"write the report to {out}")
        return 0
    _patient(name, folder, seed)
    visits = dated(gather(Request((folder,), treatments=folder / "treatments.csv")).visits)
    made = run(card, visits, out, out / "project")
    code = tell(made, out)
    three_numbers(made[-1])
    show(bold(f"The report is at {out / 'report.html'}"))
    if open_it:
        typer.launch(str(out / "report.html"))
    return code


def _pacs(out: Path, seed: int) -> int:
    """The whole way through a PACS and back, on this machine."""
    from vivomap.cli.stage import show as stage

    if manner().dry_run:
        plan(f"write the digital patient two_visit to {out / 'patient'}", *stage.STEPS)
        return 0
    _patient("two_visit", out / "patient", seed)
    return stage.play(out / "patient", out)


def _patient(name: str, folder: Path, seed: int) -> None:
    """The digital patient in its folder, written whole or not at all; one that is there already is taken."""
    from vivomap.acquire import phantom

    there = phantom.Truth.read(folder) if (folder / "truth.json").is_file() else None
    if there and (there.name, there.seed) == (name, seed):
        return say(f"taking the digital patient {name} that is in {folder}")
    if folder.is_dir() and any(folder.iterdir()):
        summary = f"the folder holds {f'the digital patient {there.name}' if there else 'something'} already"
        hint = "name another folder with --out"
        raise Refusal("folder_not_empty", summary, where=str(folder), expected="an empty or a new folder", hint=hint)
    say(f"writing the digital patient {name} as DICOM")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".patient-", dir=folder.parent) as part:
        phantom.write(name, Path(part) / "patient", seed=seed)
        (Path(part) / "patient").replace(folder)


def adapted(name: str, site: Path | None = None, folder: Path | None = None) -> Pathway:
    """A pathway as a site runs it: by its own file, else by that of the project folder, where there is one.

    Raises Refusal on an unknown name or a site file that does not hold.
    """
    from vivomap.core import Pathway, adapt
    from vivomap.core.discover import discover
    from vivomap.store import site as sites

    known = discover("vivomap.pathways", Pathway)
    if name not in known:
        raise unknown("a pathway", name, tuple(known))
    path = site or (folder / "site.toml" if folder else None)
    if site is not None and not site.is_file():
        raise Refusal("file_absent", f"there is no site file {site}", where=str(site), hint="correct the path")
    if path is None or not path.is_file():
        return known[name]
    said = sites.read(path)
    thresholds = {t.name for card in known.values() for t in _thresholds(card)}
    measured = {b.name for card in known.values() for b in (*card.measure, *card.if_imaged)}
    for flag in sites.unknown(said, thresholds, measured):
        say(f"{flag.code}: {flag.reason}")
    return adapt(known[name], said)


def _thresholds(card: Any) -> Iterator[Threshold]:
    """Every threshold in a card, however deep."""
    from vivomap.core import Threshold

    if isinstance(card, Threshold):
        yield card
        return
    parts = card if isinstance(card, tuple) else [getattr(card, f) for f in getattr(card, "__dataclass_fields__", ())]
    for part in parts:
        yield from _thresholds(part)
