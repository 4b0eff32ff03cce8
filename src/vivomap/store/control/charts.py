"""Whether a scanner was in control on a day: its phantom's values in order, their limits, and what lies outside.

A value is out where it lies beyond the action limits about its target, beyond three sigma of the first `BASELINE`
checks, or where the sum of what goes one way (CUSUM) has said that the scanner drifts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from statistics import median

from vivomap.core import Flag, Image, Study, spoken
from vivomap.core.quality import KIND_OF, Check, scanner_of
from vivomap.maths.control import Control, baseline, drifting, outside
from vivomap.store.control.rules import Rule

BASELINE = 8  # project: checks before three sigma are known
FINEST = 6.0  # project: sigma is at least the action limit over this, so that a quiet phantom does not cry
OUT, OVERDUE = "out_of_control", "check_overdue"


@dataclass(frozen=True)
class Line:
    """One part of a phantom on one scanner: its checks by day, what is wrong with each, and the limits."""

    scanner: str
    kind: str
    quantity: str
    checks: tuple[Check, ...]
    faults: tuple[str, ...]
    rule: Rule
    control: Control | None

    @property
    def unit(self) -> str:
        return self.checks[-1].unit

    def at(self, day: date) -> tuple[Check, str] | None:
        """The last check up to a day, and what was wrong with it; None where there was none."""
        before = [(c, f) for c, f in zip(self.checks, self.faults, strict=True) if c.day <= day]
        return before[-1] if before else None


def lines(checks: Iterable[Check], rules: Sequence[Rule]) -> tuple[Line, ...]:
    """The lines of all scanners; of two checks of one day both stand, in the order in which they were put down."""
    found: dict[tuple[str, str, str], list[Check]] = {}
    for check in checks:
        found.setdefault((check.scanner, check.kind, check.quantity), []).append(check)
    return tuple(_line(key, sorted(mine, key=lambda c: c.day), rules) for key, mine in sorted(found.items()))


def flags(known: Iterable[Line], image: Image, day: date | None) -> tuple[Flag, ...]:
    """What the checks of an image's scanner say of the day on which it was taken; nothing where there are none."""
    kind, when = KIND_OF.get(image.role), image.day or day
    if kind is None or when is None:
        return ()
    mine = [line for line in known if line.kind == kind and line.scanner == scanner_of(image)]
    last = [(line, *found) for line in mine if (found := line.at(when)) is not None]
    wrong = tuple(Flag(OUT, f"{line.quantity} of {line.scanner}, {fault}") for line, _, fault in last if fault)
    return (*wrong, *_overdue([(line, check) for line, check, _ in last], when))


def watched(study: Study, known: Sequence[Line]) -> Study:
    """The study with what its scanners' checks say on each image: so it is on record with the numbers made of it.

    What earlier checks said gives way: a check may have come later than the images.
    """
    if not known:
        return study
    images = tuple(_with(image, flags(known, image, study.day)) for image in study.images)
    return replace(study, images=images)


def _with(image: Image, now: tuple[Flag, ...]) -> Image:
    kept = tuple(f for f in image.flags if f.code not in (OUT, OVERDUE))
    return image if (*kept, *now) == image.flags else replace(image, flags=(*kept, *now))


def _overdue(last: Sequence[tuple[Line, Check]], when: date) -> tuple[Flag, ...]:
    """A warning if the newest check of the scanner is older than its interval."""
    if not last:
        return ()
    line, newest = max(last, key=lambda pair: pair[1].day)
    days, due = (when - newest.day).days, min(one.rule.due_days for one, _ in last)
    if days <= due:
        return ()
    return (Flag(OVERDUE, f"{line.scanner}: last checked {newest.day}, {days} days before, due every {due}"),)


def _line(key: tuple[str, str, str], checks: list[Check], rules: Sequence[Rule]) -> Line:
    scanner, kind, quantity = key
    rule = next((r for r in rules if r.holds(kind, quantity, scanner)), Rule(kind))
    values = [c.value for c in checks]
    floor = max(median(c.uncertainty for c in checks), (rule.action or 0.0) / FINEST)
    control = baseline(values[:BASELINE], floor) if len(values) >= BASELINE else None
    beyond = [_beyond(check, rule) for check in checks]
    wide = outside(values, control) if control else [False] * len(values)
    slow = drifting(values, control) if control else [False] * len(values)
    each = zip(checks, beyond, wide, slow, strict=True)
    return Line(
        scanner, kind, quantity, tuple(checks), tuple(_fault(*one, rule, control) for one in each), rule, control
    )


def _beyond(check: Check, rule: Rule) -> bool:
    target = rule.target
    return target is not None and rule.action is not None and abs(check.value - target) > rule.action


def _fault(check: Check, beyond: bool, wide: bool, slow: bool, rule: Rule, control: Control | None) -> str:
    """What is wrong with a check, in words; "" where nothing is."""
    said = f"{check.value:.4g} ± {check.uncertainty:.2g} {spoken(check.unit)} on {check.day}".replace("  ", " ")
    if beyond and rule.target is not None and rule.action is not None:
        return f"{said}: action limits {rule.target - rule.action:.4g} to {rule.target + rule.action:.4g}"
    if wide and control is not None:
        low, high = control.limits
        return f"{said}: outside three sigma, {low:.4g} to {high:.4g}"
    return f"{said}: drifting from {control.centre:.4g}" if slow and control is not None else ""
