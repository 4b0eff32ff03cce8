"""How the values of a region are spread: moments, percentiles, the histogram of levels, volume above an intensity.

Percentiles interpolate linearly between ordered values; variances divide by n; the kurtosis is in excess of the
normal distribution; entropy is in bits.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vivomap.core.image import Array

MOST_COUNTED = 65536  # whole numbers that lie so near are counted, not sorted


class Spread(NamedTuple):
    """The 18 statistics of values, in the order of the IBSI manual."""

    mean: float
    variance: float
    skewness: float
    kurtosis: float
    median: float
    minimum: float
    p10: float
    p90: float
    maximum: float
    interquartile_range: float
    range: float
    mean_absolute_deviation: float
    robust_mean_absolute_deviation: float
    median_absolute_deviation: float
    coefficient_of_variation: float
    quartile_coefficient_of_dispersion: float
    energy: float
    root_mean_square: float


class Levels(NamedTuple):
    """What the histogram of levels adds to the statistics of its levels."""

    mode: float
    entropy: float
    uniformity: float
    maximum_gradient: float
    maximum_gradient_level: float
    minimum_gradient: float
    minimum_gradient_level: float


class Above(NamedTuple):
    """How much of the volume lies at or above a share of the intensities, and the reverse."""

    volume_at_10: float
    volume_at_90: float
    intensity_at_10: float
    intensity_at_90: float
    volume_difference: float
    intensity_difference: float


def spread(values: Array) -> Spread:
    """The statistics of values (n, at least one). Without spread, skewness and kurtosis are 0; ratios to 0 are 0."""
    there, times = counted(values)
    total = float(times.sum())
    mean = _dot(times, there) / total
    p10, p25, median, p75, p90 = _percentiles(there, times, (0.1, 0.25, 0.5, 0.75, 0.9))
    rest = there - mean
    squares = rest * rest
    variance = _dot(times, squares) / total
    flat = variance <= 0
    between = slice(np.searchsorted(there, p10, "left"), np.searchsorted(there, p90, "right"))
    middle, many = there[between], times[between]
    energy = _dot(times, there * there)
    return Spread(
        mean,
        variance,
        0.0 if flat else _dot(times, squares * rest) / total / variance**1.5,
        0.0 if flat else _dot(times, squares * squares) / total / variance**2 - 3,
        median,
        float(there[0]),
        p10,
        p90,
        float(there[-1]),
        p75 - p25,
        float(there[-1] - there[0]),
        _dot(times, np.abs(rest)) / total,
        _apart(middle, many),
        _dot(times, np.abs(there - median)) / total,
        float(np.sqrt(variance)) / mean if mean else 0.0,
        (p75 - p25) / (p75 + p25) if p75 + p25 else 0.0,
        energy,
        float(np.sqrt(energy / total)),
    )


def counted(values: Array) -> tuple[Array, Array]:
    """Ascending values and how often each is there; of whole numbers that lie close each once, else as they come."""
    low, high = float(values.min()), float(values.max())
    if high - low < MOST_COUNTED:
        whole = values.astype(np.int64)
        if values.dtype.kind in "iu" or bool((whole == values).all()):
            whole -= int(low)
            times = np.bincount(whole.ravel())
            there = np.flatnonzero(times)
            return there + float(int(low)), times[there].astype(float)
    return np.sort(values, axis=None).astype(float, copy=False), np.ones(values.size)


def _dot(one: Array, other: Array) -> float:
    """The sum of products on one core: a threaded one costs more than it saves here."""
    return float(np.einsum("i,i->", one, other))


def _apart(values: Array, times: Array) -> float:
    """The mean distance of counted values from their mean."""
    total = float(times.sum())
    return _dot(times, np.abs(values - _dot(times, values) / total)) / total


def _percentiles(values: Array, times: Array, shares: tuple[float, ...]) -> list[float]:
    """Percentiles of counted values, between neighbours in proportion."""
    after = np.cumsum(times)
    place = np.array(shares) * (after[-1] - 1)
    low = np.floor(place)
    first = values[np.searchsorted(after, low, "right")]
    second = values[np.searchsorted(after, np.minimum(low + 1, after[-1] - 1), "right")]
    found: list[float] = (first + (place - low) * (second - first)).tolist()
    return found


def levels(values: Array, highest: int) -> Levels:
    """The histogram of levels 1 to `highest`; of two levels as frequent, the one nearer the mean is the mode."""
    count = np.bincount(values, minlength=highest + 1)[1:].astype(float)
    share = count / count.sum()
    level = np.arange(1, highest + 1)
    top = level[count == count.max()]
    mode = top[np.argmin(np.abs(top - share @ level))]
    there = share[share > 0]
    slope = np.gradient(count) if highest > 1 else np.zeros(1)
    return Levels(
        float(mode),
        float(-(there @ np.log2(there))),
        float(share @ share),
        float(slope.max()),
        float(1 + slope.argmax()),
        float(slope.min()),
        float(1 + slope.argmin()),
    )


def above(values: Array, first: float, step: float, count: int) -> Above:
    """The volume histogram of values that lie on `count` intensities first, first + step …"""
    place = np.clip(np.rint((values - first) / step).astype(np.int64), 0, count - 1)
    times = np.bincount(place, minlength=count)
    volume = 1 - (np.cumsum(times) - times) / values.size
    share = np.arange(count) / max(count - 1, 1)
    v10, v90 = (float(volume[np.argmax(share >= f - 1e-9)]) for f in (0.1, 0.9))
    i10, i90 = (first + step * _first(volume <= f + 1e-12) for f in (0.1, 0.9))
    return Above(v10, v90, i10, i90, v10 - v90, i10 - i90)


def _first(there: Array) -> int:
    """The first place that holds, or the one after the last."""
    return int(np.argmax(there)) if there.any() else len(there)
