"""The command that shows since when a scanner is used otherwise: its protocol over time, as charts."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vivomap.cli import settings, witness
from vivomap.cli.talk import counted, emit, manner, plan, say, show
from vivomap.core.errors import Refusal

if TYPE_CHECKING:
    from vivomap.core import Study
    from vivomap.report.drift import Trace

EXAMPLES = ("vivomap protocol scans/ --out protocol.html", "vivomap protocol --json")
Folders = Annotated[
    list[Path] | None, typer.Argument(help="Folders or files; without any, what the project has on record.")
]
Out = Annotated[Path | None, typer.Option(help="Write the charts, as .html or .pdf.")]


def protocol(paths: Folders = None, out: Out = None) -> int:
    """How each scanner took its series over time, and on which day that changed."""
    if out is not None and out.suffix.lower() not in (".html", ".pdf"):
        raise Refusal("bad_setting", "the charts are a page or a PDF", found=out.name, expected=".html or .pdf")
    if manner().dry_run:
        where = ", ".join(map(str, paths or ())) or f"the record of {settings.project_folder()}"
        plan(f"read {where}", *((f"write {out}",) if out else ()))
        return 0
    from vivomap.quantify import cards
    from vivomap.report.drift import traces

    found = traces(_studies(paths or []), (a for card in cards().values() for a in card.acquisition))
    _tell(found)
    if out is not None:
        _write(out, found)
    return 0


def _studies(paths: list[Path]) -> tuple[Study, ...]:
    if paths:
        from vivomap.cli.gather import found

        studies = found(paths)
        witness.looked(studies)
        return tuple(studies)
    from vivomap.store import open_project

    project = open_project(settings.project_folder(), create=False)
    told = tuple(entry.noun.study for entry in project.assessments())
    witness.looked(told)
    return told


def _tell(found: tuple[Trace, ...]) -> None:
    from vivomap.core.acquisition import NAMES, shown

    if manner().json:
        emit("protocol", traces=[_data(t) for t in found])
    for scanner, mine in groupby(found, key=lambda t: t.scanner):
        show(scanner)
        for trace in mine:
            for step in trace.steps:
                name = NAMES.get(trace.setting, trace.setting)
                show(f"  {step.day}  {trace.series}: {name} {shown(step.before)} to {shown(step.after)}")
    changes = sum(len(t.steps) for t in found)
    show(f"{counted(changes, 'change')} in {counted(len(found), 'setting')} that were told on two days or more")


def _data(trace: Trace) -> dict[str, object]:
    return {
        "scanner": trace.scanner,
        "series": trace.series,
        "role": trace.role,
        "setting": trace.setting,
        "unit": trace.unit,
        "points": [{"day": d.isoformat(), "value": v} for d, v in trace.points],
        "changes": [{"day": s.day.isoformat(), "before": s.before, "after": s.after} for s in trace.steps],
        "asked": list(dict.fromkeys(a.wanted for a in trace.asked)),
    }


def _write(out: Path, found: tuple[Trace, ...]) -> None:
    from vivomap.report.drift import panel
    from vivomap.report.pdf import press
    from vivomap.report.place import place
    from vivomap.report.run_chart import page

    groups = [
        (f"{scanner}: {series}", [panel(t) for t in mine])
        for (scanner, series), mine in groupby(found, key=lambda t: (t.scanner, t.series))
    ]
    changes = sum(len(t.steps) for t in found)
    lead = "Each line is one setting of one series. An open square is a change, or lies outside what a number asks."
    html = page(f"Protocol over time: {counted(changes, 'change')}", lead, groups)
    place(out, press(html) if out.suffix.lower() == ".pdf" else html.encode())
    say(f"write {out}")
