"""One image in the greys of another kind of image: what the second shows, on average, where the first shows a grey.

    m(f) = mean of M where F = f,   s²(f) its variance,   weight = 1 / s²(f)

The difference m(F) - M with this weight is the slope of the mutual information of the two, if the greys of M that lie
on one grey of F scatter as a Gaussian does: then I(F; M) = H(M) - Σ p(f) ln s(f) - const.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vivomap.core.image import Array

BINS = 64
AT_ONCE = 1 << 18  # voxels
BLUR = (0.06, 0.24, 0.4, 0.24, 0.06)  # over neighbouring bins; project
FLOOR = 0.05  # of the variance of M: no grey is trusted beyond it; project
TAILS = (0.5, 99.5)  # percentiles between which the bins lie; project


def shades(fixed: Array, inside: Array) -> Array:
    """The grey of each voxel (z, y, x) as one of `BINS`, between the tails of those inside."""
    scale = _scaled(fixed, inside)
    return np.rint(scale, out=scale).astype(np.uint8)


def _scaled(fixed: Array, inside: Array) -> Array:
    low, high = np.percentile(fixed[inside], TAILS, overwrite_input=True)
    scale = np.asarray(fixed - low)
    scale /= max(high - low, 1e-12)
    np.clip(scale, 0, 1, out=scale)
    scale *= BINS - 1
    return scale


def translator(fixed: Array, inside: Array) -> Callable[[Array], tuple[Array, Array]]:
    """What gives the fixed image (z, y, x) in the greys of a moving one that lies on it (NaN where it does not reach).

    The answer is the translated image and the weight of each voxel, of mean about 1, both float32.
    """
    scale = _scaled(fixed, inside)
    bins = np.rint(scale).astype(np.uint8)

    def translate(moving: Array) -> tuple[Array, Array]:
        there = inside & np.isfinite(moving)
        if not there.any():
            return np.zeros(fixed.shape, np.float32), np.zeros(fixed.shape, np.float32)
        mean, variance = _conditional(bins[there], moving[there])
        weight = float(np.mean(variance)) / variance
        grid = np.arange(BINS)
        shown = np.interp(scale.ravel(), grid, mean).reshape(fixed.shape).astype(np.float32)
        return shown, np.interp(scale.ravel(), grid, weight).reshape(fixed.shape).astype(np.float32)

    return translate


def explained(bins: Array, moving: Array) -> float:
    """The share of the variance of M that the greys of F explain (the correlation ratio), 0 to 1."""
    count, sums = np.zeros(BINS), np.zeros(BINS)
    for start in range(0, bins.size, AT_ONCE):  # numpy counts in copies of double width
        part = bins[start : start + AT_ONCE]
        count += np.bincount(part, minlength=BINS)
        sums += np.bincount(part, moving[start : start + AT_ONCE], BINS)
    whole = float(moving.var())
    between = float((sums**2 / np.maximum(count, 1)).sum() / max(moving.size, 1) - moving.mean() ** 2)
    return between / whole if whole > 0 else 0.0


def _conditional(bins: Array, moving: Array) -> tuple[Array, Array]:
    """Mean and variance of M for each grey of F; an empty grey takes those of its neighbours."""
    values = moving.astype(float)
    count, sums, squares = (
        np.convolve(np.bincount(bins, weights, BINS), BLUR, "same") for weights in (None, values, values**2)
    )
    full = count > 1e-9 * max(values.size, 1)
    grid = np.arange(BINS)
    mean = np.interp(grid, grid[full], sums[full] / count[full])
    variance = np.interp(grid, grid[full], squares[full] / count[full] - (sums[full] / count[full]) ** 2)
    return mean, np.maximum(variance, 0) + FLOOR * max(float(values.var()), 1e-12)
