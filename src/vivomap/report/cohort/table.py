"""The table of a cohort, as CSV or Parquet, and the account of what was left out, made coarser or suppressed.

One row for each thing found at a visit. An empty value has its reason in `why`; a cell that could point at a patient is
"suppressed" or "any" in words. No cell of the table is empty for a secret reason, and none is a formula.
"""

from __future__ import annotations

import csv
import hmac
import importlib
import importlib.util
import io
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple

from vivomap.core import Refusal, __version__
from vivomap.report.cohort.anonymity import Anonymous
from vivomap.report.cohort.people import Line, Person

FORMULA = ("=", "+", "-", "@", "\t", "\r")
CSV, PARQUET = "cohort.csv", "cohort.parquet"


class Row(NamedTuple):
    """One thing found at one visit of one pseudonym; the columns from `age` to `after` are those that are guarded."""

    pseudonym: str
    visit: int
    age: str
    sex: str
    site: str
    month: str
    scanner: str
    after: str
    pathway: str
    kind: str
    lesion: str
    name: str
    value: float | None
    unit: str
    uncertainty: float | None
    category: str
    why: str


@dataclass(frozen=True)
class Account:
    """What an export says of itself. `unasked`, `refused` and `withdrawn` are patients without consent.

    `gone` are the pseudonyms of those who withdrew, in this export and in earlier ones that held them.
    """

    export: str
    purpose: str
    k: int
    on_record: int
    unasked: int
    refused: int
    withdrawn: int
    gone: tuple[dict[str, str], ...] = ()

    def data(self, made: Anonymous, rows: int) -> dict[str, Any]:
        """The account as plain data."""
        return {
            "version": __version__,
            "export": self.export,
            "purpose": self.purpose,
            "k": self.k,
            "patients_on_record": self.on_record,
            "patients": len(made.shown),
            "rows": rows,
            "left_out": {
                "no_consent_recorded": self.unasked,
                "consent_refused": self.refused,
                "consent_withdrawn": self.withdrawn,
                "too_rare": len(made.rare),
            },
            "withdrawn": list(self.gone),
            "told_as": dict(made.levels),
            "suppressed_cells": dict(made.suppressed),
        }


def pseudonym(key: bytes, patient: str) -> str:
    """The pseudonym of a patient under the key of one export."""
    return "VX" + hmac.new(key, patient.encode("utf-8", "surrogatepass"), sha256).hexdigest()[:16].upper()


def rows(people: Sequence[Person], made: Anonymous, key: bytes) -> tuple[Row, ...]:
    """Every row, by pseudonym; a visit where nothing was found has none."""
    found: list[Row] = []
    for one in people:
        shown = made.shown.get(one.subject.patient)
        if shown is None:
            continue
        name = pseudonym(key, one.subject.patient)
        for number, (visit, lines) in enumerate(zip(shown.visits, one.found, strict=True), 1):
            found += [_row((name, number, *shown.fixed, *visit), line) for line in lines or (NOTHING,)]
    return tuple(sorted(found, key=lambda row: (row.pseudonym, row.visit)))


NOTHING = Line("", "nothing", "", "", why="not_measured")


def _row(head: tuple[Any, ...], line: Line) -> Row:
    rest = (line.value, line.unit, line.uncertainty, line.category, line.why)
    return Row._make((*head, line.pathway, line.kind, line.lesion, line.name, *rest))


def as_csv(found: Sequence[Row]) -> bytes:
    """The rows as CSV (RFC 4180) with a head."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(Row._fields)
    writer.writerows([_cell(value) for value in row] for row in found)
    return out.getvalue().encode()


def as_parquet(found: Sequence[Row]) -> bytes:
    """The rows as Parquet. Raises Refusal `library_absent` where pyarrow is not installed."""
    if importlib.util.find_spec("pyarrow") is None:
        raise Refusal("library_absent", "Parquet needs pyarrow, which is not installed", found="no pyarrow")
    arrow, parquet = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    kinds = {"visit": arrow.int32(), "value": arrow.float64(), "uncertainty": arrow.float64()}
    columns = {
        name: arrow.array([getattr(row, name) for row in found], kinds.get(name, arrow.string()))
        for name in Row._fields
    }
    body = io.BytesIO()
    parquet.write_table(arrow.table(columns), body)
    return body.getvalue()


def _cell(value: float | str | None) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        return repr(value)
    return f"'{value}" if value.startswith(FORMULA) else value


def text(data: dict[str, Any]) -> str:
    """The account as lines for a person."""
    lines = [
        f"Export {data['export']} by vivomap {data['version']}, purpose {data['purpose']}, k = {data['k']}",
        f"{data['patients']} of {data['patients_on_record']} patients on record, {data['rows']} rows",
        "",
        *(f"left out, {why.replace('_', ' ')}: {number}" for why, number in data["left_out"].items()),
        *(f"  withdrew: {w['pseudonym']} in export {w['export']}" for w in data["withdrawn"]),
        "",
        *(f"{column} is told as: {level}" for column, level in data["told_as"].items()),
        *(f"{column}: {number} cells suppressed" for column, number in data["suppressed_cells"].items()),
    ]
    return "\n".join(lines) + "\n"
