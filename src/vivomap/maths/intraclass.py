"""How far scans of one subject agree beside how far subjects differ: the intraclass correlation ICC(2,1).

Of n subjects, each scanned k times, with the mean squares between subjects R, between scans C and of the rest E
(Shrout and Fleiss 1979, two-way random effects, single scan, absolute agreement):

    ICC = (R - E) / (R + (k - 1) E + k (C - E) / n)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from vivomap.core import Refusal
from vivomap.core.image import Array
from vivomap.maths.statistics import TAIL

FEWEST_SUBJECTS = 3  # with fewer no limit of the correlation means anything


class Agreement(NamedTuple):
    """The correlation with its 95 % interval, and of how many subjects and scans."""

    value: float
    low: float
    high: float
    subjects: int
    scans: int


def agreement(table: ArrayLike) -> Agreement:
    """The agreement of numbers (subject, scan). Raises Refusal if they are too few, or all subjects are alike."""
    numbers = np.asarray(table, float)
    n, k = numbers.shape
    if n < FEWEST_SUBJECTS or k < 2:
        expected = f"{FEWEST_SUBJECTS} subjects, two scans"
        raise Refusal(
            "too_few_repeats", "too few scans to say how far they agree", found=f"{n} × {k}", expected=expected
        )
    rows, columns, rest = _mean_squares(numbers)
    if rows <= 0:
        raise Refusal("no_spread", "all subjects have one number, so nothing tells them apart")
    value = (rows - rest) / (rows + (k - 1) * rest + k * (columns - rest) / n)
    if rest <= 0 and columns <= 0:
        return Agreement(1.0, 1.0, 1.0, n, k)
    low, high = _interval((rows, columns, rest), value, n, k)
    return Agreement(float(value), low, high, n, k)


def _mean_squares(numbers: Array) -> tuple[float, float, float]:
    """Between subjects, between scans, and of the rest."""
    n, k = numbers.shape
    whole = numbers.mean()
    of_subject, of_scan = numbers.mean(axis=1), numbers.mean(axis=0)
    rest = numbers - of_subject[:, None] - of_scan + whole
    rows = k * float(((of_subject - whole) ** 2).sum()) / (n - 1)
    columns = n * float(((of_scan - whole) ** 2).sum()) / (k - 1)
    return rows, columns, float((rest**2).sum()) / ((n - 1) * (k - 1))


def _interval(squares: tuple[float, float, float], value: float, n: int, k: int) -> tuple[float, float]:
    """The 95 % interval, with the degrees of freedom of Satterthwaite."""
    rows, columns, rest = squares
    by_scan, by_rest = k * value / (n * (1 - value)), 1 + k * value * (n - 1) / (n * (1 - value))
    mixed = (by_scan * columns) ** 2 / (k - 1) + (by_rest * rest) ** 2 / ((n - 1) * (k - 1))
    freedom = (by_scan * columns + by_rest * rest) ** 2 / mixed
    below = float(stats.f.ppf(1 - TAIL, n - 1, freedom))
    above = float(stats.f.ppf(1 - TAIL, freedom, n - 1))
    spread = k * columns + (k * n - k - n) * rest
    low = n * (rows - below * rest) / (below * spread + n * rows)
    high = n * (above * rows - rest) / (spread + n * above * rows)
    return float(low), float(high)
