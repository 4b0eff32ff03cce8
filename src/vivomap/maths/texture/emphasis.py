"""What a table of grey level against a size says: of runs, zones, distances or like neighbours.

With p(i, j) the share of level i and size j, the size emphasised is small (1/j²) or large (j²), the level low (1/i²) or
high (i²), or both. Non-uniformity is the sum of squares of a side of the table over the number of its entries.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vivomap.core.image import Array


class Entries(NamedTuple):
    """The entries of a table: levels and sizes from 1, how often each, and the voxels (times directions) behind it."""

    level: Array
    size: Array
    times: Array
    voxels: float


class Emphasis(NamedTuple):
    """The 16 numbers that runs, zones, distances and neighbours share, in the order of the IBSI manual."""

    small: float
    large: float
    low_level: float
    high_level: float
    small_low: float
    small_high: float
    large_low: float
    large_high: float
    level_non_uniformity: float
    level_non_uniformity_normalised: float
    size_non_uniformity: float
    size_non_uniformity_normalised: float
    percentage: float
    level_variance: float
    size_variance: float
    entropy: float


def of_table(count: Array, voxels: float) -> Entries:
    """The entries of a table (level, size) of counts whose indices 0 are level 1 and size 1."""
    level, size = np.nonzero(count)
    return Entries(level + 1, size + 1, count[level, size], voxels)


def of_list(level: Array, size: Array, voxels: float) -> Entries:
    """The entries of things that are given one by one."""
    width = int(size.max()) + 1
    key, times = np.unique(level * width + size, return_counts=True)
    return Entries(key // width, key % width, times, voxels)


def emphasis(entries: Entries) -> Emphasis:
    """The numbers of a table with at least one entry."""
    total = float(entries.times.sum())
    share = entries.times / total
    i, j = entries.level.astype(float), entries.size.astype(float)
    low, high, small, large = 1 / i**2, i**2, 1 / j**2, j**2
    one = [float(share @ weight) for weight in (small, large, low, high)]
    both = [float(share @ (a * b)) for a, b in ((small, low), (small, high), (large, low), (large, high))]
    by_level = float((np.bincount(entries.level, entries.times) ** 2).sum())
    by_size = float((np.bincount(entries.size, entries.times) ** 2).sum())
    return Emphasis._make(
        (
            *one,
            *both,
            by_level / total,
            by_level / total**2,
            by_size / total,
            by_size / total**2,
            total / entries.voxels,
            float(share @ high - (share @ i) ** 2),
            float(share @ large - (share @ j) ** 2),
            float(-(share @ np.log2(share))),
        )
    )


def energy(entries: Entries) -> float:
    """The sum of the squared shares of a table."""
    share = entries.times / entries.times.sum()
    return float(share @ share)
