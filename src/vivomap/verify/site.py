"""How well a site itself measures: repeatability, bias and linearity from its own test-retest or phantom table.

A CSV table with the columns subject, scan, value, unit, and where they are known scanner, truth, biomarker and organ.
Repeated numbers of one subject on one scanner give wSD, wCV and RC; of one subject on two scanners RDC; truth gives
bias and linearity. A claim for a slope is met where its whole 95 % interval lies in 0.95 to 1.05 and no squared term
shows (QIBA); one for a biomarker where the site's RC, by its upper limit below 35 subjects, is at most the card's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vivomap.acquire.tables import Row as Line
from vivomap.acquire.tables import good_lines, needed
from vivomap.core import Held, Refusal, known_unit
from vivomap.maths.repeatability import Line as Straight
from vivomap.maths.repeatability import Spread, between, line, within, within_logs
from vivomap.maths.statistics import ENOUGH_SUBJECTS, REPEAT, coefficient_interval, log_limits
from vivomap.quantify import cards

COLUMNS = ("subject", "scan", "value", "unit")
SLOPE = (0.95, 1.05)  # QIBA, methods of metrology
CURVED = 0.05  # project: a squared term less likely than this by chance is no straight line


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


@dataclass(frozen=True)
class Finding:
    """One number of metrology: with its 95 % interval, what it rests on, and whether a claim on it is met."""

    biomarker: str
    scanner: str
    quantity: str
    value: float
    unit: str
    low: float | None = None
    high: float | None = None
    count: int = 0
    claim: str = ""
    ok: bool | None = None


@dataclass(frozen=True)
class SiteReport:
    """Everything that a table says, what it is too small to say, and the lines that were left out."""

    findings: tuple[Finding, ...]
    lacking: tuple[str, ...]
    held: tuple[Held, ...]

    @property
    def ok(self) -> bool:
        """Whether every claim is met."""
        return all(f.ok is not False for f in self.findings)


def read_table(path: Path) -> tuple[tuple[Scan, ...], tuple[Held, ...]]:
    """The numbers of a table, and its lines that hold none. Raises Refusal if it is no such table, or holds no line."""
    scans, held = good_lines(path, COLUMNS, _scan)
    seen: dict[tuple[str, str, str, str], Scan] = {}
    kept: list[Scan] = []
    for scan in scans:
        key = (scan.biomarker, scan.subject, scan.scanner, scan.scan)
        if key in seen:
            where = f"subject {scan.subject!r}, scan {scan.scan!r}"
            raise Refusal("bad_table", "two lines are the same scan of the same subject", where=str(path), found=where)
        seen[key] = scan
        kept.append(scan)
    if not kept:
        raise Refusal("bad_table", "the table holds no number", where=str(path), expected=", ".join(COLUMNS))
    return tuple(kept), held


def _scan(row: Line) -> Scan:
    truth = row.get("truth", "")
    return Scan(
        needed(row, "subject"),
        needed(row, "scan"),
        _number(needed(row, "value"), "value"),
        known_unit(needed(row, "unit")),
        row.get("scanner", ""),
        _number(truth, "truth") if truth else None,
        row.get("biomarker", ""),
        row.get("organ", ""),
    )


def _number(text: str, column: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise Refusal("bad_line", f"the column {column!r} is no number")
    return value


def site_report(path: Path) -> SiteReport:
    """What a site's table says of each of its biomarkers. Raises Refusal if it mixes units or is no such table."""
    scans, held = read_table(path)
    findings: list[Finding] = []
    lacking: list[str] = []
    for name in dict.fromkeys(s.biomarker for s in scans):
        mine = [s for s in scans if s.biomarker == name]
        if len({s.unit for s in mine}) > 1:
            units = ", ".join(sorted({s.unit for s in mine}))
            raise Refusal("wrong_unit", "the numbers of one biomarker have several units", where=str(path), found=units)
        for asked in (_repeats, _reproduces, _linear):
            try:
                findings += asked(mine)
            except Refusal as refusal:
                lacking.append(f"{name + ': ' if name else ''}{refusal.summary}")
    return SiteReport(tuple(findings), tuple(lacking), held)


def _repeats(scans: Sequence[Scan]) -> list[Finding]:
    """wSD, wCV and RC of repeated numbers on one scanner, all scanners taken together."""
    groups: dict[tuple[str, str], list[float]] = {}
    for s in scans:
        groups.setdefault((s.subject, s.scanner), []).append(s.value)
    found = within(list(groups.values()))
    low, high = found.interval
    make = _made(scans[0], "")
    said = [
        make("wSD", found.sd, scans[0].unit, (low / REPEAT, high / REPEAT), found.subjects),
        make("RC", found.coefficient, scans[0].unit, (low, high), found.subjects),
    ]
    logs = within_logs(list(groups.values()))
    if logs is not None:
        said += _relative(logs, make)
    return [*said, *_claimed(scans[0], found, logs, make)]


Make = Callable[[str, float, str, tuple[float | None, float | None], int], Finding]


def _made(scan: Scan, scanner: str) -> Make:
    def make(quantity: str, value: float, unit: str, ends: tuple[float | None, float | None], count: int) -> Finding:
        return Finding(scan.biomarker, scanner, quantity, value, unit, *ends, count)

    return make


def _relative(logs: Spread, make: Make) -> list[Finding]:
    """wCV with its interval, and the limits of no change that it gives, in %."""
    low, high = (end / REPEAT for end in logs.interval)
    cv, least, most = (100 * math.sqrt(math.expm1(sd * sd)) for sd in (logs.sd, low, high))
    fall, rise = log_limits(cv / 100)
    none = (None, None)
    return [
        make("wCV", cv, "%", (least, most), logs.subjects),
        make("no change down to", 100 * fall, "%", none, logs.subjects),
        make("no change up to", 100 * rise, "%", none, logs.subjects),
    ]


def _claimed(scan: Scan, found: Spread, logs: Spread | None, make: Make) -> list[Finding]:
    """The site's RC against the limits that the card of the biomarker declares, where it declares any."""
    card = cards().get(scan.biomarker)
    limit = card.real_change.coefficient(scan.organ or "any", True) if card and card.real_change else None
    if card is None or card.real_change is None or limit is None:
        return []
    percent = card.real_change.kind == "%"
    spread = logs if percent else found
    if spread is None:
        return []
    scale = 100.0 if percent else 1.0
    own = REPEAT * (math.sqrt(math.expm1(spread.sd**2)) if percent else spread.sd) * scale
    low, high = coefficient_interval(own, spread.freedom)
    few = spread.subjects < ENOUGH_SUBJECTS
    made = make("RC against the card", own, card.real_change.kind, (low, high), spread.subjects)
    which = "its upper limit" if few else "it"
    claim = f"{which} at most {limit:g} {card.real_change.kind}"
    return [_with(made, claim, (high if few else own) <= limit)]


def _with(made: Finding, claim: str, met: bool) -> Finding:
    return Finding(
        made.biomarker, made.scanner, made.quantity, made.value, made.unit, made.low, made.high, made.count, claim, met
    )


def _reproduces(scans: Sequence[Scan]) -> list[Finding]:
    """RDC, where subjects were on two scanners."""
    subjects: dict[str, dict[str, list[float]]] = {}
    for s in scans:
        subjects.setdefault(s.subject, {}).setdefault(s.scanner, []).append(s.value)
    found = between(list(subjects.values()))
    if found is None:
        return []
    return [_made(scans[0], "across")("RDC", found.coefficient, scans[0].unit, (None, None), found.subjects)]


def _linear(scans: Sequence[Scan]) -> list[Finding]:
    """Bias, slope and intercept of each scanner whose truth is known."""
    known = [s for s in scans if s.truth is not None]
    findings: list[Finding] = []
    for scanner in dict.fromkeys(s.scanner for s in known):
        mine = [s for s in known if s.scanner == scanner]
        findings += _line(line([s.truth or 0.0 for s in mine], [s.value for s in mine]), mine[0])
    return findings


def _line(found: Straight, scan: Scan) -> list[Finding]:
    make = _made(scan, scan.scanner)
    slope, low, high = found.slope
    straight = found.curved is None or found.curved >= CURVED
    claim = f"slope within {SLOPE[0]:g} to {SLOPE[1]:g}, straight"
    bent = [] if found.curved is None else [make("squared term, p", found.curved, "1", (None, None), found.numbers)]
    return [
        make("bias", found.bias[0], scan.unit, found.bias[1:], found.numbers),
        _with(
            make("slope", slope, "1", (low, high), found.numbers),
            claim,
            SLOPE[0] <= low and high <= SLOPE[1] and straight,
        ),
        make("intercept", found.intercept[0], scan.unit, found.intercept[1:], found.numbers),
        *bent,
    ]
