"""The command that says in how many patients CT alone would aim at another part of the tumour than PET and MR."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vivomap.cli import settings, witness
from vivomap.cli.talk import counted, emit, manner, show, table
from vivomap.core.errors import Refusal

if TYPE_CHECKING:
    from vivomap.core import Assessment
    from vivomap.track.heterogeneity import Heterogeneity

EXAMPLES = (
    "vivomap heterogeneity",
    "vivomap heterogeneity cohort/*/assessment.json --json",
)
FILE = "assessment.json"


def heterogeneity(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="assessment.json files, or folders of them (default: the project).", show_default=False),
    ] = None,
) -> int:
    """The share of patients in whom CT alone and the map of PET and MR choose a different target."""
    from vivomap.track.heterogeneity import called

    assessments = _written(paths) if paths else _on_record()
    witness.told((a.study.patient for a in assessments), "heterogeneity")
    found = called(assessments)
    share = found.share
    if manner().json:
        _as_json(found)
        return 4 if found.left_out else 0
    rows = [
        (c.patient, c.lesion, f"{c.overlap:.2f}", f"{c.doubt:.2g}", f"{c.repeat:.2f}", "yes" if c.differs else "no")
        for c in found.cases
    ]
    table(rows, ("patient", "lesion", "overlap", "± (k=1)", "of a repeat", "differs"))
    for patient, why in found.left_out:
        show(f"left out {patient}: {why}")
    ends = f"95 % interval {100 * share.low:.0f} to {100 * share.high:.0f} %"
    show(f"another target in {share.some} of {counted(share.of, 'patient')}: {100 * share.share:.0f} %, {ends}")
    return 4 if found.left_out else 0


def _as_json(found: Heterogeneity) -> None:
    share = found.share
    emit(
        "heterogeneity",
        patients=share.of,
        differ=share.some,
        share=share.share,
        low=share.low,
        high=share.high,
        cases=[{**vars(c), "differs": c.differs} for c in found.cases],
        left_out=[{"patient": patient, "reason": why} for patient, why in found.left_out],
    )


def _written(paths: list[Path]) -> tuple[Assessment, ...]:
    """The assessments in files. Raises Refusal `file_absent` or `unreadable_file`."""
    from vivomap.core import Assessment, loads

    files = [f for p in paths for f in (sorted(p.rglob(FILE)) if p.is_dir() else [p])]
    made = []
    for file in files:
        if not file.is_file():
            raise Refusal("file_absent", f"there is no file {file}", where=str(file), hint="correct the path")
        try:
            noun = loads(file.read_text(encoding="utf-8"))
        except (UnicodeDecodeError, ValueError) as error:
            found = type(error).__name__
            raise Refusal("unreadable_file", "the file holds no assessment", where=str(file), found=found) from error
        if not isinstance(noun, Assessment):
            raise Refusal("unreadable_file", "the file holds no assessment", where=str(file), expected=FILE)
        made.append(noun)
    return tuple(made)


def _on_record() -> tuple[Assessment, ...]:
    from vivomap.store import open_project

    return tuple(entry.noun for entry in open_project(settings.project_folder(), create=False).assessments())
