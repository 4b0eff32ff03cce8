"""The command that writes a report again, in any form, from what is on record; nothing is computed."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vivomap.cli import settings
from vivomap.cli.talk import emit, manner, plan, say, show

if TYPE_CHECKING:
    from vivomap.report.forms import Filed
    from vivomap.store import Project

EXAMPLES = ("vivomap report 3f9a1c --form sr --form seg --out send", "vivomap report 3f9a1c --form html --dry-run")


def report(
    assessment: Annotated[str, typer.Argument(help="The id of an assessment: six digits or more.", show_default=False)],
    form: Annotated[list[str], typer.Option(help="A form: html, json, sr, seg …; may repeat.")],
    out: Annotated[Path, typer.Option(help="The folder for the files.")] = Path("report"),
    by: Annotated[str | None, typer.Option(help="Who answers for the report (or VIVOMAP_BY).")] = None,
) -> None:
    """Write an assessment again in any form, from the record alone."""
    from vivomap.report.forms import put
    from vivomap.store import open_project

    project = open_project(settings.project_folder(), create=False)
    whole = project.full_id(assessment)
    if manner().dry_run:
        return plan(*(f"write {each} of {whole[:12]} to {out}" for each in dict.fromkeys(form)))
    made = put(filed(project, whole, settings.value("by", by)[0] or ""), form, out)
    for name, path in made:
        project.wrote(whole, name, path)
        say(f"write {path}")
    if manner().json:
        emit("report", assessment=whole, files=[{"form": name, "path": str(path)} for name, path in made])
    for _, path in made:
        show(str(path))


def filed(project: Project, whole: str, by: str = "") -> Filed:
    """An assessment as it lies in the ledger, with the visits that it looked back on and what it takes the place of."""
    from vivomap.report.forms import Filed
    from vivomap.store import shelf

    entry = shelf.by_id(project.path, whole, "assessment")[0]
    about = shelf.naming(project.path, "about", whole, "basis", "supersedes")
    basis = next((e.noun for e in about if e.kind == "basis" and e.noun.assessment == whole), None)
    before = tuple(map(project.assessment, basis.history)) if basis else project.before(entry.noun)
    older = [e.noun.old for e in about if e.kind == "supersedes" and e.noun.new == whole]
    recorded = datetime.datetime.fromisoformat(entry.recorded_at)
    return Filed(entry.noun, before, None, recorded, tuple(filed(project, old, by) for old in reversed(older)), by)
