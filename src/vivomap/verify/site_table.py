"""A site's own table of repeated or truth-known numbers, whatever its columns are called (CSV)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vivomap.acquire.tables import Row as Line
from vivomap.acquire.tables import good_lines, needed
from vivomap.core import Held, Refusal, known_unit
from vivomap.quantify import cards

COLUMNS = ("subject", "scan", "value", "unit")
MAYBE = ("scanner", "reader", "truth", "biomarker", "organ")


@dataclass(frozen=True)
class Scan:
    """One number of one subject on one scanner, and its truth where it is known."""

    subject: str
    scan: str
    value: float
    unit: str
    scanner: str = ""
    truth: float | None = None
    biomarker: str = ""
    organ: str = ""
    reader: str = ""

    @property
    def place(self) -> tuple[str, str]:
        """Where and by whom it was measured: numbers that share it are repeats."""
        return (self.scanner, self.reader)


@dataclass(frozen=True)
class Reading:
    """How a table that was written for another purpose is read.

    `columns` are pairs of our name and the table's; `fixed` pairs of our name and what holds for every line. `claim` is
    the biomarker whose limits are claimed, and behind a colon the organ, for lines that name none.
    """

    columns: tuple[tuple[str, str], ...] = ()
    fixed: tuple[tuple[str, str], ...] = ()
    claim: str = ""


AS_IT_IS = Reading()


def reading(said: Sequence[str], claim: str = "") -> Reading:
    """A reading from words such as `subject=Id` (a column) and `unit:=cm` (every line). Raises Refusal."""
    columns: list[tuple[str, str]] = []
    fixed: list[tuple[str, str]] = []
    for word in said:
        name, _, value = word.partition("=")
        if name.rstrip(":") not in (*COLUMNS, *MAYBE) or not value:
            expected = "NAME=COLUMN or NAME:=TEXT, NAME one of " + ", ".join((*COLUMNS, *MAYBE))
            raise Refusal("bad_setting", "this does not say which column is what", found=word, expected=expected)
        (fixed if name.endswith(":") else columns).append((name.rstrip(":"), value))
    known = cards()
    if claim and claim.partition(":")[0] not in known:
        raise Refusal("unknown_name", f"there is no biomarker {claim.partition(':')[0]!r}", expected=", ".join(known))
    return Reading(tuple(columns), tuple(fixed), claim)


def read_table(path: Path, how: Reading = AS_IT_IS) -> tuple[tuple[Scan, ...], tuple[Held, ...]]:
    """The numbers of a table, and its lines that hold none. Raises Refusal if it is no such table, or holds no line."""
    renamed, fixed = {ours: theirs.lower() for ours, theirs in how.columns}, dict(how.fixed)
    asked = [renamed.get(name, name) for name in COLUMNS if name not in fixed]
    scans, held = good_lines(path, asked, lambda row: _scan(_as_ours(row, renamed, fixed), how.claim))
    seen: dict[tuple[str, ...], Scan] = {}
    kept: list[Scan] = []
    for scan in scans:
        key = (scan.biomarker, scan.subject, *scan.place, scan.scan)
        if key in seen:
            where = f"subject {scan.subject!r}, scan {scan.scan!r}"
            raise Refusal("bad_table", "two lines are the same scan of the same subject", where=str(path), found=where)
        seen[key] = scan
        kept.append(scan)
    if not kept:
        found = held[0].reason if held else ""
        expected = ", ".join(COLUMNS)
        raise Refusal("bad_table", "the table holds no number", where=str(path), found=found, expected=expected)
    return tuple(kept), held


def _as_ours(row: Line, renamed: dict[str, str], fixed: dict[str, str]) -> Line:
    """A line under our names; a column of ours that was given another one's name is not looked at."""
    ours = {name: row.get(renamed.get(name, name), "") for name in (*COLUMNS, *MAYBE)}
    return {**ours, **fixed}


def _scan(row: Line, claim: str = "") -> Scan:
    truth = row.get("truth", "")
    name, _, organ = claim.partition(":")
    return Scan(
        needed(row, "subject"),
        needed(row, "scan"),
        _number(needed(row, "value"), "value"),
        known_unit(needed(row, "unit")),
        row.get("scanner", ""),
        _number(truth, "truth") if truth else None,
        row.get("biomarker", "") or name,
        row.get("organ", "") or organ,
        row.get("reader", ""),
    )


def _number(text: str, column: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise Refusal("bad_line", f"the column {column!r} is no number")
    return value
