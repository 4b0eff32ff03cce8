"""Whether two numbers may be compared: one scanner, one software, one method; else the reason why not.

The same means an equal manufacturer, model, serial number and software (rule N6, methods B1). A missing serial number
counts as different, unless a person has affirmed that scans with this description come from one scanner.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from vivomap.core import FLAGGED, Affirmed, Asked, Biomarker, Flag, Measurement, Treatment
from vivomap.core.acquisition import CODE, COMPARISON, differ, shown

SCANNER = ("manufacturer", "model", "software")
METHOD = (  # settings that make another method of the same function
    ("kernel", "the reconstruction kernel"),
    ("map", "the maker of the map"),
    ("fit", "the fit"),
    ("b_values", "the set of b-values"),
)
THICKNESS_MM = 0.1  # project: slices that differ by more are named, since thickness alone can move a size


def differences(before: Measurement, after: Measurement, scanners: Iterable[Affirmed] = ()) -> tuple[str, ...]:
    """Why two numbers do not come from one scanner and one method; nothing where they do."""
    return (*_scanner(before, after, tuple(scanners)), *_method(before, after))


def never(before: Measurement, after: Measurement, card: Biomarker | None = None) -> str:
    """Why two numbers are not held against each other whatever the limits.

    Another unit, another kind of image, or one of them was taken otherwise than its card asks, and the other was not.
    """
    if before.unit != after.unit:
        return f"{after.name} is in {before.unit}, then in {after.unit}"
    kind = next(_unequal(before, after, "role", "the kind of image"), "")
    return kind or next(_off_protocol(before, after, card.acquisition if card else ()), "")


def both_off(before: Measurement, after: Measurement) -> tuple[str, ...]:
    """What both numbers were taken alike with, and otherwise than their card asks: no limit of its own holds there."""
    first, last = (_incomparable(m) for m in (before, after))
    return tuple(reason for reason in first if reason in last)


def _incomparable(m: Measurement) -> tuple[str, ...]:
    return tuple(f.reason for f in m.flags if f.code == CODE and f.denies == COMPARISON)


def _off_protocol(before: Measurement, after: Measurement, asked: tuple[Asked, ...]) -> Iterator[str]:
    """One number off its protocol and the other not, or two visits that differ by more than the card allows."""
    first, last = (_incomparable(m) for m in (before, after))
    yield from (f"at the earlier visit {reason}" for reason in first if reason not in last)
    yield from (f"at this visit {reason}" for reason in last if reason not in first)
    yield from _moved(before, after, (a for a in asked if a.consequence != FLAGGED))


def serial(before: Measurement, after: Measurement) -> str:
    """What is wrong with the serial numbers of two scanners; nothing where they are equal."""
    first, last = (m.provenance.text("serial") for m in (before, after))
    if first and last:
        return "" if first == last else "the serial numbers differ"
    where = "at either visit" if not first and not last else "at the earlier visit" if last else "at this visit"
    return f"no serial number {where}, so the scanner cannot be shown to be the same"


def warnings(before: Measurement, after: Measurement, asked: tuple[Asked, ...] = ()) -> tuple[Flag, ...]:
    """What may have moved a number although scanner and method are the same."""
    first, last = (m.provenance.text("slice_thickness_mm") for m in (before, after))
    apart = tuple(Flag(CODE, said) for said in _moved(before, after, (a for a in asked if a.consequence == FLAGGED)))
    if not first or not last or abs(float(first) - float(last)) <= THICKNESS_MM:
        return apart
    return (Flag("slice_thickness_changed", f"slices of {float(first):g} mm, then of {float(last):g} mm"), *apart)


def _moved(before: Measurement, after: Measurement, asked: Iterable[Asked]) -> Iterator[str]:
    """What is said of each setting that differs by more than the card allows."""
    for a in asked:
        one, two = (dict(m.provenance.settings).get(a.setting) for m in (before, after))
        if one is not None and two is not None and differ(a, one, two):
            yield f"{a.name} is {shown(one)}, then {shown(two)}, asked is {a.wanted}"


def treated(all_of_them: Iterable[Treatment], before: date, after: date) -> tuple[Treatment, ...]:
    """The treatments that lay between two days, or may have: one without a start is kept unless it ended before."""
    between = (t for t in all_of_them if _lay_between(t, before, after))
    return tuple(sorted(between, key=lambda t: (t.start or date.min, t.end or date.max, t.what, t.source)))


def untold(treatments: Iterable[Treatment]) -> tuple[Flag, ...]:
    """A warning where it is not known when a treatment began."""
    names = sorted({t.what for t in treatments if t.start is None})
    reason = f"it is not known when {', '.join(names)} began, so it may explain a change or not"
    return (Flag("unknown_treatment", reason),) if names else ()


def _lay_between(treatment: Treatment, before: date, after: date) -> bool:
    start, end = treatment.start, treatment.end
    if start is None:
        return end is None or end > before
    return start < after and (end is None or end > before or start >= before)


def _scanner(before: Measurement, after: Measurement, scanners: tuple[Affirmed, ...]) -> tuple[str, ...]:
    told = [tuple(m.provenance.text(word) for word in SCANNER) for m in (before, after)]
    differing = tuple(reason for word in SCANNER for reason in _unequal(before, after, word, f"the {word}"))
    affirmed = any((a.manufacturer, a.model, a.software) == told[0] == told[1] for a in scanners)
    number = serial(before, after)
    if affirmed and not all(m.provenance.text("serial") for m in (before, after)):
        number = ""
    return (*differing, number) if number else differing


def _method(before: Measurement, after: Measurement) -> tuple[str, ...]:
    one, other = before.provenance.maker, after.provenance.maker
    made = (f"the method differs ({one}, then {other})",) if one != other else ()
    return (*made, *(reason for word, what in METHOD for reason in _unequal(before, after, word, what)))


def _unequal(before: Measurement, after: Measurement, word: str, what: str) -> Iterator[str]:
    first, last = (m.provenance.text(word) for m in (before, after))
    if first != last:
        yield f"{what} differs ({first or 'not stated'}, then {last or 'not stated'})"
