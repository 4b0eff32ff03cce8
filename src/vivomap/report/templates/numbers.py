"""What a number slot says: the number with its unit, or that it was not measured and why.

Every printed value carries its unit, rounded as on the page; `exact` and `u` have all their digits. Of a number that a
lesion has several times, on several images, each is said.
"""

from __future__ import annotations

from typing import NamedTuple

from vivomap.core import Change, Measurement, Missing, identify, spoken
from vivomap.core.quality import beside
from vivomap.report.forms import Filed
from vivomap.report.moves import moved, no_change
from vivomap.report.naming import concept
from vivomap.report.templates.slots import CHANGES
from vivomap.report.templates.syntax import Slot
from vivomap.report.words import day, reading, scale

OR = " / "


class Said(NamedTuple):
    """The words of a slot, and the numbers that they are of; none where nothing was measured."""

    text: str
    of: tuple[Measurement, ...] = ()


def number(filed: Filed, slot: Slot, lesion: str) -> Said:
    """A biomarker of a lesion at this visit, "" being the patient."""
    found = tuple(c for c in filed.story.course.of(Measurement) if (c.region, c.name) == (lesion, slot.name))
    if not found:
        return Said(f"not measured: {_why(filed, lesion, slot.name, 'number')}")
    change = filed.story.change_of(lesion, slot.name)
    if slot.part in CHANGES or slot.part in ("reads", "chance", "before", "still_low", "still_high", "limits"):
        if change is None:
            return Said(_unchanged(filed, lesion, slot.name))
        return Said(_of_change(change, slot.part), found)
    return Said(OR.join(_of_number(m, slot.part) for m in found), found)


def _of_number(m: Measurement, part: str) -> str:
    said = reading(m)
    match part:
        case "day":
            return day(m.day)
        case "code":
            code = concept(m.name)
            return f"{code.scheme} {code.value}"
        case "claim":
            return identify(m)
        case "exact":
            return _with(repr(float(m.value) + 0.0), spoken(m.unit))
        case "u":
            return _with(repr(float(m.uncertainty) + 0.0), spoken(m.unit))
        case "":
            marks = "".join(f" [{code}]" for code in beside(m.flags))
            return _with(f"{said.value} ± {said.half}", said.unit) + marks
    return _with(str(getattr(said, part)), said.unit)


def _of_change(change: Change, part: str) -> str:
    said = moved(change)
    unit = scale(change.after.unit)[1]
    match part:
        case "change":
            chance = f"P (real change) {said.chance}"
            return f"{_with(str(said.amount), said.unit)} ({said.low} to {said.high}; {said.word}, {chance})"
        case "change_value":
            return _with(str(said.amount), said.unit)
        case "change_low" | "change_high":
            return _with(str(getattr(said, part.removeprefix("change_"))), said.unit)
        case "reads":
            return said.word
        case "chance":
            return str(said.chance)
        case "before":
            return _with(str(said.before), unit)
        case "limits":
            return change.limits or "not stated"
    low, high = no_change(change)
    return _with(str(low if part == "still_low" else high), unit)


def _unchanged(filed: Filed, lesion: str, name: str) -> str:
    """Why a number has no change."""
    if filed.story.refused(lesion, name):
        return f"not compared: {_why(filed, lesion, name, 'change')}"
    return "none yet, first value"


def _why(filed: Filed, lesion: str, name: str, what: str) -> str:
    missing: Missing | None = filed.story.refused(lesion, name, what)
    if missing:
        return f"{filed.story.says(missing.reason)} ({missing.code})"
    return "not asked for at this visit"


def _with(value: str, unit: str) -> str:
    return f"{value} {unit}".strip()
