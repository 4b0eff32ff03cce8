"""One exponential in every voxel: signal S(b) = S0 exp(-b D), fitted to two or more b at once.

First weighted least squares on ln S with weight S², the closed form of which is exact for noise-free signals; then one
Gauss-Newton step on S itself, kept where it lowers the squared error.
"""

from __future__ import annotations

import numpy as np

from vivomap.core.image import Array

AT_ONCE = 1 << 16  # voxels: keeps the work in the cache


def decay_rate(signals: Array, b: Array, least: float) -> Array:
    """D of each voxel, (z, y, x) from signals (frame, z, y, x), in the inverse unit of b; NaN where it has none.

    Signals at or below `least` (or 0) are left out; a voxel needs two different b that remain.
    """
    flat = signals.reshape(len(b), -1)
    rate = np.empty(flat.shape[1], np.float32)
    for start in range(0, flat.shape[1], AT_ONCE):
        part = slice(start, start + AT_ONCE)
        rate[part] = _fit(flat[:, part].astype(float), np.asarray(b, float)[:, None], max(least, 0.0))
    return rate.reshape(signals.shape[1:])


def _fit(s: Array, b: Array, least: float) -> Array:
    """D of each column of s (frame, voxel)."""
    used = s > least
    s = np.where(used, s, 1.0)
    weight = np.where(used, s * s, 0.0)
    log = np.log(s)
    w, wb, wbb = weight.sum(axis=0), (weight * b).sum(axis=0), (weight * b * b).sum(axis=0)
    wy, wby = (weight * log).sum(axis=0), (weight * b * log).sum(axis=0)
    spread = w * wbb - wb * wb
    solved = (used & (b != _first(b, used))).any(axis=0) & (spread > 0)
    safe = np.where(solved, spread, 1.0)
    rate = np.where(solved, (wb * wy - w * wby) / safe, 0.0)
    level = np.where(solved, (wy + rate * wb) / np.where(solved, w, 1.0), 0.0)
    return np.where(solved, _polish(s, b, used, np.exp(level), rate), np.nan)


def _first(b: Array, used: Array) -> Array:
    """The first b that each voxel uses."""
    return np.asarray(b[used.argmax(axis=0), 0])


def _polish(s: Array, b: Array, used: Array, start: Array, rate: Array) -> Array:
    """One Gauss-Newton step of the rate, kept where the squared error falls."""
    shape = np.where(used, np.exp(-b * rate), 0.0)
    error = np.where(used, s, 0.0) - start * shape
    tilt = -start * b * shape
    aa, ab, bb = (shape * shape).sum(axis=0), (shape * tilt).sum(axis=0), (tilt * tilt).sum(axis=0)
    ya, yb = (shape * error).sum(axis=0), (tilt * error).sum(axis=0)
    spread = aa * bb - ab * ab
    safe = np.where(spread > 0, spread, 1.0)
    step = np.where(spread > 0, (aa * yb - ab * ya) / safe, 0.0)
    level = np.where(spread > 0, (bb * ya - ab * yb) / safe, 0.0)
    after = np.where(used, s, 0.0) - (start + level) * np.where(used, np.exp(-b * (rate + step)), 0.0)
    better = (after * after).sum(axis=0) < (error * error).sum(axis=0)
    return np.where(better, rate + step, rate)
