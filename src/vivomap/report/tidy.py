"""One table for people who count: a row for each thing that was said, in columns that never change their meaning.

All visits of the patient, oldest first; `assessment` tells which visit a row belongs to. Numbers have all their digits
and a point; an empty cell means that there is nothing, never zero. A text that a spreadsheet would run as a formula is
led by an apostrophe.
"""

from __future__ import annotations

import csv
import importlib
import importlib.util
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from vivomap.core import (
    Assessment,
    Change,
    Forecast,
    Match,
    Measurement,
    Missing,
    Prediction,
    Refusal,
    Verdict,
    identify,
)
from vivomap.core.claims import Finding, Treatment
from vivomap.report.forms import Filed, Files, Form
from vivomap.report.naming import concept, interval, title, tracked, visits
from vivomap.report.place import place

FILE, PARQUET = "tidy.csv", "tidy.parquet"
UNCODED = ("match", "finding", "treatment", "option", "abstained")  # kinds whose names are no codes
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Row(NamedTuple):
    """One thing that was said; `low` to `high` is a 95 % interval, `still_low` to `still_high` reads as no change."""

    assessment: str
    pathway: str
    patient: str
    visit: str
    kind: str
    name: str
    title: str
    code: str = ""
    scheme: str = ""
    lesion: str = ""
    tracking_uid: str = ""
    finding: str = ""
    site: str = ""
    day: str = ""
    value: float | None = None
    unit: str = ""
    uncertainty: float | None = None
    low: float | None = None
    high: float | None = None
    still_low: float | None = None
    still_high: float | None = None
    chance: float | None = None
    text: str = ""
    reason: str = ""
    warnings: str = ""
    maker: str = ""
    version: str = ""
    claim: str = ""


def write(assessment: Assessment, folder: str | Path, history: Sequence[Assessment] = ()) -> Path:
    """Write `tidy.csv`. Raises Refusal `two_patients`, `cannot_write` or `disk_full`."""
    return place(Path(folder) / FILE, _csv(Filed(assessment, tuple(history)))[FILE])


def _csv(filed: Filed) -> Files:
    return {FILE: table(rows(filed)).encode()}


def _parquet(filed: Filed) -> Files:
    """The same rows as Parquet. Raises Refusal `library_absent` where pyarrow is not installed."""
    if importlib.util.find_spec("pyarrow") is None:
        raise Refusal("library_absent", "Parquet needs pyarrow, which is not installed", found="no pyarrow")
    arrow, parquet = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    found = rows(filed)
    kinds = {name: arrow.float64() if "float" in str(kind) else arrow.string() for name, kind in _kinds()}
    columns = {name: arrow.array([getattr(r, name) for r in found], kinds[name]) for name in Row._fields}
    body = io.BytesIO()
    parquet.write_table(arrow.table(columns), body)
    return {PARQUET: body.getvalue()}


TABLE = Form("csv", "csv", _csv, "One row for each thing that was said, as CSV")
COLUMNS = Form("parquet", "parquet", _parquet, "The same rows as Parquet, with pyarrow")


def _kinds() -> Iterator[tuple[str, object]]:
    yield from Row.__annotations__.items()


def table(found: Sequence[Row]) -> str:
    """The rows as CSV with a head."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")  # RFC 4180; both ends are quoted inside a cell then
    writer.writerow(Row._fields)
    writer.writerows([_cell(value) for value in row] for row in found)
    return out.getvalue()


def _cell(value: float | str | None) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        return repr(float(value) + 0.0)
    return f"'{value}" if value.startswith(FORMULA) else value


def rows(filed: Filed) -> tuple[Row, ...]:
    """Every row of a patient's visits. Raises Refusal `two_patients`."""
    return tuple(row for visit in visits(filed) for row in (*_claims(visit), *_options(visit)))


def _start(visit: Filed, kind: str, name: str, region: str = "") -> Row:
    """What every row says."""
    made, who = visit.assessment, tracked(visit, region)
    code, scheme = ("", "") if kind in UNCODED else concept(name)[:2]
    day = made.study.day.isoformat() if made.study.day else ""
    head = Row(identify(made), made.pathway, made.study.patient, day, kind, name, title(name))
    return head._replace(
        code=code, scheme=scheme, lesion=region, tracking_uid=who.uid, finding=who.finding, site=who.site
    )


def _claims(visit: Filed) -> Iterator[Row]:
    changes = {identify(c.after): c for c in visit.assessment.claims if isinstance(c, Change)}
    for claim in visit.assessment.claims:
        if isinstance(claim, Forecast):
            yield from _foreseen(visit, claim)
            continue
        row = _row(visit, claim, changes)
        day = getattr(claim, "day", None)
        yield row._replace(day=day.isoformat() if day else "", claim=identify(claim))


def _row(visit: Filed, claim: object, changes: dict[str, Change]) -> Row:
    match claim:
        case Measurement():
            return _measured(visit, claim, changes.get(identify(claim)))
        case Change():
            return _changed(visit, claim)
        case Missing():
            row = _start(visit, f"missing {claim.what}", claim.name, claim.region)
            return row._replace(text=claim.reason, reason=claim.code)
        case Verdict():
            row = _start(visit, "verdict", claim.name, claim.region)._replace(text=claim.category)
            return _made(row, claim)._replace(chance=claim.chance_noise, reason="; ".join(claim.reasons))
        case Match():
            row = _start(visit, "match", "fate", next(iter((*claim.after, *claim.before)), ""))
            names = f"before {', '.join(claim.before) or 'none'}, now {', '.join(claim.after) or 'none'}, by {claim.by}"
            return row._replace(text=claim.kind, chance=claim.chance, reason=names)
        case Prediction():
            row = _made(_start(visit, "prediction", claim.name, claim.region), claim)
            return row._replace(chance=claim.chance, low=claim.low, high=claim.high)
        case Finding():
            row = _start(visit, "finding", claim.name)
            return row._replace(text=f"{claim.code} {claim.value}".strip(), maker=claim.by)
        case Treatment():
            row = _start(visit, "treatment", claim.what)._replace(value=claim.dose, unit=claim.unit)
            return row._replace(text=f"{claim.start or '?'} to {claim.end or 'going on'}", maker=claim.source)
    raise Refusal("unknown_name", f"a {type(claim).__name__} has no row")


def _foreseen(visit: Filed, fan: Forecast) -> Iterator[Row]:
    """A row for each future day: the median, and the fan in words, since its ends are 50 and 90 %, not 95 %."""
    start = _made(_start(visit, "forecast", fan.name, fan.region), fan)._replace(unit=fan.unit, claim=identify(fan))
    ends = zip(fan.times, fan.median, fan.low_50, fan.high_50, fan.low_90, fan.high_90, strict=True)
    for time, median, low, high, least, most in ends:
        text = f"after {time:g} d; 50 % {low:g} to {high:g}; 90 % {least:g} to {most:g}"
        yield start._replace(value=median, text=text)


def _made(row: Row, claim: Measurement | Verdict | Prediction | Forecast) -> Row:
    return row._replace(maker=claim.provenance.maker, version=claim.provenance.version)


def _measured(visit: Filed, m: Measurement, change: Change | None) -> Row:
    low, high = interval(m)
    row = _made(_start(visit, "measurement", m.name, m.region), m)
    row = row._replace(value=m.value, unit=m.unit, uncertainty=m.uncertainty, low=low, high=high)
    row = row._replace(warnings="; ".join(f"{f.code}: {f.reason}" for f in m.flags))
    if change is None:
        return row
    first = change.before.value
    return row._replace(still_low=first + change.low, still_high=first + change.high, chance=change.chance_real)


def _changed(visit: Filed, change: Change) -> Row:
    row = _start(visit, "change", change.name, change.region)
    row = row._replace(value=change.difference, unit=change.after.unit, still_low=change.low, still_high=change.high)
    row = row._replace(chance=change.chance_real, text="real" if change.real else "within error", reason=change.limits)
    return row._replace(warnings="; ".join(f"{f.code}: {f.reason}" for f in change.flags))


def _options(visit: Filed) -> Iterator[Row]:
    proposed = visit.assessment.recommendation
    for option in proposed.proposals:
        row = _start(visit, "option", "option")._replace(text=option.option, value=option.benefit)
        row = row._replace(low=option.low, high=option.high, reason="; ".join(option.reasons))
        yield row._replace(warnings=f"grade {option.grade}", maker=option.source, claim=identify(option))
    if proposed.abstained:
        yield _start(visit, "abstained", "option")._replace(text=proposed.abstained)
