"""A table that a person wrote (CSV): good lines are kept, bad ones are named by number, days are whole or none."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TypeVar

from vivomap.acquire import moments
from vivomap.core import Held, Refusal

Row = dict[str, str]
WRITTEN = re.compile(r"\d{4}-\d{2}-\d{2}|\d{8}")
Made = TypeVar("Made")


def rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, Row]]:
    """Line number and values of each line that is not empty; absent values are "".

    Raises Refusal if the file cannot be read as text, or if its header lacks one of the columns.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as broken:
        raise Refusal("bad_table", "the table cannot be read as text", where=str(path)) from broken
    reader = csv.reader(text.splitlines())
    header = [name.strip().lower() for name in next(reader, [])]
    lacking = [name for name in columns if name not in header]
    if lacking:
        found, expected = ", ".join(header) or "nothing", ", ".join(columns)
        raise Refusal("bad_table", "the header lacks columns", where=str(path), found=found, expected=expected)
    for values in reader:
        if any(v.strip() for v in values):
            padded = [v.strip() for v in values] + [""] * (len(header) - len(values))
            over = {"": "too many values"} if len(values) > len(header) else {}
            yield reader.line_num, dict(zip(header, padded, strict=False)) | over


def good_lines(
    path: Path, columns: Sequence[str], make: Callable[[Row], Made]
) -> tuple[tuple[Made, ...], tuple[Held, ...]]:
    """What `make` makes of each line, and the lines that it refuses, by number."""
    made: list[Made] = []
    held: list[Held] = []
    for line, row in rows(path, columns):
        try:
            if "" in row:
                raise Refusal("bad_line", "the line has more values than the header has columns")
            made.append(make(row))
        except Refusal as refusal:
            held.append(Held(f"{path}:{line}", refusal.code, f"line {line}: {refusal.summary}"))
    return tuple(made), tuple(held)


def needed(row: Row, column: str) -> str:
    """A value that a line must have. Raises Refusal if it is empty."""
    if not row.get(column):
        raise Refusal("bad_line", f"the column {column!r} is empty")
    return row[column]


def day_of(text: str) -> date | None:
    """A day written 2020-01-31 or 20200131; None for "". Raises Refusal if it is impossible or partial."""
    if not text.strip():
        return None
    day = moments.day(text.strip().replace("-", "")) if WRITTEN.fullmatch(text.strip()) else None
    if day is None:
        raise Refusal("bad_date", "a date is impossible or partial", expected="2020-01-31 or 20200131")
    return day
