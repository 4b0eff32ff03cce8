"""How well a measurement repeats, from subjects that were measured again though nothing had changed.

With K_i numbers of subject i and n subjects (Raunig, Obuchowski; QIBA):

    wSD² = sum of squares about each subject's mean / (sum K_i - n)          freedom  sum K_i - n
    wCV  = sqrt(exp(wSD² of ln x) - 1)                                       positive numbers alone
    RC   = 2.77 wSD, its 95 % interval by chi-squared
    RDC  = 2.77 sqrt(mean over subjects of the mean d²/2 over pairs from two scanners)
    measured = intercept + slope truth, its 95 % intervals by Student's t; curved if a squared term is not 0
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from scipy import stats

from vivomap.core import Refusal
from vivomap.maths.statistics import REPEAT, TAIL, coefficient_interval

ROUNDED = 1e-12  # of the largest number: what rounding alone leaves
Numbers = Sequence[float]


class Spread(NamedTuple):
    """Within-subject standard deviation, its degrees of freedom, and the subjects that were measured again."""

    sd: float
    freedom: int
    subjects: int

    @property
    def coefficient(self) -> float:
        """The repeatability coefficient, in the unit of the numbers."""
        return REPEAT * self.sd

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the repeatability coefficient."""
        return coefficient_interval(self.coefficient, self.freedom)


class Line(NamedTuple):
    """Measured on truth: slope and intercept with their 95 % intervals, bias, and the chance of so curved a line."""

    slope: tuple[float, float, float]  # value, low, high
    intercept: tuple[float, float, float]
    bias: tuple[float, float, float]  # mean of measured - truth
    curved: float | None  # p of the squared term; None where it cannot be told
    numbers: int


def within(subjects: Sequence[Numbers]) -> Spread:
    """The spread within subjects; those measured once tell nothing. Raises Refusal if none was measured again."""
    again = [np.asarray(s, float) for s in subjects if len(s) > 1]
    freedom = sum(len(s) - 1 for s in again)
    if not again:
        raise Refusal("too_few_repeats", "no subject was measured twice", expected="two numbers of one subject or more")
    squares = math.fsum(float(((s - s.mean()) ** 2).sum()) for s in again)
    return Spread(math.sqrt(squares / freedom), freedom, len(again))


def within_logs(subjects: Sequence[Numbers]) -> Spread | None:
    """The spread of the natural logarithms; None where a number is 0 or below."""
    if any(v <= 0 for s in subjects for v in s):
        return None
    return within([[math.log(v) for v in s] for s in subjects])


def between(subjects: Sequence[Mapping[str, Numbers]]) -> Spread | None:
    """The spread of one subject's numbers from two scanners: repeatability with the scanners' own differences in it.

    None where no subject was on two. Its degrees of freedom are the subjects; few scanners make it less sure than that.
    """
    each = []
    for scanners in subjects:
        pairs = [(a - b) ** 2 / 2 for x, y in combinations(scanners, 2) for a in scanners[x] for b in scanners[y]]
        if pairs:
            each.append(math.fsum(pairs) / len(pairs))
    return Spread(math.sqrt(math.fsum(each) / len(each)), len(each), len(each)) if each else None


def line(truth: Numbers, measured: Numbers) -> Line:
    """Measured numbers on true ones. Raises Refusal with fewer than three, or if the truth is the same for all."""
    x, y = np.asarray(truth, float), np.asarray(measured, float)
    levels = len(np.unique(x))
    if len(x) < 3 or levels < 2:
        found = f"{len(x)} numbers at {levels} true values"
        raise Refusal("too_few_repeats", "a line needs three numbers at two true values", found=found)
    design = np.column_stack((np.ones_like(x), x))
    (start, slope), doubts = _least_squares(design, y)
    reach = float(stats.t.ppf(1 - TAIL, len(x) - 2))
    off = y - x
    wide = float(stats.t.ppf(1 - TAIL, len(x) - 1)) * float(off.std(ddof=1)) / math.sqrt(len(x))
    return Line(
        (slope, slope - reach * doubts[1], slope + reach * doubts[1]),
        (start, start - reach * doubts[0], start + reach * doubts[0]),
        (float(off.mean()), float(off.mean()) - wide, float(off.mean()) + wide),
        _curved(x, y) if levels > 2 and len(x) > 3 else None,
        len(x),
    )


def _least_squares(design: np.ndarray, y: np.ndarray) -> tuple[list[float], list[float]]:
    """Coefficients and their standard errors."""
    weights = np.linalg.lstsq(design, y, rcond=None)[0]
    rest = y - design @ weights
    variance = float(rest @ rest) / (len(y) - design.shape[1])
    errors = np.sqrt(variance * np.diag(np.linalg.inv(design.T @ design)))
    return [float(w) for w in weights], [float(e) for e in errors]


def _curved(x: np.ndarray, y: np.ndarray) -> float:
    """The two-sided chance of a squared term of this size in a straight relation."""
    middle = (x - x.mean()) / x.std()
    weights, errors = _least_squares(np.column_stack((np.ones_like(x), middle, middle**2)), y)
    if abs(weights[2]) <= ROUNDED * float(np.abs(y).max()):
        return 1.0
    if errors[2] == 0:
        return 0.0
    return float(2 * stats.t.sf(abs(weights[2] / errors[2]), len(x) - 3))
