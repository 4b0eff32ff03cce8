"""Rows of any kind as a CSV or Parquet table: the ending of the file's name says which.

Numbers have all their digits and a point; an empty cell means that there is nothing, never zero. A text that a
spreadsheet would run as a formula is led by an apostrophe.
"""

from __future__ import annotations

import csv
import importlib
import importlib.util
import io
from collections.abc import Sequence
from pathlib import Path

from vivomap.core import Refusal
from vivomap.report.place import place

Cell = str | float | None
FORMULA = ("=", "+", "-", "@", "\t", "\r")
ENDINGS = (".csv", ".parquet")


def write(path: Path, head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Path:
    """Write a table whole. Raises Refusal `bad_setting` for another ending, `library_absent`, `cannot_write`."""
    made = {".csv": as_csv, ".parquet": as_parquet}.get(path.suffix.lower())
    if made is None:
        expected = " or ".join(ENDINGS)
        raise Refusal("bad_setting", "a table is CSV or Parquet", found=path.name, expected=f"a name in {expected}")
    return place(path, made(head, rows))


def as_csv(head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """The rows as CSV with a head (RFC 4180)."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue().encode()


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        return repr(float(value) + 0.0)
    return f"'{value}" if value.startswith(FORMULA) else value


def as_parquet(head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """The same as Parquet; a column is of numbers if any of its cells is. Raises Refusal `library_absent`."""
    if importlib.util.find_spec("pyarrow") is None:
        raise Refusal("library_absent", "Parquet needs pyarrow, which is not installed", found="no pyarrow")
    arrow, parquet = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    columns = {}
    for k, name in enumerate(head):
        cells = [row[k] for row in rows]
        numeric = any(isinstance(c, int | float) for c in cells)
        columns[name] = arrow.array(cells, arrow.float64() if numeric else arrow.string())
    body = io.BytesIO()
    parquet.write_table(arrow.table(columns), body)
    return body.getvalue()
