"""A table of features over many subjects and scanners (CSV): one line for each scan, as numbers to be harmonised.

A kept covariate that is text becomes a number for each of its levels but the first, called `sex=M (F)`: 1 for M, 0
for F. A line that lacks one of its numbers is left out by its line number; nothing is filled in.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vivomap.acquire.tables import Row, good_lines, needed
from vivomap.core import Held, Refusal
from vivomap.maths.combat import Samples

FOLD = "fold"  # a column of this name is no feature, even where nobody says that it holds folds
LEVEL = re.compile(r"(?P<column>.+)=(?P<level>.*) \((?P<base>.*)\)")


@dataclass(frozen=True)
class Columns:
    """Which column is what; `features` empty for every other column that holds numbers alone, but for `fold`."""

    batch: str
    subject: str = "subject"
    keep: tuple[str, ...] = ()
    time: str = ""
    fold: str = ""
    features: tuple[str, ...] = ()

    @property
    def named(self) -> tuple[str, ...]:
        """Every column that is no feature."""
        more = (self.time, self.fold)
        return tuple(dict.fromkeys((self.subject, self.batch, *self.keep, *(c for c in more if c))))


@dataclass(frozen=True, eq=False)
class Cohort:
    """The lines that can be used: as they were written, and as numbers; and the lines that cannot."""

    lines: tuple[Row, ...]
    samples: Samples
    held: tuple[Held, ...]
    folds: tuple[str, ...] = ()


def read(path: Path, columns: Columns, coded: Sequence[str] = ()) -> Cohort:
    """The cohort of a table; `coded` are the covariates as a fit knows them, where one is to be applied.

    Raises Refusal if the table lacks a column, if a column is a feature and something else, or if no line can be used.
    """
    asked = _lower(columns)
    both = next((f for f in asked.features if f in asked.named), "")
    if both:
        raise Refusal("bad_setting", f"{both!r} cannot be a feature and something else", where=str(path))
    columns_asked = (*asked.named, *asked.features)
    lines, _ = good_lines(path, columns_asked, lambda row: _line(row, asked))
    features = tuple(dict.fromkeys(asked.features)) or _numeric(lines, asked)
    if not features:
        raise Refusal("bad_table", "the table holds no feature", where=str(path), expected="columns of numbers")
    kept = tuple(dict.fromkeys((*asked.keep, *((asked.time,) if asked.time else ()))))
    names = tuple(coded) or _coded(lines, kept)
    levels = _levels(names)
    good, held = good_lines(path, columns_asked, lambda row: _complete(_line(row, asked), features, names, levels))
    if not good:
        found = held[0].reason if held else ""
        raise Refusal("bad_table", "no line of the table can be used", where=str(path), found=found)
    numbers = np.asarray([[float(row[f]) for f in features] for row in good])
    covariates = np.asarray([[_value(row, name) for name in names] for row in good]).reshape(len(good), len(names))
    time = np.asarray([float(row[asked.time]) for row in good]) if asked.time else None
    batch, subject = (tuple(row[c] for row in good) for c in (asked.batch, asked.subject))
    samples = Samples(numbers, batch, covariates, subject, features, names, time)
    folds = tuple(row[asked.fold] for row in good) if asked.fold else ()
    return Cohort(good, samples, held, folds)


def _lower(columns: Columns) -> Columns:
    """Columns as the reader of tables has them: in small letters."""

    def low(names: Sequence[str]) -> tuple[str, ...]:
        return tuple(n.strip().lower() for n in names)

    batch, subject, time, fold = low((columns.batch, columns.subject, columns.time, columns.fold))
    return Columns(batch, subject, low(columns.keep), time, fold, low(columns.features))


def _line(row: Row, columns: Columns) -> Row:
    for column in columns.named:
        needed(row, column)
    return row


def _numeric(lines: Sequence[Row], columns: Columns) -> tuple[str, ...]:
    """The columns that are nothing else and hold numbers wherever they hold anything."""
    free = [c for c in (lines[0] if lines else {}) if c and c not in (*columns.named, FOLD)]
    return tuple(c for c in free if _numbers(lines, c))


def _numbers(lines: Sequence[Row], column: str) -> bool:
    told = [row[column] for row in lines if row.get(column)]
    return bool(told) and all(_number(text) is not None for text in told)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _coded(lines: Sequence[Row], kept: Sequence[str]) -> tuple[str, ...]:
    """The names of the covariates as numbers."""
    names: list[str] = []
    for column in kept:
        if _numbers(lines, column):
            names.append(column)
            continue
        base, *levels = sorted({row[column] for row in lines})
        names += [f"{column}={level} ({base})" for level in levels]
    return tuple(names)


def _complete(row: Row, features: Sequence[str], names: Sequence[str], levels: dict[str, set[str]]) -> Row:
    """The line, if each of its numbers is there. Raises Refusal if not."""
    lacking = [f for f in features if _number(row.get(f, "")) is None]
    lacking += [n for n in names if not LEVEL.fullmatch(n) and _number(row.get(n, "")) is None]
    lacking += [c for c, known in levels.items() if row.get(c) not in known]
    if lacking:
        raise Refusal("bad_line", f"it has no {lacking[0]!r} that can be used")
    return row


def _levels(names: Sequence[str]) -> dict[str, set[str]]:
    """The levels of each covariate that is text."""
    levels: dict[str, set[str]] = {}
    for name in names:
        found = LEVEL.fullmatch(name)
        if found:
            levels.setdefault(found["column"], set()).update((found["level"], found["base"]))
    return levels


def _value(row: Row, name: str) -> float:
    found = LEVEL.fullmatch(name)
    return float(row[found["column"]] == found["level"]) if found else float(row[name])
