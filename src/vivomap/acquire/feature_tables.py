"""A table of features that was written before: which subject, which scan, which feature, by which card of processing.

CSV with the columns subject, scan, feature and value; region, card, image and unit where they are known. Numbers that
were made by two cards are never put beside each other.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vivomap.acquire.tables import Row, good_lines, needed
from vivomap.core import Held, Refusal
from vivomap.core.image import Array

COLUMNS = ("subject", "scan", "feature", "value")
Subject = tuple[str, str]  # the person, and the region


@dataclass(frozen=True)
class Line:
    """One feature of one region at one scan."""

    subject: Subject
    scan: str
    feature: str
    value: float
    card: str = ""
    image: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Repeats:
    """Features (subject, scan) of the subjects that have every scan, and what was left out, with its reason."""

    subjects: tuple[Subject, ...]
    features: dict[str, Array]
    left_out: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class FeatureTable:
    """The lines of a table that are whole, and those that are not."""

    lines: tuple[Line, ...]
    held: tuple[Held, ...]

    @property
    def card(self) -> str:
        """The card of processing of all lines; "" where none is said."""
        return self.lines[0].card

    @property
    def image(self) -> str:
        """The kind of image of all lines; "" where none is said."""
        return self.lines[0].image

    @property
    def units(self) -> dict[str, str]:
        """The unit of each feature; "" where none is said."""
        said = {line.feature: line.unit for line in self.lines if line.unit}
        return {line.feature: said.get(line.feature, "") for line in self.lines}

    def scans(self, subject: Subject) -> tuple[str, ...]:
        """The scans of a subject, in their order: days by date, others as they are written."""
        return tuple(sorted({line.scan for line in self.lines if line.subject == subject}))

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """Every person and region, in the order of the table."""
        return tuple(dict.fromkeys(line.subject for line in self.lines))

    def features(self, subject: Subject, scan: str) -> dict[str, float]:
        """Every feature of one scan."""
        return {line.feature: line.value for line in self.lines if (line.subject, line.scan) == (subject, scan)}

    def repeats(self) -> Repeats:
        """The features that every subject with as many scans as most has at every scan."""
        every = {s: self.scans(s) for s in self.subjects}
        many = Counter(len(scans) for scans in every.values() if len(scans) > 1).most_common(1)
        if not many:
            raise Refusal("too_few_repeats", "no subject was scanned twice", expected="two scans of one subject")
        count = many[0][0]
        kept = {s: scans for s, scans in every.items() if len(scans) == count}
        gone = [(" ".join(filter(None, s)), f"{len(n)} scans, not {count}") for s, n in every.items() if s not in kept]
        found = {(line.subject, line.scan, line.feature): line.value for line in self.lines}
        features: dict[str, Array] = {}
        for name in dict.fromkeys(line.feature for line in self.lines):
            table = [[found.get((s, scan, name)) for scan in scans] for s, scans in kept.items()]
            if any(value is None for row in table for value in row):
                gone.append((name, "not read at every scan"))
            else:
                features[name] = np.array(table, float)
        return Repeats(tuple(kept), features, tuple(gone))


def read_features(path: Path) -> FeatureTable:
    """The table of a file. Raises Refusal if it is no such table, is empty, or mixes cards, kinds of image or units."""
    lines, held = good_lines(path, COLUMNS, _line)
    if not lines:
        raise Refusal("bad_table", "the table holds no feature", where=str(path), expected=", ".join(COLUMNS))
    _once(lines, path)
    for what, said in (("cards", {n.card for n in lines}), ("kinds of image", {n.image for n in lines})):
        if len(said) > 1:
            found = ", ".join(sorted(said))
            summary = f"features made by several {what} are not held beside each other"
            raise Refusal("not_comparable", summary, where=str(path), found=found, expected="one")
    _one_unit(lines, path)
    return FeatureTable(lines, held)


def _one_unit(lines: Sequence[Line], path: Path) -> None:
    """Raises Refusal if a feature has one unit on one line and another on the next."""
    units: dict[str, str] = {}
    for name, unit in ((line.feature, line.unit) for line in lines if line.unit):
        if units.setdefault(name, unit) != unit:
            summary, found = "a feature stands there in two units", f"{name}: {units[name]}, {unit}"
            raise Refusal("not_comparable", summary, where=str(path), found=found, expected="one")


def _once(lines: Sequence[Line], path: Path) -> None:
    """Raises Refusal if a feature of a scan stands there twice."""
    (most, times), *_ = Counter((n.subject, n.scan, n.feature) for n in lines).most_common(1)
    if times > 1:
        raise Refusal(
            "bad_table", "a feature of a scan stands there twice", where=str(path), found=f"{most[2]}, {most[1]}"
        )


def _line(row: Row) -> Line:
    text = needed(row, "value")
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise Refusal("bad_line", "the column 'value' is no number")
    subject = (needed(row, "subject"), row.get("region", ""))
    said = (row.get(name, "") for name in ("card", "image", "unit"))
    return Line(subject, needed(row, "scan"), needed(row, "feature"), value, *said)
