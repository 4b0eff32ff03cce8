"""How often measurement error alone would give a RECIST label, had nothing changed since the reference.

The reference is the baseline for CR and PR, the nadir for SD and PD. With sizes r at the reference, independent
errors of difference sigma per lesion, R = sum r and sigma^2 = sum sigma_i^2, the sum measured now is N(R, sigma^2), so

    P(PD) = 1 - Phi((PD limit - R) / sigma)         P(CR) = product of Phi((10 - r) / sigma) over nodes, 0 for others
    P(PR) = Phi((PR limit - R) / sigma) - P(CR)     P(SD) = the rest

sigma_i is the larger of the limits of no change (of this lesion's Change, else of the parameter) and the stated
uncertainties. Errors of size make no new lesion, and a lesion overlooked is not counted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from vivomap.core import Change, Course, Measurement, Missing
from vivomap.maths.statistics import COVERAGE, REPEAT, chance_below, exact, log_variance, posterior
from vivomap.track.criteria.recist.reading import AXES, MM, Reading
from vivomap.track.criteria.recist.rules import (
    RESPONSES,
    Response,
    Target,
    Values,
    overall,
    progression_mm,
    response_mm,
    size,
)


@dataclass(frozen=True)
class Noise:
    """The chance that error alone gives the label, and remarks on how it bears on it."""

    chance: float
    remarks: tuple[str, ...]
    because: tuple[Measurement, ...] = ()


def noise(response: Response, reading: Reading, course: Course, values: Values) -> Noise:
    """The noise of the newest response of a reading."""
    if response.overall == "NE":
        return Noise(1.0, ())
    if response.new or response.nontarget == "PD" or _came_back(response, reading, values):
        return Noise(0.0, ("errors of size do not make new, returning or unequivocally larger lesions",))
    at = 0 if response.overall in RESPONSES else nadir_visit(reading, values)
    before, after = reading.sizes[at], reading.sizes[-1]
    then = reading.visits[at].targets
    spreads = [_spread(t, before.get(t.lesion, ()), after.get(t.lesion, ()), course, values) for t in then]
    chances = states(response, then, spreads, values)
    chance = math.fsum(
        p for state, p in chances.items() if overall(state, response.nontarget, False) == response.overall
    )
    used = tuple(m for sizes in (before, after) for mine in sizes.values() for m in mine)
    return Noise(min(1.0, chance), (*_within(response, then, spreads, values), *_doubt(course, then)), used)


def states(response: Response, then: Sequence[Target], spreads: Sequence[float], values: Values) -> dict[str, float]:
    """The chance of each state of the targets when nothing changed since the visit of `then`; spreads in mm."""
    if not then:
        return {"none": 1.0}
    nadir, baseline = exact(response.nadir_mm), exact(response.baseline_mm)
    sizes = [float(size(t, values) or 0) for t in then]
    whole = (math.fsum(sizes), math.hypot(*spreads))
    normal = values["node_normal_mm"]
    gone = math.prod(
        _below(normal, r, s) if t.node else float(r == 0) for t, r, s in zip(then, sizes, spreads, strict=True)
    )
    worse = 1 - _below(float(progression_mm(nadir, values)), *whole)
    less = min(_below(float(response_mm(baseline, values)), *whole), 1 - worse)
    found = {"CR": gone, "PD": worse, "PR": max(0.0, less - gone)}
    return {**found, "SD": max(0.0, 1 - math.fsum(found.values()))}


def nadir_visit(reading: Reading, values: Values) -> int:
    """The earlier visit with the smallest whole sum, the first of equals."""
    sums = []
    for at, visit in enumerate(reading.visits[:-1]):
        sizes = [size(t, values) for t in visit.targets]
        if None not in sizes:
            sums.append((sum(s for s in sizes if s is not None), at))
    return min(sums)[1]


def _came_back(response: Response, reading: Reading, values: Values) -> bool:
    """Whether progression rests on a return after a complete response, since the sum alone does not give it."""
    if response.overall != "PD" or response.sum_mm is None:
        return False
    return exact(response.sum_mm) < progression_mm(exact(response.nadir_mm), values)


def _spread(
    then: Target,
    before: tuple[Measurement, ...],
    after: tuple[Measurement, ...],
    course: Course,
    values: Values,
) -> float:
    """Standard deviation of the difference of two measured sizes of one lesion that did not change, mm."""
    mm = float(size(then, values) or 0)
    stated = [math.hypot(*(m.uncertainty * MM[m.unit] for m in mine)) for mine in (before, after or before)]
    return max(mm * _relative(then, course, values), math.hypot(*stated))


def _relative(then: Target, course: Course, values: Values) -> float:
    """The same as a share of its size, from the limits of no change."""
    found = [c for c in course.of(Change, AXES[then.node], then.lesion) if c.before.value > 0]
    if found:
        return (found[0].high - found[0].low) / (2 * COVERAGE * found[0].before.value)
    return math.sqrt(2 * log_variance(values["repeat_percent"] / 100 / REPEAT))


def _below(limit: float, mean: float, sd: float) -> float:
    return chance_below(posterior(mean, sd * sd), limit)


def _within(response: Response, then: Sequence[Target], spreads: Sequence[float], values: Values) -> tuple[str, ...]:
    """A remark where a response or progression rests on a change of the sum inside its limits of no change."""
    if response.overall not in (*RESPONSES, "PD") or response.sum_mm is None:
        return ()
    before = math.fsum(float(size(t, values) or 0) for t in then)
    limit = COVERAGE * math.hypot(*spreads)
    if abs(response.sum_mm - before) > limit:
        return ()
    return (f"within measurement error: the sum may move by {limit:.1f} mm when nothing changes",)


def _doubt(course: Course, then: Sequence[Target]) -> tuple[str, ...]:
    """A remark where the two scans may not be compared, so that no limits hold for a target."""
    refused = {m.region for name in AXES for m in course.of(Missing, name) if m.code == "not_comparable"}
    lesions = sorted(refused & {t.lesion for t in then})
    if not lesions:
        return ()
    return (f"not shown to be comparable, so the error may be larger: {', '.join(lesions)}",)
