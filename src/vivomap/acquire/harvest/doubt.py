"""The uncertainty that a report states beside a number, as one standard uncertainty; None where it states none.

    u               as vivomap writes it (99VIVOMAP STD_UNCERTAINTY)
    u = s           a standard deviation or standard error below the number
    u = a / sqrt(3) a range of uncertainty, plus or minus a, whose level is not said (JCGM 100:2008, 4.3.7)

The standard does not say what level a range of uncertainty (TID 310) has. A rectangle is the widest reading that still
has a reason. The spread of voxels beside a mean (TID 311, TID 1419) stands in the group, not below the number, and is
never taken for its uncertainty.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from vivomap.acquire.harvest.complaints import Book
from vivomap.acquire.harvest.concepts import OWN, SPREAD
from vivomap.acquire.harvest.tree import Node
from vivomap.acquire.harvest.value import Value, value_of
from vivomap.core import Flag, Refusal

STANDARD = ("STD_UNCERTAINTY", OWN)
BOTH, LOWER, UPPER = ("371884006", "SCT"), ("371885007", "SCT"), ("371886008", "SCT")
DEVIATION = (SPREAD, ("113061", "DCM"))
ERROR = re.compile(r"standard (error|uncertainty)|\bSEM\b", re.IGNORECASE)
RECTANGLE = Flag("coverage_unsaid", "the report gives a range of uncertainty without its level; read as a rectangle")
DEVIATED = Flag("deviation_as_doubt", "the report gives a standard deviation; it was read as one standard uncertainty")


class Doubt(NamedTuple):
    """A standard uncertainty, None where none is stated; where it comes from, and what must be said of it."""

    value: float | None = None
    source: str = "not stated"
    flags: tuple[Flag, ...] = ()


def doubt_of(node: Node, number: Value, book: Book) -> Doubt:
    """What the report states of the uncertainty of a number."""
    below = [c for c in node.children if c.kind == "NUM"]
    for child in below:
        if child.key == STANDARD and (u := _stated(child, number, book)) is not None:
            return Doubt(u, "stated: standard uncertainty")
    for child in below:
        if child.concept and ERROR.search(child.concept.meaning) and (u := _stated(child, number, book)) is not None:
            return Doubt(u, f"stated: {child.concept.meaning.lower()}")
    half = _half_range(below, number, book)
    if half is not None:
        return Doubt(half / math.sqrt(3), "stated: range of uncertainty", (RECTANGLE,))
    for child in below:
        if child.key in DEVIATION and (u := _stated(child, number, book)) is not None:
            return Doubt(u, "stated: standard deviation", (DEVIATED,))
    return Doubt()


def is_doubt(node: Node) -> bool:
    """Whether a NUM item says something of the uncertainty of another."""
    known = node.key in (STANDARD, BOTH, LOWER, UPPER, *DEVIATION)
    return known or bool(node.concept and ERROR.search(node.concept.meaning))


def _half_range(below: list[Node], number: Value, book: Book) -> float | None:
    """Half of the range around the number; of two unequal sides their mean, with the same rectangle."""
    sides: list[float] = []
    for child in below:
        if child.key in (BOTH, LOWER, UPPER) and (a := _stated(child, number, book)) is not None:
            sides += [a, a] if child.key == BOTH else [a]
    return sum(sides) / len(sides) if sides else None


def _stated(child: Node, number: Value, book: Book) -> float | None:
    """A doubt in the unit of its number; percent is of the number. None where it cannot be carried."""
    try:
        found = value_of(child, book)
    except Refusal:
        book.note("doubt_unit", child.place)
        return None
    value = abs(found.value)
    if found.unit == "%" != number.unit:
        value *= abs(number.value) / 100
    elif found.unit != number.unit:
        book.note("doubt_unit", child.place, found.unit)
        return None
    return value if math.isfinite(value) else None
