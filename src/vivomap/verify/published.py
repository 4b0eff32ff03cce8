"""The rows of published values: those that are shipped as a table, and sets that lie in a folder of reference data."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from vivomap.core import Refusal, discover
from vivomap.verify.row import Absent, Row
from vivomap.verify.trial import maker

VARIABLE = "VIVOMAP_DATA"  # the folder of reference sets that are not shipped


class Point(NamedTuple):
    """One value of a reference set: what was published, what we find, how far apart they may lie, and the unit.

    `misses` marks a method that is known to be wrong: its row holds if it lies further from the truth than that.
    """

    name: str
    truth: float
    result: float
    tolerance: float
    unit: str = "1"
    misses: bool = False


@dataclass(frozen=True)
class Reference:
    """A reference set: the family that it proves, where it lies below the folder of reference data ("" if it is made
    anew), what computes its points from that place, and its source with its licence."""

    name: str
    family: str
    place: str
    compute: Callable[[Path], tuple[Point, ...]]
    source: str


def shipped() -> tuple[Row, ...]:
    """The rows of the table that is shipped."""
    table = tomllib.loads((files(__package__) / "published.toml").read_text(encoding="utf-8"))
    return tuple(map(_shipped, table["row"]))


def _shipped(line: dict[str, Any]) -> Row:
    try:
        found = maker(line["call"])(*line["arguments"])
        result = float(found[line["part"]] if "part" in line else found) * line.get("factor", 1)
    except Exception as broken:  # a proof must say that something broke, whatever it was
        return _broken(line["family"], line["name"], line["source"], broken)
    point = Point(line["name"], line["truth"], result, line["tolerance"], line["unit"])
    return _row(line["family"], point, line["source"])


def of_set(reference: Reference, folder: Path | None) -> tuple[Row, ...] | Absent:
    """The rows of a reference set, or that it is not at hand."""
    place = Path() if not reference.place else folder / reference.place if folder else None
    if place is None or not place.exists():
        return Absent(reference.name, reference.source, f"not at hand: set {VARIABLE} to the folder that holds it")
    try:
        return tuple(_row(reference.family, point, reference.source) for point in reference.compute(place))
    except Exception as broken:  # likewise
        return (_broken(reference.family, reference.name, reference.source, broken),)


def sets() -> dict[str, Reference]:
    """Every reference set: adding a file with a card adds one."""
    return discover("vivomap.verify.references", Reference)


def data_folder() -> Path | None:
    """The folder of reference data, where one is named."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else None


def _row(family: str, point: Point, source: str) -> Row:
    near = abs(point.result - point.truth) <= point.tolerance
    right = near is not point.misses
    if point.misses:
        why = "a wrong method, shown missing the truth" if right else "a wrong method is not told from the right one"
    else:
        why = "" if right else "further from the published value than its tolerance"
    return Row(
        family, point.name, point.truth, point.result, point.unit, tolerance=point.tolerance, source=source, ok=right,
        reason=why,
    )  # fmt: skip


def _broken(family: str, name: str, source: str, broken: Exception) -> Row:
    said = broken.summary if isinstance(broken, Refusal) else f"{type(broken).__name__}: {broken}"
    return Row(family, name, None, None, source=source, reason=f"it broke: {said}")
