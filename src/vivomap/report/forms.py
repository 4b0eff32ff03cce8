"""The forms in which an assessment leaves: each is a card, found by itself, and writes from what is on record alone.

Adding a form is adding a file to this room with a `Form` at its top; nothing is computed again when one is written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from vivomap.core import Assessment, Decision, Pathway, Refusal, __version__, discover, dumps
from vivomap.report.page import render
from vivomap.report.place import place
from vivomap.report.story import Story

Files = dict[str, bytes]


@dataclass(frozen=True)
class Filed:
    """An assessment as it lies on record: the visits before it, when it was recorded, what it takes the place of.

    `replaces` are the earlier versions of the same visit, newest first; `by` is the person who answers for the report,
    "" where none is named; `decisions` what people decided on it; `archive` the address under which the archive of the
    images answers by DICOMweb, "" where none is named. Without a ledger `recorded` is None, and the day of the visit
    stands for it.
    """

    assessment: Assessment
    history: tuple[Assessment, ...] = ()
    pathway: Pathway | None = None
    recorded: datetime | None = None
    replaces: tuple[Filed, ...] = ()
    by: str = ""
    decisions: tuple[Decision, ...] = ()
    archive: str = ""

    @cached_property
    def story(self) -> Story:
        """The same as the pages tell it. Raises Refusal `two_patients`."""
        return Story.of(self.assessment, self.history, self.pathway)

    @property
    def version(self) -> str:
        """The vivomap that made it, as its claims say; the newest of several."""
        told = {p.version for c in self.assessment.claims if (p := getattr(c, "provenance", None))}
        return max(told, key=_parts) if told else __version__


def _parts(version: str) -> tuple[tuple[int, str], ...]:
    return tuple((int(p), "") if p.isdigit() else (0, p) for p in version.split("."))


@dataclass(frozen=True)
class Form:
    """One form: its name on the command line, the ending of its files, and what writes them, by file name.

    `write` raises Refusal where the form cannot hold this assessment.
    """

    name: str
    suffix: str
    write: Callable[[Filed], Files]
    title: str = ""


def forms() -> dict[str, Form]:
    """Every form by name."""
    return discover("vivomap.report", Form)


def put(
    filed: Filed, names: Sequence[str], folder: str | Path, own: Mapping[str, Form] | None = None
) -> tuple[tuple[str, Path], ...]:
    """Write an assessment in some forms; gives the form and place of every file.

    `own` stand in for the forms of their names, as one that is filled from a site's template does. All are made before
    the first is written. Raises Refusal `unknown_name` for a form that is not there, `cannot_write` or `disk_full`, and
    what a form itself refuses.
    """
    known = {**forms(), **(own or {})}
    for name in names:
        if name not in known:
            raise Refusal("unknown_name", f"there is no report form {name!r}", found=name, expected=", ".join(known))
    made = [(name, file, body) for name in dict.fromkeys(names) for file, body in known[name].write(filed).items()]
    return tuple((name, place(Path(folder) / file, body)) for name, file, body in made)


def _html(filed: Filed) -> Files:
    digest = hashlib.sha256(dumps(filed.assessment).encode()).hexdigest()
    return {"report.html": render(filed.story, digest).encode()}


def _json(filed: Filed) -> Files:
    files = {"assessment.json": dumps(filed.assessment).encode()}
    if filed.story.history:
        files["history.json"] = dumps(filed.story.history).encode()
    return files


HTML = Form("html", "html", _html, "One page with the answer first")
JSON = Form("json", "json", _json, "The assessment itself, exact")
