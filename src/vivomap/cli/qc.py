"""Commands that keep scanners in control: put a phantom on the chart, see the chart, ask how it stands."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vivomap.cli import settings, witness
from vivomap.cli.group import group
from vivomap.cli.talk import counted, emit, manner, plan, say, show, table
from vivomap.core.errors import Refusal
from vivomap.core.units import spoken

if TYPE_CHECKING:
    from vivomap.core import Study
    from vivomap.core.quality import Check
    from vivomap.report.run_chart import Panel
    from vivomap.store.control import Line

WRONG = 8  # exit code: something was found to be wrong (rule U3)
ADD = ("vivomap qc add phantom/", "vivomap qc add phantom/ --kind diffusion")
STATUS = ("vivomap qc status", "vivomap qc status --day 2026-03-31 --json")
CHART = ("vivomap qc chart --out control.html", "vivomap qc chart --json")
Paths = Annotated[list[Path], typer.Argument(help="Folders or files of a phantom.", show_default=False)]
Kind = Annotated[str, typer.Option(help="Say that this is a phantom: ct, diffusion or uptake.")]
Day = Annotated[str, typer.Option(help="The day that is asked about (default: today).")]
Out = Annotated[Path | None, typer.Option(help="Write the charts, as .html or .pdf.")]


def add(paths: Paths, kind: Kind = "") -> int:
    """Measure the phantoms in these folders and put their values on the charts of their scanners."""
    from vivomap.cli.gather import found
    from vivomap.store.control.rules import KINDS

    if kind and kind not in KINDS:
        raise Refusal("bad_setting", f"{kind!r} is no kind of phantom", where="--kind", expected=", ".join(KINDS))
    if manner().dry_run:
        plan(f"read {', '.join(map(str, paths))}", "measure the parts of each phantom", "put them on record")
        return 0
    made = [check for study in found(paths) for check in taken(study, settings.project_folder(), kind)]
    if not made:
        hint = "see the words and shapes that are known, or say --kind"
        raise Refusal("phantom_unclear", "no series here is a phantom that is known", where=str(paths[0]), hint=hint)
    _told(made)
    lines = known(settings.project_folder())
    out = [(line, f) for line in lines for c, f in zip(line.checks, line.faults, strict=True) if f and c in made]
    for line, fault in out:
        show(f"out of control: {line.scanner}, {line.quantity}: {fault}")
    return WRONG if out else 0


def taken(study: Study, folder: Path, kind: str = "", called: bool = False) -> tuple[Check, ...]:
    """The checks of one study, put on record; none where it is no phantom. What could not be measured is said."""
    from vivomap.store import open_project
    from vivomap.verify.quality import checks

    made, lost = checks(study, kind, called)
    for missing in lost:
        say(f"left out, {missing.code}: {missing.region}: {missing.reason}")
    if made:
        project = open_project(folder)
        for check in made:
            witness.added(study.patient, "check", project.keep(check), folder=folder)
    return made


def known(folder: Path) -> tuple[Line, ...]:
    """Every line that a project has on record; none where there is no project. Raises Refusal for a bad rule."""
    from vivomap.store import open_project, shelf
    from vivomap.store.control import lines, rules

    if not (folder / "project.toml").is_file():
        return ()
    project = open_project(folder, create=False)
    return lines((entry.noun for entry in shelf.of_kind(project.path, "check")), rules(project.path))


def watched(studies: tuple[Study, ...], folder: Path) -> tuple[Study, ...]:
    """The studies with what the checks of their scanners say, and each warning said once."""
    from vivomap.store.control import watched as told

    lines = known(folder)
    made = tuple(told(study, lines) for study in studies)
    before = {flag for study in studies for image in study.images for flag in image.flags}
    new = (flag for study in made for image in study.images for flag in image.flags if flag not in before)
    for flag in dict.fromkeys(new):
        say(f"{flag.code}: {flag.reason}")
    return made


def status(day: Day = "") -> int:
    """Whether each scanner is in control, and when its next check is due."""
    from vivomap.acquire.tables import day_of

    when = (day_of(day) if day else None) or date.today()
    rows, wrong = [], False
    for line in known(settings.project_folder()):
        last = line.at(when)
        if last is None:
            continue
        check, fault = last
        late = (when - check.day).days > line.rule.due_days
        wrong = wrong or late or bool(fault)
        state = "out of control" if fault else "overdue" if late else "in control"
        rows.append((line, check, state, fault))
    if manner().json:
        emit("qc.status", day=when.isoformat(), ok=not wrong, lines=[_data(*row) for row in rows])
    cells = [(*_cells(c), f"{li.rule.due_days} d", state) for li, c, state, _ in rows]
    table(cells, ("scanner", "part", "last", "± (k=1)", "unit", "on", "due every", "state"))
    for line, _, _, fault in rows:
        if fault:
            show(f"out of control: {line.scanner}, {line.quantity}: {fault}")
    if not rows:
        show("no phantom is on record up to that day")
    return WRONG if wrong else 0


def chart(out: Out = None) -> int:
    """Every part of every phantom over time, with its limits."""
    if out is not None and out.suffix.lower() not in (".html", ".pdf"):
        raise Refusal("bad_setting", "the charts are a page or a PDF", found=out.name, expected=".html or .pdf")
    lines = known(settings.project_folder())
    if manner().dry_run:
        plan(f"draw {counted(len(lines), 'chart')}", *((f"write {out}",) if out else ()))
        return 0
    if manner().json:
        emit("qc.chart", lines=[_whole(line) for line in lines])
    for line in lines:
        faults = sum(map(bool, line.faults))
        show(f"{line.scanner}, {line.quantity}: {counted(len(line.checks), 'check')}, {faults} out of control")
    if out is not None:
        _write(out, lines)
    return 0


def _told(made: list[Check]) -> None:
    if manner().json:
        emit("qc.add", checks=[_check(c) for c in made])
    table([_cells(c) for c in made], ("scanner", "part", "value", "± (k=1)", "unit", "day"))


def _cells(check: Check) -> tuple[str, ...]:
    value, doubt = f"{check.value:.5g}", f"{check.uncertainty:.2g}"
    return (check.scanner, check.quantity, value, doubt, spoken(check.unit), str(check.day))


def _check(check: Check) -> dict[str, object]:
    from vivomap.cli.shapes import plain

    return plain(check)


def _data(line: Line, check: Check, state: str, fault: str) -> dict[str, object]:
    said = {"kind": line.kind, "due_days": line.rule.due_days, "source": line.rule.source, "state": state}
    return {**said, "fault": fault, **_check(check)}


def _whole(line: Line) -> dict[str, object]:
    low, high = line.control.limits if line.control else (None, None)
    said = {"scanner": line.scanner, "kind": line.kind, "quantity": line.quantity, "unit": line.unit}
    limits = {"target": line.rule.target, "action": line.rule.action, "low": low, "high": high}
    points = [
        {"day": c.day.isoformat(), "value": c.value, "uncertainty": c.uncertainty, "fault": f}
        for c, f in zip(line.checks, line.faults, strict=True)
    ]
    return {**said, **limits, "points": points}


def _write(out: Path, lines: tuple[Line, ...]) -> None:
    from vivomap.report.pdf import press
    from vivomap.report.place import place
    from vivomap.report.run_chart import page

    groups = [(scanner, [_panel(line) for line in mine]) for scanner, mine in groupby(lines, key=lambda x: x.scanner)]
    wrong = sum(bool(f) for line in lines for f in line.faults)
    lead = "Dashed: action limits, three sigma; dotted: target or mean of the first checks. Open: outside. Bar: k = 1."
    html = page(f"Control charts: {counted(wrong, 'check')} out of control", lead, groups)
    place(out, press(html) if out.suffix.lower() == ".pdf" else html.encode())
    say(f"write {out}")


def _panel(line: Line) -> Panel:
    from vivomap.report.run_chart import Panel, Point, Rule

    rules = []
    target, action = line.rule.target, line.rule.action
    centre = target if target is not None else line.control.centre if line.control else None
    if centre is not None:
        rules.append(Rule(centre, "target" if target is not None else "mean", "centre"))
    if target is not None and action is not None:
        rules += [Rule(target - action, "action"), Rule(target + action, "action")]
    if line.control is not None:
        rules += [Rule(end, "3 sigma", "sigma") for end in line.control.limits]
    points = tuple(Point(c.day, c.value, bool(f), c.uncertainty) for c, f in zip(line.checks, line.faults, strict=True))
    faults = "; ".join(f for f in line.faults if f)
    return Panel(line.quantity, spoken(line.unit), points, tuple(rules), faults)


qc = group(
    "Phantoms on control charts: is the scanner still right?",
    (("add", add, ADD), ("status", status, STATUS), ("chart", chart, CHART)),
)
