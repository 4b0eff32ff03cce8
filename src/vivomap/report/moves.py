"""A change as a person reads it: by how much, with its 95 % interval, and whether that is more than error.

The interval of the true difference is the limits of no change laid around the difference seen (methods B1, B2).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from vivomap.core import Change, identify
from vivomap.report.words import BURDEN, SIZE, Z95, Shown, chance, number, places, reading, scale


@dataclass(frozen=True)
class Moved:
    """A change as it is printed: `amount` with its interval in `unit`, from where to where, and what it reads as."""

    amount: Shown
    low: Shown
    high: Shown
    unit: str
    before: Shown
    after: Shown
    value_unit: str
    chance: Shown
    word: str
    meaning: str


def interval(change: Change) -> tuple[float, float]:
    """The 95 % interval of the true difference, in the unit of the numbers: the limits of no change laid around it.

    Limits that are symmetric as ratios (methods B1, log limits) are laid around the ratio. What begins above zero and
    counts from zero cannot fall by more than all of itself.
    """
    first, last = change.before.value, change.after.value
    least = -first if relative(change) else -math.inf
    if first > 0 and last > 0 and change.low > -first:
        down, up = 1 + change.low / first, 1 + change.high / first
        if math.isclose(down * up, 1, abs_tol=1e-6):
            return last / up - first, last / down - first
    return max(change.difference - change.high, least), change.difference - change.low


def no_change(change: Change) -> tuple[Shown, Shown]:
    """The values between which the later number would read as no change, to the place of the earlier one."""
    factor, claim = scale(change.after.unit)[0], identify(change)
    low, high = ((change.before.value + limit) * factor for limit in (change.low, change.high))
    digits = places(Z95 * change.before.uncertainty * factor, change.before.value * factor)
    return Shown(number(low, digits), claim, "still_low"), Shown(number(high, digits), claim, "still_high")


def relative(change: Change) -> bool:
    """Whether a change is told in percent: where zero means none of it, and there was some."""
    return change.before.value > 0 and change.after.unit not in ("%", "[hnsf'U]", "{score}", "deg")


def moved(change: Change) -> Moved:
    """A change in words."""
    claim = identify(change)
    low, high = interval(change)
    value_unit = scale(change.after.unit)[1]
    if relative(change):
        factor, unit, part = 100 / change.before.value, "%", "percent"
    else:
        factor, part = scale(change.after.unit)[0], "difference"
        unit = value_unit
    digits = places((high - low) / 2 * factor, change.difference * factor)
    word, meaning = reads(change)
    return Moved(
        Shown(number(change.difference * factor, digits, True), claim, part),
        Shown(number(low * factor, digits, True), claim, f"{part}_low"),
        Shown(number(high * factor, digits, True), claim, f"{part}_high"),
        unit,
        reading(change.before).value,
        reading(change.after).value,
        value_unit,
        Shown(chance(change.chance_real), claim, "chance"),
        word,
        meaning,
    )


def reads(change: Change) -> tuple[str, str]:
    """What a change reads as, and which meaning carries its shape: up, down, worse, better or same."""
    if not change.real:
        return "within error", "same"
    if change.after.value == 0 and SIZE.search(change.name):
        return "gone", "better"
    up = change.difference > 0
    word = ("larger" if up else "smaller") if SIZE.search(change.name) else ("higher" if up else "lower")
    if BURDEN.search(change.name):
        return word, "worse" if up else "better"
    return word, "up" if up else "down"
