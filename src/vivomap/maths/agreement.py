"""How far two ways to part the same voxels agree, whatever the parts are called.

adjusted Rand index = (pairs together in both - expected) / (mean of pairs together - expected)
Jaccard = |A ∩ B| / |A ∪ B|          Dice = 2 |A ∩ B| / (|A| + |B|)
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

from vivomap.core.image import Array


def shared(one: Array, other: Array) -> Array:
    """How many voxels each part of one shares with each part of the other, (part, part); labels start at 0."""
    wide = int(other.max()) + 1 if other.size else 0
    tall = int(one.max()) + 1 if one.size else 0
    return np.bincount(one * wide + other, minlength=tall * wide).reshape(tall, wide)


def adjusted_rand(one: Array, other: Array) -> float:
    """1 for the same partition, about 0 for chance."""
    both = shared(one, other)
    together, rows, columns = (_pairs(c).sum() for c in (both, both.sum(axis=1), both.sum(axis=0)))
    every = float(_pairs(np.array(one.size)))
    expected = float(rows * columns) / every if every else 0.0
    most = float(rows + columns) / 2
    return 1.0 if most == expected else float((together - expected) / (most - expected))


def jaccards(one: Array, other: Array, parts: int) -> tuple[float, ...]:
    """For each part of one, its Jaccard index with the part of the other that stands for it; 0 where none does."""
    both = shared(one, other)
    sizes = both.sum(axis=1)[:, None] + both.sum(axis=0)[None] - both
    index = both / np.maximum(sizes, 1)
    found = np.zeros(parts)
    rows, columns = linear_sum_assignment(-index)
    found[rows] = index[rows, columns]
    return tuple(float(v) for v in found)


def dice(one: Array, other: Array) -> float:
    """The overlap of two masks; 1 where both are empty."""
    sizes = int(np.count_nonzero(one)) + int(np.count_nonzero(other))
    return 2 * int(np.count_nonzero(one & other)) / sizes if sizes else 1.0


def _pairs(count: Array) -> Array:
    many = np.asarray(count, float)
    return np.asarray(many * (many - 1) / 2)
