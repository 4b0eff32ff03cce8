"""From an assessment to what people read: one HTML file and the JSON of the same assessment."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from vivomap.core import Assessment, Pathway, Refusal, dumps
from vivomap.report.answer import headline
from vivomap.report.page import render
from vivomap.report.place import place
from vivomap.report.story import Story

__all__ = ["headline", "write"]


def write(
    assessment: Assessment,
    folder: str | Path,
    history: Sequence[Assessment] = (),
    form: str = "html",
    pathway: Pathway | None = None,
) -> tuple[Path, ...]:
    """Write `report.html` and `assessment.json`, with `history.json` where there are earlier assessments.

    Every number on the page is in these files. `pathway` adds its question and the sources of its thresholds, if it is
    the edition that the assessment was made with. Nothing is computed anew, and a file is there whole or not at all.
    Raises Refusal `cannot_write` or `disk_full` if the folder cannot be written, `two_patients` if an earlier
    assessment is of another patient, and `unknown_name` for a form that is not there.
    """
    if form != "html":
        raise Refusal("unknown_name", f"there is no report form {form!r}", found=form, expected="html")
    story = Story.of(assessment, history, pathway)
    record = dumps(assessment).encode()
    files = {"assessment.json": record}
    if story.history:
        files["history.json"] = dumps(story.history).encode()
    files["report.html"] = render(story, hashlib.sha256(record).hexdigest()).encode()
    target = Path(folder)
    return tuple(place(target / name, body) for name, body in files.items())
