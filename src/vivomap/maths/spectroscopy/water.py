"""What the signal of unsuppressed water tells: how strong it is, and how eddy currents turned the phase."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vivomap.core.image import Array

EARLY_S = 0.03  # project: while water in tissue loses a third to a half


class Strength(NamedTuple):
    """The amplitude at time zero and its standard uncertainty."""

    value: float
    uncertainty: float


def strength(signal: Array, dwell: float) -> Strength:
    """The amplitude at the echo: the logarithm of the magnitude, a parabola of time over the first samples."""
    count = min(signal.size, max(16, round(EARLY_S / dwell)))
    times = np.arange(count) / count
    size = np.abs(signal[:count])
    columns = np.vander(times, 3, increasing=True) * size[:, None]
    answer = np.linalg.lstsq(columns, size * np.log(size), rcond=None)[0]
    left = size * np.log(size) - columns @ answer
    spread = left @ left / (count - 3)
    doubt = float(np.sqrt(spread * np.linalg.inv(columns.T @ columns)[0, 0]))
    value = float(np.exp(answer[0]))
    return Strength(value, value * doubt)


def without_eddy(signal: Array, water: Array) -> Array:
    """The signal with the phase of water at each sample taken off (Klose 1990): water comes to frequency 0."""
    return np.asarray(signal * np.exp(-1j * np.angle(water)))
