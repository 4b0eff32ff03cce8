"""The command that takes the scanner out of a table of features, and never learns from those it is tried on."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from vivomap.cli.talk import counted, emit, manner, plan, say, show, table
from vivomap.core.errors import Refusal

if TYPE_CHECKING:
    import numpy as np

    from vivomap.acquire.cohort import Cohort, Columns
    from vivomap.core.harmonisation import Harmonisation

EXAMPLES = (
    "vivomap harmonise features.csv --batch scanner --keep age --keep sex --fold fold --out harmonised.csv",
    "vivomap harmonise new.csv --batch scanner --with fit.json --out harmonised.csv",
)

Table = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="One line a scan (CSV).", show_default=False)]
Batch = Annotated[str, typer.Option(help="The column that names the scanner.")]
Subject = Annotated[str, typer.Option(help="The column that names the subject.")]
Keep = Annotated[
    list[str] | None, typer.Option(help="A column whose effect must stay (age, sex, disease); may repeat.")
]
Time = Annotated[str, typer.Option(help="The column of time: longitudinal, with a slope for each scanner.")]
Longitudinal = Annotated[bool, typer.Option("--longitudinal", help="Several scans of a subject: each has a level.")]
Fold = Annotated[str, typer.Option(help="The column of folds: each is harmonised by a fit of the others alone.")]
Feature = Annotated[
    list[str] | None, typer.Option(help="A column to harmonise; may repeat. Default: all other numbers.")
]
Reference = Annotated[str, typer.Option(help="The scanner to whose scale all come (default: the mean of all).")]
Known = Annotated[Path | None, typer.Option("--with", exists=True, help="Apply this fit; learn nothing.")]
Add = Annotated[bool, typer.Option("--add", help="With --with: learn the new scanners of this table beside the fit.")]
Fit = Annotated[Path | None, typer.Option(help="Write the fit (JSON); with folds, one for each.")]
Out = Annotated[Path | None, typer.Option(help="Write the table with harmonised numbers.")]


def harmonise(
    path: Table,
    batch: Batch = "scanner",
    subject: Subject = "subject",
    keep: Keep = None,
    time: Time = "",
    longitudinal: Longitudinal = False,
    fold: Fold = "",
    feature: Feature = None,
    reference: Reference = "",
    known: Known = None,
    add: Add = False,
    fit: Fit = None,
    out: Out = None,
) -> int:
    """Bring the numbers of several scanners to one scale (ComBat), and keep what age, sex or disease did."""
    from vivomap.acquire.cohort import Columns

    columns = Columns(batch, subject, tuple(keep or ()), time, fold, tuple(feature or ()))
    _sound(fold, reference, known, add)
    if manner().dry_run:
        way = f"apply {known}" if known else f"fit fold by fold ({fold})" if fold else "fit on every line"
        ends = [f"write {end}" for end in (fit, out) if end]
        plan(f"read {path}", way, *ends)
        return 0
    cohort, numbers, fits = _worked(path, columns, How(known, add, reference, longitudinal or bool(time)))
    for held in cohort.held:
        say(f"left out: {held.reason}")
    _aside(cohort, fold)
    if not fold and not known:
        say("every line taught the fit: fine for a description, not for a model that is tried on the same lines")
    _tell(cohort, fits)
    if fit is not None:
        _write_fits(fit, fits)
    if out is not None:
        _write(out, _written(cohort, numbers))
    return 4 if cohort.held else 0


def _sound(fold: str, reference: str, known: Path | None, add: bool) -> None:
    if add and known is None:
        raise Refusal("bad_setting", "a scanner is added to a fit", where="--add", hint="name the fit: --with fit.json")
    if known is not None and fold:
        raise Refusal("bad_setting", "a fit that is there is applied; folds learn their own", where="--fold")
    if known is not None and reference:
        raise Refusal("bad_setting", "a fit that is there has its own scale", where="--reference")
    if fold and reference:
        raise Refusal("bad_setting", "with folds the scale is the mean of all", where="--reference")


def _aside(cohort: Cohort, fold: str) -> None:
    """Say of a column of folds that nobody named that it is no feature, and that nobody was held out by it."""
    from vivomap.acquire.cohort import FOLD

    if not fold and FOLD in cohort.lines[0] and FOLD not in cohort.samples.features:
        say(f"the column {FOLD!r} is no feature, and nobody is held out by it: --fold {FOLD} does so")


Fits = Sequence[tuple[str, "Harmonisation"]]


class How(NamedTuple):
    """A fit that is there and whether it learns new scanners, or how a new one is made."""

    known: Path | None
    add: bool
    reference: str
    longitudinal: bool


def _worked(path: Path, columns: Columns, how: How) -> tuple[Cohort, np.ndarray, Fits]:
    """The cohort, its harmonised numbers, and the fits that made them."""
    from vivomap.acquire.cohort import read
    from vivomap.maths import combat

    if how.known is not None:
        made = _read_fit(how.known)
        cohort = read(path, replace(columns, features=made.features), made.kept)
        made = combat.added(made, cohort.samples) if how.add else made
        _held_out(made, cohort)
        return cohort, combat.applied(made, cohort.samples), (("", made),)
    cohort = read(path, columns)
    if cohort.folds:
        numbers, fits = combat.across(cohort.samples, cohort.folds, how.longitudinal)
        return cohort, numbers, fits
    made = combat.fit(cohort.samples, how.reference, how.longitudinal)
    return cohort, combat.applied(made, cohort.samples), (("", made),)


def _held_out(made: Harmonisation, cohort: Cohort) -> None:
    """Say who of these taught the fit: their numbers have not been held out."""
    from vivomap.maths.combat.design import digests

    same = set(made.fitted_on) & set(digests(cohort.samples.subject))
    if same:
        say(f"{counted(len(same), 'subject')} of this table taught the fit, and are not held out")


def _read_fit(path: Path) -> Harmonisation:
    from vivomap.core import loads
    from vivomap.core.harmonisation import Harmonisation

    try:
        made = loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError, KeyError, Refusal) as broken:
        raise Refusal("bad_table", "this is no fit of a harmonisation", where=str(path)) from broken
    if not isinstance(made, Harmonisation):
        raise Refusal("bad_table", "this is no fit of a harmonisation", where=str(path), found=type(made).__name__)
    return made


def _tell(cohort: Cohort, fits: Fits) -> None:
    """What each scanner was found to do: the middle of its features."""
    import numpy as np

    rows = []
    for name, made in fits:
        for shift in made.shifts:
            add, times = (float(np.median(np.abs(v))) for v in (shift.add, shift.times))
            rows.append({"fold": name, "batch": shift.batch, "subjects": shift.subjects, "add": add, "times": times})
    if manner().json:
        held = [{"path": h.path, "code": h.code, "reason": h.reason} for h in cohort.held]
        emit("harmonise", lines=len(cohort.lines), features=list(cohort.samples.features), batches=rows, held=held)
    cells = [
        (str(r["fold"]), str(r["batch"]), str(r["subjects"]), f"{r['add']:.3g}", f"{r['times']:.3g}") for r in rows
    ]
    table(cells, ("fold", "scanner", "subjects", "median |shift|, SD", "median scatter, x"))
    show(f"{counted(len(cohort.lines), 'line')}, {counted(len(cohort.samples.features), 'feature')}")


def _written(cohort: Cohort, numbers: np.ndarray) -> str:
    """The table as it was, its features harmonised."""
    where = {f: k for k, f in enumerate(cohort.samples.features)}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    header = [c for c in cohort.lines[0] if c]
    writer.writerow(header)
    for row, mine in zip(cohort.lines, numbers, strict=True):
        writer.writerow([repr(float(mine[where[c]])) if c in where else row[c] for c in header])
    return text.getvalue()


def _write_fits(path: Path, fits: Fits) -> None:
    from vivomap.core import dumps

    for name, made in fits:
        tidy = "".join(c if c.isalnum() or c in "-_" else "_" for c in name)
        where = path.with_name(f"{path.stem}.{tidy}{path.suffix}") if name else path
        _write(where, dumps(made) + "\n")


def _write(path: Path, text: str) -> None:
    from vivomap.report.place import place

    place(path, text.encode())
    say(f"write {path}")
