"""A straight model whose subjects each have a level of their own: a random intercept, by restricted likelihood.

    y = X b + level_j + e      var level = r s2, var e = s2      V_j = s2 (I + r 1 1')

    V_j⁻¹ = (I - c_j 1 1')/s2,  c_j = r/(1 + r n_j)      b = (X' V⁻¹ X)⁻¹ X' V⁻¹ y      s2 = rest' V⁻¹ rest/(n - p)
    the level of subject j = r n_j/(1 + r n_j) times the mean of the rest of j

The ratio r is where the restricted likelihood is highest; b and s2 are closed forms given r.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize_scalar

from vivomap.maths.combat.design import Floats

LEAST, MOST = -12.0, 12.0  # project: natural logarithms between which the ratio is looked for


class Levels(NamedTuple):
    """Coefficients of the design, variance within subjects, and the ratio of that between subjects to it."""

    coefficients: Floats
    variance: float
    ratio: float


class Sums(NamedTuple):
    """Sums over each subject's lines: how many, of the design, of the numbers."""

    size: Floats
    design: Floats
    number: Floats


def with_levels(design: Floats, y: Floats, subjects: Sequence[str]) -> Levels:
    """The model fitted to numbers y (n) of subjects; a ratio of 0 where subjects have no level of their own."""
    _, place = np.unique(np.asarray(subjects), return_inverse=True)
    count = np.bincount(place).astype(float)
    sums = Sums(count, _summed(design, place, len(count)), _summed(y[:, None], place, len(count))[:, 0])
    gram, cross, square = design.T @ design, design.T @ y, float(y @ y)

    def solved(ratio: float) -> tuple[Floats, float, float]:
        shrink = ratio / (1 + ratio * sums.size)
        inner = gram - (sums.design * shrink[:, None]).T @ sums.design
        right = cross - sums.design.T @ (shrink * sums.number)
        found: Floats = np.asarray(np.linalg.solve(inner, right), float)
        rest = square - float(shrink @ sums.number**2) - float(right @ found)
        freedom = len(y) - design.shape[1]
        variance = max(rest, 0.0) / freedom
        spread = float(np.log1p(ratio * sums.size).sum()) + float(np.linalg.slogdet(inner)[1])
        return found, variance, freedom * math.log(max(variance, 1e-300)) + spread

    best = minimize_scalar(lambda log: solved(math.exp(log))[2], bounds=(LEAST, MOST), method="bounded")
    ratio = math.exp(float(best.x))
    if solved(0.0)[2] <= float(best.fun):
        ratio = 0.0
    coefficients, variance, _ = solved(ratio)
    return Levels(coefficients, variance, ratio)


def level(rest: Floats, subjects: Sequence[str], ratio: Floats) -> Floats:
    """Each line's own subject's level (n, features), from what the fixed part leaves."""
    _, place = np.unique(np.asarray(subjects), return_inverse=True)
    count = np.bincount(place).astype(float)
    mean = _summed(rest, place, len(count)) / count[:, None]
    grown = count[:, None] * ratio[None, :]
    found: Floats = (mean * grown / (1 + grown))[place]
    return found


def _summed(values: Floats, place: np.ndarray, groups: int) -> Floats:
    out = np.zeros((groups, values.shape[1]))
    np.add.at(out, place, values)
    return out
