"""From an assessment to what people read: one HTML file and the JSON of the same assessment."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from vivomap.core import Assessment, Pathway, Refusal, dumps
from vivomap.report.answer import headline
from vivomap.report.page import render
from vivomap.report.story import Story

__all__ = ["headline", "write"]

FULL = (errno.ENOSPC, errno.EDQUOT)


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
    return tuple(_place(target / name, body) for name, body in files.items())


def _place(path: Path, body: bytes) -> Path:
    """A file in place of an older one: whole under its name, or not there."""
    temporary = path.with_name(f".{path.name}.{uuid4().hex}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(temporary, "xb") as out:
                out.write(body)
                out.flush()
                os.fsync(out.fileno())
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise _refused(error, path) from error
    return path


def _refused(error: OSError, path: Path) -> Refusal:
    said = error.strerror or type(error).__name__
    if error.errno in FULL:
        return Refusal("disk_full", f"no room to write {path.name}", where=str(path), found=said)
    return Refusal(
        "cannot_write",
        f"{path.name} cannot be written",
        where=str(path),
        found=said,
        expected="a folder that can be written",
        computed="the assessment; only its report is not written",
    )
