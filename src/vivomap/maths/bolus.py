"""A bolus in a series of signals: when it comes, what was before it, and how much faster the signal decays.

    ΔR(t) = ln(S_before / S(t)) / TE            per second, with S_before the mean of the frames before it comes

The mean signal of an object falls when the bolus is there. Frames before its fall are the baseline; first frames that
have not yet reached the steady state are left out of it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import ndimage
from skimage.filters import threshold_otsu

from vivomap.core.image import Array
from vivomap.maths.sampling import SIX_NEIGHBOURS

FALLEN = 0.05  # project: of the deepest fall; below it the bolus has not come
UNSTEADY = 0.02  # project: a first frame that differs by more from the baseline is not in the steady state
MOST_UNSTEADY = 5  # project: frames
OBJECT = 0.3  # project: of the way from air to the object
AT_ONCE = 1 << 15  # voxels: keeps the work in the cache


class Passage(NamedTuple):
    """Frames of a bolus: the first steady one, the last before it comes (both of the baseline), and its peak."""

    first: int
    last: int
    peak: int

    @property
    def before(self) -> slice:
        return slice(self.first, self.last + 1)

    @property
    def baseline(self) -> int:
        """How many frames the baseline has."""
        return self.last + 1 - self.first


def passage(signal: Array) -> Passage:
    """Where in a mean signal (frame,) the bolus passes."""
    peak = int(signal[1:].argmin()) + 1
    level = float(np.median(signal[: max(peak - 2, 1)]))
    fall = level - signal
    low = np.flatnonzero(fall[:peak] < FALLEN * fall[peak])
    last = max(int(low[-1]) if low.size else 0, 0)
    last = max(last - 1, 0)  # the frame beside the fall may hold its first part
    first = 0
    while first < min(MOST_UNSTEADY, last) and abs(signal[first] / level - 1) > UNSTEADY:
        first += 1
    return Passage(first, last, peak)


def object_mask(level: Array) -> Array:
    """The largest connected part of a volume (z, y, x) that is brighter than air, its holes filled."""
    parted = threshold_otsu(level[np.isfinite(level)])
    air, bright = (float(np.median(level[part])) for part in (level <= parted, level > parted))
    lit = level > air + OBJECT * (bright - air)
    labels, count = ndimage.label(lit, SIX_NEIGHBOURS)
    if count == 0:
        return np.zeros(level.shape, bool)
    largest = int(np.bincount(labels.ravel())[1:].argmax()) + 1
    return np.asarray(ndimage.binary_fill_holes(labels == largest))


def decay_change(signals: Array, before: slice, te: float) -> tuple[Array, Array, Array]:
    """ΔR (frame, voxel) per second of signals (frame, voxel), the level before, and the noise there (voxel,).

    A voxel of which any signal is not above 0 is NaN throughout. `te` is in seconds.
    """
    change = np.empty(signals.shape, np.float32)
    level, noise = np.empty(signals.shape[1]), np.empty(signals.shape[1])
    for start in range(0, signals.shape[1], AT_ONCE):
        part = slice(start, start + AT_ONCE)
        values = signals[:, part].astype(np.float32)
        level[part] = values[before].mean(axis=0)
        noise[part] = values[before].std(axis=0, ddof=1)
        bright = (values > 0).all(axis=0)
        logs = np.log(np.where(bright, values, 1.0))
        known = np.log(np.where(bright, level[part], 1.0))
        change[:, part] = np.where(bright, (known - logs) / te, np.nan)
    return change, level, noise
