"""One exponential in every voxel: signal S(b) = S0 exp(-b D), fitted to two or more b at once.

Weighted least squares on ln S, the closed form of which is exact for noise-free signals. A magnitude A in noise s has
a mean logarithm too high by only E1(A² / 2 s²) / 2 (0.006 at A = 2.5 s), so that the mean of D over a region is right,
as long as noise decides neither which signals are used nor how they weigh: a voxel that is used because its own noise
lifted it would make D too low. Both are therefore told by its eight neighbours in the plane, which have other noise.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from vivomap.core.image import Array

AT_ONCE = 1 << 16  # voxels: keeps the work in the cache


def decay_rate(signals: Array, b: Array, least: float) -> Array:
    """D of each voxel, (z, y, x) from signals (frame, z, y, x), in the inverse unit of b; NaN where it has none.

    Signals of 0 or less, and those around which the mean is not above `least`, are left out; a voxel needs two
    different b that remain. A signal weighs with the square of the mean around it.
    """
    flat = signals.reshape(len(b), -1)
    around = np.stack([_around(frame) for frame in signals]).reshape(len(b), -1)
    rate = np.empty(flat.shape[1], np.float32)
    for start in range(0, flat.shape[1], AT_ONCE):
        part = slice(start, start + AT_ONCE)
        near = around[:, part].astype(float)
        weight = np.where((flat[:, part] > 0) & (near > max(least, 0.0)), near * near, 0.0)
        rate[part] = _fit(flat[:, part].astype(float), np.asarray(b, float)[:, None], weight)
    return rate.reshape(signals.shape[1:])


def _around(frame: Array) -> Array:
    """The mean of the eight neighbours of each voxel in its plane; beyond the border the outermost voxel goes on."""
    values = frame.astype(np.float32)
    return np.asarray((9 * ndimage.uniform_filter(values, (1, 3, 3), mode="nearest") - values) / 8)


def _fit(s: Array, b: Array, weight: Array) -> Array:
    """D of each column of s (frame, voxel); a signal of weight 0 is not used."""
    used = weight > 0
    log = np.log(np.where(used, s, 1.0))
    w, wb, wbb = weight.sum(axis=0), (weight * b).sum(axis=0), (weight * b * b).sum(axis=0)
    wy, wby = (weight * log).sum(axis=0), (weight * b * log).sum(axis=0)
    spread = w * wbb - wb * wb
    solved = (used & (b != _first(b, used))).any(axis=0) & (spread > 0)
    return np.where(solved, (wb * wy - w * wby) / np.where(solved, spread, 1.0), np.nan)


def _first(b: Array, used: Array) -> Array:
    """The first b that each voxel uses."""
    return np.asarray(b[used.argmax(axis=0), 0])
