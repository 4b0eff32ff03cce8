"""How well a site itself measures: repeatability, bias and linearity from its own test-retest or phantom table.

A CSV table with the columns subject, scan, value, unit, and where they are known scanner, reader, truth, biomarker and
organ. Repeated numbers of one subject on one scanner give wSD, wCV and RC; of one subject on two scanners RDC and what
of it is the scanners', the readers' and the subjects' with them; truth gives bias and linearity, and where the line is
not straight the total deviation. A claim for a slope is met where its whole 95 % interval lies in 0.95 to 1.05 and no
squared term shows (QIBA); one for a biomarker where the site's RC, by its upper limit below 35 subjects, is at most the
card's; it is not met where the lower limit is above, and undecided between.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vivomap.core import Held, Refusal
from vivomap.maths.repeatability import Line as Straight
from vivomap.maths.repeatability import Spread, between, line, within, within_logs
from vivomap.maths.reproducibility import apart, components, total_deviation
from vivomap.maths.statistics import ENOUGH_SUBJECTS, REPEAT, coefficient_interval, log_limits
from vivomap.quantify import cards
from vivomap.verify.site_table import AS_IT_IS, Reading, Scan, read_table

SLOPE = (0.95, 1.05)  # QIBA, methods of metrology
CURVED = 0.05  # project: a squared term less likely than this by chance is no straight line


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
    undecided: bool = False

    @property
    def verdict(self) -> str:
        """What became of the claim: met, not met, undecided; "" where there is none."""
        if self.undecided:
            return "undecided"
        return "" if self.ok is None else "met" if self.ok else "not met"


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

    @property
    def undecided(self) -> bool:
        """Whether a claim is neither met nor refuted by so few numbers."""
        return any(f.undecided for f in self.findings)


def site_report(path: Path, how: Reading = AS_IT_IS) -> SiteReport:
    """What a site's table says of each of its biomarkers. Raises Refusal if it mixes units or is no such table."""
    scans, held = read_table(path, how)
    findings: list[Finding] = []
    lacking: list[str] = []
    for name in dict.fromkeys(s.biomarker for s in scans):
        mine = [s for s in scans if s.biomarker == name]
        if len({s.unit for s in mine}) > 1:
            units = ", ".join(sorted({s.unit for s in mine}))
            raise Refusal("wrong_unit", "the numbers of one biomarker have several units", where=str(path), found=units)
        for asked in (_repeats, _reproduces, _parts, _between, _linear):
            try:
                findings += asked(mine)
            except Refusal as refusal:
                lacking.append(f"{name + ': ' if name else ''}{refusal.summary}")
    return SiteReport(tuple(findings), tuple(lacking), held)


def _repeats(scans: Sequence[Scan]) -> list[Finding]:
    """wSD, wCV and RC of repeated numbers on one scanner, all scanners taken together."""
    groups: dict[tuple[str, ...], list[float]] = {}
    for s in scans:
        groups.setdefault((s.subject, *s.place), []).append(s.value)
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
    met = (high if few else own) <= limit
    if not met and low <= limit:
        return [replace(made, claim=claim, undecided=True)]
    return [replace(made, claim=claim, ok=met)]


def _reproduces(scans: Sequence[Scan]) -> list[Finding]:
    """RDC, where subjects were on two scanners."""
    found = _across(scans)
    if found is None:
        return []
    return [_made(scans[0], "across")("RDC", found.coefficient, scans[0].unit, (None, None), found.subjects)]


def _across(scans: Sequence[Scan]) -> Spread | None:
    """How one subject's numbers differ between places; None where no subject was at two."""
    subjects: dict[str, dict[str, list[float]]] = {}
    for s in scans:
        subjects.setdefault(s.subject, {}).setdefault(_where(s), []).append(s.value)
    return between(list(subjects.values()))


def _where(scan: Scan) -> str:
    """Scanner and reader in one word."""
    return ", ".join(part for part in scan.place if part)


def _parts(scans: Sequence[Scan]) -> list[Finding]:
    """What of RDC is the scanners', the readers', and what subjects do with them; nothing where none crosses."""
    if _across(scans) is None:
        return []
    labels = tuple(zip(*((s.subject, s.scanner, s.reader) for s in scans), strict=True))
    found = components([s.value for s in scans], *labels)
    make = _made(scans[0], "across")
    none, unit = (None, None), scans[0].unit
    counts = {"scanner": len(set(labels[1])), "reader": len(set(labels[2])), "together": len(set(labels[0]))}
    said = {"scanner": "SD of scanners", "reader": "SD of readers", "together": "SD of subjects with them"}
    made = [
        make(said[name], sd, unit, none, counts[name])
        for name, sd in (("scanner", found.scanner), ("reader", found.reader), ("together", found.together))
        if sd is not None
    ]
    return [*made, make("RDC, by its parts", found.coefficient, unit, none, counts["together"])]


def _between(scans: Sequence[Scan]) -> list[Finding]:
    """How far each scanner or reader lies from the first one, in the subjects that both have."""
    means: dict[str, dict[str, float]] = {}
    for where in dict.fromkeys(map(_where, scans)):
        mine: dict[str, list[float]] = {}
        for s in scans:
            if _where(s) == where:
                mine.setdefault(s.subject, []).append(s.value)
        means[where] = {subject: math.fsum(v) / len(v) for subject, v in mine.items()}
    first, *others = means
    made = []
    for other in others:
        both = sorted(means[first].keys() & means[other].keys())
        if len(both) > 1:
            mean, low, high = apart([means[other][s] for s in both], [means[first][s] for s in both])
            quantity = f"difference from {first or 'the rest'}"
            made.append(_made(scans[0], other)(quantity, mean, scans[0].unit, (low, high), len(both)))
    return made


def _linear(scans: Sequence[Scan]) -> list[Finding]:
    """Bias, slope and intercept of each scanner whose truth is known."""
    known = [s for s in scans if s.truth is not None]
    findings: list[Finding] = []
    for scanner in dict.fromkeys(s.scanner for s in known):
        mine = [s for s in known if s.scanner == scanner]
        made = _line(line([s.truth or 0.0 for s in mine], [s.value for s in mine]), mine[0])
        findings += made
        if any(f.ok is False for f in made):
            found = total_deviation([s.value - (s.truth or 0.0) for s in mine])
            ends = (None, found.high)
            findings.append(
                _made(mine[0], scanner)("TDI, 95 % of numbers", found.within, mine[0].unit, ends, len(mine))
            )
    return findings


def _line(found: Straight, scan: Scan) -> list[Finding]:
    make = _made(scan, scan.scanner)
    slope, low, high = found.slope
    straight = found.curved is None or found.curved >= CURVED
    claim = f"slope within {SLOPE[0]:g} to {SLOPE[1]:g}, straight"
    bent = [] if found.curved is None else [make("squared term, p", found.curved, "1", (None, None), found.numbers)]
    return [
        make("bias", found.bias[0], scan.unit, found.bias[1:], found.numbers),
        replace(
            make("slope", slope, "1", (low, high), found.numbers),
            claim=claim,
            ok=SLOPE[0] <= low and high <= SLOPE[1] and straight,
        ),
        make("intercept", found.intercept[0], scan.unit, found.intercept[1:], found.numbers),
        *bent,
    ]
