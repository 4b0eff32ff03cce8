"""Published cases of response criteria as visits on paper: sizes and uptakes by lesion, and the label they must get.

Each visit is eight weeks after the one before, a table without images from one scanner. A lesion that a visit does not
name was searched for where it lay, and is gone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from vivomap.core import Measurement, Provenance, Study

Sizes = Mapping[str, float]  # mm, or SULpeak, by lesion
FIRST, APART = date(2026, 1, 1), timedelta(weeks=8)
SCANNER = (("manufacturer", "Maker"), ("model", "M1"), ("serial", "77"), ("software", "v2"))
LEAN = "g/ml{SUVlbm}"
RECIST = "RECIST 1.1, Eisenhauer et al., Eur J Cancer 2009; EORTC questions and answers"
PERCIST = "PERCIST 1.0, Wahl et al., J Nucl Med 2009; limits as tabled in PMC4377159"
HAIR = 1e-9  # less than any size is written to


class Case(NamedTuple):
    """A case: what it shows, its visits, oldest first, the label of the last, and where it was published."""

    name: str
    visits: tuple[Study, ...]
    label: str
    source: str


def recist() -> tuple[Case, ...]:
    """The worked examples of RECIST 1.1, and each limit from both sides."""
    first, gone = {"liver_1": 40.0, "lung_1": 22.0, "node_1": 18.0}, {"liver_1": 0.0, "lung_1": 0.0, "node_1": 9.0}
    examples: tuple[tuple[str, Sequence[Sizes], str], ...] = (
        ("80 to 47 mm, -41 %", (first, {"liver_1": 26.0, "lung_1": 12.0, "node_1": 9.0}), "PR"),
        ("all gone, node normal", (first, gone), "CR"),
        ("node back after CR", (first, gone, {**gone, "node_1": 12.0}), "PD"),
        ("between both limits", _sums(100, 60, 71), "SD"),
        ("+22.5 % but +4.5 mm", _sums(20, 24.5), "SD"),
        ("new lesion at -35 %", ({"lung_1": 100.0}, {"lung_1": 65.0, "liver_1": 12.0}), "PD"),
        ("-29.9 %, not rounded", _sums(100, 70.1), "SD"),
        ("-30 %", _sums(100, 70), "PR"),
        ("a hair above -30 %", _sums(100, 70 + HAIR), "SD"),
        ("+20 %", _sums(100, 120), "PD"),
        ("a hair below +20 %", _sums(100, 120 - HAIR), "SD"),
        ("+5 mm of 20 mm", _sums(20, 25), "PD"),
        ("a hair below +5 mm", _sums(20, 25 - HAIR), "SD"),
        ("counted from the nadir", _sums(50, 30, 36), "PD"),
        ("10.1 to 7.07 mm, exactly -30 %", _sums(10.1, 7.07), "PR"),
        ("33.7 to 40.44 mm, exactly +20 %", _sums(33.7, 40.44), "PD"),
    )
    return tuple(Case(name, _visits(rows, "long_axis", "mm"), label, RECIST) for name, rows, label in examples)


def percist() -> tuple[Case, ...]:
    """The worked examples of PERCIST 1.0, and each limit from both sides."""
    examples: tuple[tuple[str, Sequence[Sizes], str], ...] = (
        ("8.0 to 5.4, -32.5 %", _peaks(8.0, 5.4), "PMR"),
        ("2.0 to 1.3, -35 % but -0.7", _peaks(2.0, 1.3), "SMD"),
        ("5.0 to 6.6, +32 %", _peaks(5.0, 6.6), "PMD"),
        ("-30 %", _peaks(10.0, 7.0), "PMR"),
        ("a hair above -30 %", _peaks(10.0, 7.0 + HAIR), "SMD"),
        ("+30 %", _peaks(10.0, 13.0), "SMD"),
        ("a hair above +30 %", _peaks(10.0, 13.0 + HAIR), "PMD"),
        ("3.3 to 2.31, exactly -30 %", _peaks(3.3, 2.31), "PMR"),
        ("-0.8", _peaks(2.0, 1.2), "PMR"),
        ("a hair above -0.8", _peaks(2.0, 1.2 + HAIR), "SMD"),
        ("+0.8", _peaks(2.0, 2.8), "PMD"),
        ("a hair below +0.8", _peaks(2.0, 2.8 - HAIR), "SMD"),
        ("new lesion at -50 %", ({"a": 8.0}, {"a": 4.0, "b": 3.0}), "PMD"),
        ("gone", ({"a": 8.0}, {}), "CMR"),
    )
    return tuple(Case(name, _visits(rows, "sul_peak", LEAN), label, PERCIST) for name, rows, label in examples)


def _sums(*mm: float) -> tuple[Sizes, ...]:
    return tuple({"lung_1": each} for each in mm)


def _peaks(*sul: float) -> tuple[Sizes, ...]:
    return tuple({"a": each} for each in sul)


def _visits(rows: Sequence[Sizes], name: str, unit: str) -> tuple[Study, ...]:
    """A visit for each row; nodes by their short axis, uptakes beside the liver of a healthy patient."""
    visits = []
    for k, sizes in enumerate(rows):
        at = FIRST + k * APART
        facts = [_number("short_axis" if "node" in who else name, size, unit, who, at) for who, size in sizes.items()]
        if unit == LEAN:
            facts.append(_number("liver_sul", 1.0, LEAN, "", at, (("sd", 0.1),)))
        gone = {who for row in rows[:k] for who in row} - set(sizes)
        visits.append(Study("paper", at, facts=tuple(facts), searched=tuple(sorted(gone))))
    return tuple(visits)


def _number(
    name: str, value: float, unit: str, who: str, at: date, settings: tuple[tuple[str, str | float], ...] = SCANNER
) -> Measurement:
    return Measurement(name, value, unit, 0.0, who, at, Provenance("table", "1", settings=settings))
