"""How sure a difference is: repeatability limits, and the chance that a true change lies behind a measured one.

For a within-subject coefficient of variation wCV and x1, x2 the two numbers of one subject (Raunig, Obuchowski; QIBA):

    s = sqrt(ln(1 + wCV^2))      RC = 2.77 wSD      limits of x2/x1 = exp(-2.77 s) .. exp(+2.77 s)

A measured difference y of variance v, under a prior of normal parts w N(mu, tau^2), leaves for the true difference
normal parts of mean (y/v + mu/tau^2) / (1/v + 1/tau^2) and variance 1 / (1/v + 1/tau^2), each weighed anew by
w N(y; mu, tau^2 + v). Without a prior the one part is N(y, v).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from scipy import special

REPEAT = 2.77  # 1.96 sqrt(2) as QIBA prints it: RC = 2.77 wSD
COVERAGE = REPEAT / math.sqrt(2)  # the same two-sided 95 % in standard deviations of a difference
ENOUGH_SUBJECTS = 35  # the usual QIBA minimum for a test-retest study (from memory); below it the upper limit is used
TAIL = 0.025  # one side of 95 %


@dataclass(frozen=True)
class Part:
    """One normal part of a belief: its weight, mean and standard deviation."""

    weight: float
    mean: float
    sd: float


def exact(value: float) -> Fraction:
    """The decimal that was recorded, as an exact fraction: 0.1 is one tenth, so that a limit is met or is not."""
    return Fraction(repr(float(value)))


def normal_cdf(z: float) -> float:
    """Chance that a standard normal number lies below z; exact far into both tails."""
    return 0.5 * math.erfc(-z / math.sqrt(2))


def student_cdf(t: float, freedom: float) -> float:
    """Chance that a Student-t number with so many degrees of freedom lies below t."""
    return float(special.stdtr(freedom, t))


def log_variance(cv: float) -> float:
    """Variance of ln x for a coefficient of variation, given as a fraction."""
    return math.log1p(cv * cv)


def log_limits(cv: float) -> tuple[float, float]:
    """How far, as fractions, a second number may fall and rise when nothing changed, for a wCV as a fraction."""
    half = REPEAT * math.sqrt(log_variance(cv))
    return math.expm1(-half), math.expm1(half)


def within_sd(first: Sequence[float], second: Sequence[float]) -> float:
    """Within-subject standard deviation from two replicates of each subject."""
    squares = [(b - a) ** 2 for a, b in zip(first, second, strict=True)]
    return math.sqrt(math.fsum(squares) / len(squares) / 2)


def within_cv(first: Sequence[float], second: Sequence[float]) -> float:
    """Within-subject coefficient of variation, as a fraction, from two positive replicates of each subject."""
    logs = [[math.log(v) for v in values] for values in (first, second)]
    return math.sqrt(math.expm1(within_sd(*logs) ** 2))


def coefficient_interval(coefficient: float, freedom: float) -> tuple[float, float]:
    """95 % interval of a repeatability coefficient; freedom is subjects times (replicates - 1)."""
    low, high = (float(special.chdtri(freedom, p)) for p in (TAIL, 1 - TAIL))
    return coefficient * math.sqrt(freedom / low), coefficient * math.sqrt(freedom / high)


def posterior(seen: float, variance: float, prior: Sequence[Part] = ()) -> tuple[Part, ...]:
    """What is believed of the true difference after one was seen; without a prior, what was seen alone speaks."""
    if not prior:
        return (Part(1, seen, math.sqrt(variance)),)
    parts = []
    for part in prior:
        total = part.sd**2 + variance
        shrink = part.sd**2 / total
        log_weight = math.log(part.weight) - 0.5 * (math.log(total) + (seen - part.mean) ** 2 / total)
        parts.append((log_weight, part.mean + shrink * (seen - part.mean), math.sqrt(shrink * variance)))
    highest = max(w for w, _, _ in parts)
    whole = math.fsum(math.exp(w - highest) for w, _, _ in parts)
    return tuple(Part(math.exp(w - highest) / whole, mean, sd) for w, mean, sd in parts)


def chance_below(belief: Sequence[Part], limit: float) -> float:
    """Chance that the true difference lies below a limit; half where a certain difference lies on it."""
    return math.fsum(p.weight * normal_cdf(_steps(limit - p.mean, p.sd)) for p in belief)


def student_below(seen: float, variance: float, limit: float, freedom: float) -> float:
    """The same without a prior, where the variance itself comes from a test-retest study of few subjects."""
    return student_cdf(_steps(limit - seen, math.sqrt(variance)), freedom)


def quantile(belief: Sequence[Part], chance: float) -> float:
    """The difference that the true one lies below with this chance, by bisection to the last digit."""
    low = min(p.mean - 40 * p.sd for p in belief)
    high = max(p.mean + 40 * p.sd for p in belief)
    middle = (low + high) / 2
    while low < middle < high:
        low, high = (middle, high) if chance_below(belief, middle) < chance else (low, middle)
        middle = (low + high) / 2
    return middle


def interval(belief: Sequence[Part], level: float) -> tuple[float, float]:
    """The central interval that holds the true difference with this chance, such as 0.95."""
    return quantile(belief, (1 - level) / 2), quantile(belief, (1 + level) / 2)


def _steps(distance: float, sd: float) -> float:
    """A distance in standard deviations; without any deviation, its side alone counts."""
    if sd > 0:
        return distance / sd
    return math.copysign(math.inf, distance) if distance else 0.0
