"""Is the change real? Limits of no change, and the chance that the true value moved in the direction seen.

Percent limits (methods B1), with wCV = RC / 2.77 and s = sqrt(ln(1 + wCV^2)), for a number x:

    low = x (exp(-2.77 s) - 1)      high = x (exp(+2.77 s) - 1)      ln(x2/x1) has the variance v = 2 s^2

Absolute limits are -RC and +RC, and x2 - x1 has the variance v = (RC / 1.96)^2. Where a number is zero or negative a
ratio does not exist: then RC percent of the larger of the two is read as an absolute limit. Where the uncertainties
of the two numbers ask for more than these limits, they govern. The chance (B2) is that of a normal law about the
difference seen, without a prior; of Student's law where a test-retest study of at least 35 subjects is named.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from vivomap.core import Biomarker, Change, Course, Limits, Match, Measurement, Missing, Pathway, Refusal
from vivomap.maths import statistics as maths
from vivomap.maths.statistics import Part
from vivomap.track.comparable import both_off, differences, never, treated, untold, warnings

TRUE, PROBABLE = 0.95, 0.80  # methods B2: the words for a chance


@dataclass(frozen=True)
class Bounds:
    """How far a number moves when nothing changed, in its unit; the chance of the direction seen; whose limits."""

    low: float
    high: float
    chance: float
    basis: str


def reads(change: Change) -> str:
    """What a change reads as: larger, smaller, or within measurement error."""
    if not change.real:
        return "within measurement error"
    return "larger" if change.difference > 0 else "smaller"


def certainty(change: Change) -> str:
    """The word for its chance: true, probable, or not distinguishable from measurement error."""
    if change.chance_real >= TRUE:
        return "true"
    return "probable" if change.chance_real >= PROBABLE else "not distinguishable from measurement error"


def chance_of_fall(
    before: float, after: float, wcv: float, beyond: float = 0.0, prior: Sequence[Part] = (), subjects: int = 0
) -> float:
    """Chance that the true ratio fell by more than the fraction `beyond`; wCV as a fraction, numbers positive.

    The prior is one of ln ratios, from local data. Without one, `subjects` of the study behind the wCV, where given,
    make the law Student's.
    """
    seen, variance, limit = math.log(after / before), 2 * maths.log_variance(wcv), math.log1p(-beyond)
    if subjects and not prior:
        return maths.student_below(seen, variance, limit, subjects)
    return maths.chance_below(maths.posterior(seen, variance, prior), limit)


def chance_of_rise(
    before: float, after: float, wcv: float, beyond: float = 0.0, prior: Sequence[Part] = (), subjects: int = 0
) -> float:
    """Chance that the true ratio rose by more than the fraction `beyond`."""
    mirrored = tuple(Part(p.weight, -p.mean, p.sd) for p in prior)
    return chance_of_fall(after, before, wcv, beyond / (1 + beyond), mirrored, subjects)


def bounds(before: Measurement, after: Measurement, limits: Limits, coefficient: float) -> Bounds:
    """The limits of no change for two numbers. Raises Refusal if the limits are in another unit than the numbers."""
    if limits.kind not in ("%", after.unit):
        raise Refusal("bad_setting", f"the limits of {limits.name} are in {limits.kind}, its numbers in {after.unit}")
    used, basis, freedom = _coefficient(limits, coefficient)
    if limits.kind == "%" and min(before.value, after.value) > 0:
        return _ratio(before, after, used / 100, basis, freedom)
    if limits.kind == "%":
        used *= max(abs(before.value), abs(after.value)) / 100
        basis += "; read as an absolute limit, since a ratio needs two numbers above zero"
    return _difference(before, after, used, basis, freedom)


def compare_one(course: Course, pathway: Pathway, after: Measurement, card: Biomarker) -> Change | None:
    """One number of this visit against its reference; None where there is no earlier visit to look to.

    Raises Refusal if the two may not be compared, or if nobody has measured how far such numbers move.
    """
    limits = card.real_change
    if limits is None or not course.past:
        return None
    before = _reference(course, after, pathway.against)
    if before is None or before.day is None or after.day is None:
        return None
    other_kind = never(before, after, card)
    if other_kind:
        raise Refusal("not_comparable", other_kind)
    why = (*differences(before, after, pathway.scanners), *both_off(before, after))
    coefficient = _known(limits, _sites(course, after, pathway), not why)
    if coefficient is None and why:
        raise Refusal("not_comparable", "; ".join((*why, "no reproducibility limit is known")))
    if coefficient is None:
        raise Refusal("no_limits", f"nobody has shown how far {after.name} moves here when nothing changed")
    found = bounds(before, after, limits, coefficient)
    kind = f"reproducibility ({'; '.join(why)})" if why else "repeatability, same scanner"
    between = treated(course.treatments(), before.day, after.day)
    flags = (*warnings(before, after, card.acquisition), *untold(between))
    text = f"{kind}: {found.basis}"
    return Change(before, after, found.low, found.high, between, found.chance, text, flags)


def _reference(course: Course, after: Measurement, against: str) -> Measurement | None:
    """The earlier number that change is counted from. Raises Refusal if there should be one and is none."""
    if any(m.kind == "uncertain" and after.region in m.after for m in course.of(Match)):
        raise Refusal("uncertain_identity", f"it is not sure that {after.region} is the lesion of the earlier visits")
    if after.day is None:
        raise Refusal("bad_date", f"{after.name} has no date, so nothing is known to lie before it")
    before = [m for m in course.series(after.name, after.region) if m.day is not None and m.day < after.day]
    if not before:
        new = any(m.kind == "new" and after.region in m.after for m in course.of(Match))
        if new or not any(a.study.day and a.study.day < after.day for a in course.past):
            return None
        raise Refusal("no_reference", _why_none(course, after))
    day = (min if against == "first" else max)(m.day for m in before if m.day)
    return min((m for m in before if m.day == day), key=lambda m: (m.value, m.uncertainty, m.unit, m.provenance.maker))


def _why_none(course: Course, after: Measurement) -> str:
    split = next((m for m in course.every(Match) if m.kind == "split" and after.region in m.after), None)
    if split:
        return f"{after.region} is a part of {' and '.join(split.before)}, which has no equal part before"
    lost = sorted(m.reason for m in course.every(Missing, after.name, after.region) if m.what == "number")
    return f"no earlier {after.name} could be given: {lost[0]}" if lost else f"no earlier visit has {after.name}"


def _sites(course: Course, after: Measurement, pathway: Pathway) -> tuple[str, ...]:
    """The places whose limits may hold for a number, the nearest first."""
    region = next((r for r in course.study.regions if after.region in (r.lesion, r.name) and after.region), None)
    drawn = (region.site, region.finding, region.name) if region else ()
    return tuple(s for s in (*drawn, after.region, pathway.organ) if s)


def _known(limits: Limits, sites: Sequence[str], same: bool) -> float | None:
    """The coefficient of the nearest place that has one, else that of any place."""
    table = dict(limits.same if same else limits.other)
    names = (s.casefold().replace(" ", "_") for s in sites)
    return next((table[n] for n in names if n in table), limits.coefficient("any", same))


def _coefficient(limits: Limits, coefficient: float) -> tuple[float, str, int]:
    """The coefficient to use, whose it is, and the degrees of freedom of Student's law (0: the normal one)."""
    basis = f"{coefficient:g} {limits.kind} ({limits.by or limits.source})"
    if not limits.subjects:
        return coefficient, basis, 0
    if limits.subjects >= maths.ENOUGH_SUBJECTS:
        return coefficient, basis, limits.subjects
    high = maths.coefficient_interval(coefficient, limits.subjects)[1]
    return high, f"{basis}; from {limits.subjects} subjects, so its upper limit {high:.3g} is used", 0


def _ratio(before: Measurement, after: Measurement, rc: float, basis: str, freedom: int) -> Bounds:
    """Logarithmic limits from a coefficient given as a fraction."""
    variance = 2 * maths.log_variance(rc / maths.REPEAT)
    stated = math.fsum(maths.log_variance(m.uncertainty / m.value) for m in (before, after))
    variance, basis, freedom = _governing(variance, stated, basis, freedom)
    half = maths.COVERAGE * math.sqrt(variance)
    low, high = before.value * math.expm1(-half), before.value * math.expm1(half)
    return Bounds(low, high, _chance(math.log(after.value / before.value), variance, freedom), basis)


def _difference(before: Measurement, after: Measurement, rc: float, basis: str, freedom: int) -> Bounds:
    """Absolute limits from a coefficient in the unit of the numbers."""
    stated = before.uncertainty**2 + after.uncertainty**2
    variance, basis, freedom = _governing((rc / maths.COVERAGE) ** 2, stated, basis, freedom)
    half = maths.COVERAGE * math.sqrt(variance)
    return Bounds(-half, half, _chance(after.value - before.value, variance, freedom), basis)


def _governing(known: float, stated: float, basis: str, freedom: int) -> tuple[float, str, int]:
    if stated <= known:
        return known, basis, freedom
    return stated, f"{basis}; the uncertainties of the two numbers are larger and govern", 0


def _chance(seen: float, variance: float, freedom: int) -> float:
    """Chance that the true difference has the sign of the one seen."""
    if freedom and variance:
        return maths.student_below(-abs(seen), variance, 0, freedom)
    return maths.chance_below(maths.posterior(-abs(seen), variance), 0)
