"""What a table of pairs of grey levels says: how ordered, how contrasted, how predictable.

With p(i, j) the share of the pairs, n levels, their mean m and variance v, the shares of differences k = |i - j| and
of sums k = i + j, and entropies in bits.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vivomap.core.image import Array


class Cooccurrence(NamedTuple):
    """The 25 numbers of a table of pairs, in the order of the IBSI manual."""

    joint_maximum: float
    joint_average: float
    joint_variance: float
    joint_entropy: float
    difference_average: float
    difference_variance: float
    difference_entropy: float
    sum_average: float
    sum_variance: float
    sum_entropy: float
    angular_second_moment: float
    contrast: float
    dissimilarity: float
    inverse_difference: float
    normalised_inverse_difference: float
    inverse_difference_moment: float
    normalised_inverse_difference_moment: float
    inverse_variance: float
    correlation: float
    autocorrelation: float
    cluster_tendency: float
    cluster_shade: float
    cluster_prominence: float
    information_correlation_1: float
    information_correlation_2: float


def cooccurrence(count: Array) -> Cooccurrence:
    """The numbers of one symmetric table (i, j) of counts that are not all 0; index 0 is level 1.

    One level alone correlates fully with itself (1) and tells nothing (information 0).
    """
    p, levels = count / count.sum(), len(count)
    i = np.arange(1.0, levels + 1)
    apart = np.abs(np.subtract.outer(i, i))
    together = np.add.outer(i, i).astype(int)
    side = p.sum(axis=1)
    mean = float(i @ side)
    variance = float((i - mean) ** 2 @ side)
    rest = together - 2 * mean
    product = float(i @ p @ i)
    correlation = (product - mean**2) / variance if variance > 0 else 1.0
    above = apart > 0
    return Cooccurrence(
        float(p.max()),
        mean,
        variance,
        _entropy(p),
        *_spread(np.bincount(apart.astype(int).ravel(), p.ravel())),
        *_spread(np.bincount(together.ravel(), p.ravel())),
        float((p**2).sum()),
        float((apart**2 * p).sum()),
        float((apart * p).sum()),
        float((p / (1 + apart)).sum()),
        float((p / (1 + apart / levels)).sum()),
        float((p / (1 + apart**2)).sum()),
        float((p / (1 + (apart / levels) ** 2)).sum()),
        float((p[above] / apart[above] ** 2).sum()),
        correlation,
        product,
        float((rest**2 * p).sum()),
        float((rest**3 * p).sum()),
        float((rest**4 * p).sum()),
        *_information(p, side),
    )


def _spread(share: Array) -> tuple[float, float, float]:
    """Mean, variance and entropy of the shares of 0, 1, 2 …"""
    k = np.arange(len(share))
    mean = float(k @ share)
    return mean, float((k - mean) ** 2 @ share), _entropy(share)


def _entropy(share: Array) -> float:
    """-sum p log2 p, in bits."""
    there = share[share > 0]
    return float(-(there * np.log2(there)).sum())


def _information(p: Array, side: Array) -> tuple[float, float]:
    """The two measures of how much one level of a pair tells of the other."""
    alone = np.outer(side, side)
    there = alone > 0
    joint, one = _entropy(p), _entropy(side)
    crossed = float(-(p[there] * np.log2(alone[there])).sum())
    apart = _entropy(alone)
    first = (joint - crossed) / one if one > 0 else 0.0
    return first, float(np.sqrt(max(1 - np.exp(-2 * (apart - joint)), 0.0)))
