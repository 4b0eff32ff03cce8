"""The command that writes a report again, in any form, from what is on record; nothing is computed."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vivomap.cli import settings, witness
from vivomap.cli.talk import emit, manner, plan, say, show
from vivomap.core.errors import Refusal

if TYPE_CHECKING:
    from vivomap.report.forms import Filed, Form
    from vivomap.store import Project

EXAMPLES = (
    "vivomap report 3f9a1c --form sr --form seg --out send",
    "vivomap report 3f9a1c --form text --template chest.txt",
)


def report(
    assessment: Annotated[str, typer.Argument(help="The id of an assessment: six digits or more.", show_default=False)],
    form: Annotated[list[str], typer.Option(help="A form: html, json, sr, seg …; may repeat.")],
    out: Annotated[Path, typer.Option(help="The folder for the files.")] = Path("report"),
    by: Annotated[str | None, typer.Option(help="Who answers for the report (or VIVOMAP_BY).")] = None,
    archive: Annotated[str, typer.Option(help="Where the images' archive answers by DICOMweb, for links.")] = "",
    template: Annotated[Path | None, typer.Option(help="A report template of your own, for text and mrrt.")] = None,
) -> None:
    """Write an assessment again in any form, from the record alone."""
    from vivomap.report.forms import put
    from vivomap.store import open_project

    project = open_project(settings.project_folder(), create=False)
    whole = project.full_id(assessment)
    told = replace(filed(project, whole, settings.value("by", by)[0] or ""), archive=archive)
    own = templated(told, form, template)
    if manner().dry_run:
        return plan(*(f"write {each} of {whole[:12]} to {out}" for each in dict.fromkeys(form)))
    witness.left(str(out), [told.assessment.study.patient], f"report: {', '.join(form)}")
    made = put(told, form, out, own)
    for name, path in made:
        project.wrote(whole, name, path)
        say(f"write {path}")
    if manner().json:
        emit("report", assessment=whole, files=[{"form": name, "path": str(path)} for name, path in made])
    for _, path in made:
        show(str(path))


def templated(told: Filed, form: list[str], template: Path | None) -> dict[str, Form]:
    """The forms that are filled from a template, with the one that was named, or that the project has of its own.

    Raises Refusal `bad_template` for a faulty template, and `bad_setting` if one is named and no form takes it.
    """
    from vivomap.report import hl7, templates
    from vivomap.report.templates.choose import chosen, own_file

    folder, pathway = settings.project_folder(), told.assessment.pathway
    takers = {**templates.bound(), **hl7.bound()}
    if not set(form) & set(takers):
        if template is not None:
            found, forms = ", ".join(form), ", ".join(takers)
            raise Refusal("bad_setting", "no form that was asked for takes a template", found=found, expected=forms)
        return {}
    if template is None and own_file(pathway, folder) is None:
        return {}
    mine = chosen(pathway, template, folder)
    return {**templates.bound(mine), **hl7.bound(mine)}


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
    versions = tuple(filed(project, old, by) for old in reversed(older))
    return Filed(entry.noun, before, None, recorded, versions, by, project.decisions(whole))
