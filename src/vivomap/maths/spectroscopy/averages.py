"""Many recordings of one signal as one: coils weighted by what they hear, averages brought to one frequency and phase.

Averages are registered in the time domain (spectral registration, Near 2015): δ and φ are those for which
s(t) exp(2πi δ t + iφ) lies nearest to the mean.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vivomap.core.image import Array

EARLY_S = 0.2  # project: later samples are mostly noise
ROUNDS = 3
STEPS = 8
FILL = 8  # of the first guess of a shift: an eighth of a line


class Aligned(NamedTuple):
    """The signals (average, point) at one frequency and phase, and what was added to each (Hz, rad)."""

    signals: Array
    hz: Array
    phase: Array


def combined(coils: Array) -> Array:
    """Signals (coil, point) as one: the first singular pair, in the phase of the loudest coil."""
    left, size, right = np.linalg.svd(coils, full_matrices=False)
    loudest = left[np.argmax(np.abs(left[:, 0])), 0]
    return np.asarray(size[0] * right[0] * loudest / abs(loudest))


def aligned(signals: Array, dwell: float) -> Aligned:
    """Signals (average, point) brought to the frequency and phase of their mean, round by round."""
    early = max(8, min(signals.shape[1], round(EARLY_S / dwell)))
    times = np.arange(signals.shape[1]) * dwell
    target = signals[int(np.argmax(np.abs(signals[:, :early]).sum(axis=1)))]  # the loudest
    moved = signals
    begun = [_begun(signal[:early], target[:early], dwell) for signal in signals]
    hz, phase = np.array([b[0] for b in begun]), np.array([b[1] for b in begun])
    for _ in range(ROUNDS):
        for k, signal in enumerate(signals):
            hz[k], phase[k] = _registered(signal[:early], target[:early], times[:early], (hz[k], phase[k]))
        moved = signals * np.exp(1j * (2 * np.pi * np.outer(hz, times) + phase[:, None]))
        target = moved.mean(axis=0)
    return Aligned(moved, hz, phase)


def _begun(signal: Array, target: Array, dwell: float) -> tuple[float, float]:
    """Shift and phase at the peak of the transform of conj(s) times target."""
    apart = np.fft.fft(signal.conj() * target, FILL * signal.size)
    peak = int(np.argmax(np.abs(apart)))
    return float(np.fft.fftfreq(apart.size, dwell)[peak]), float(np.angle(apart[peak]))


def _registered(signal: Array, target: Array, times: Array, start: tuple[float, float]) -> tuple[float, float]:
    """Shift and phase by Gauss–Newton steps."""
    hz, phase = start
    for _ in range(STEPS):
        turned = signal * np.exp(1j * (2 * np.pi * hz * times + phase))
        slopes = np.stack([2j * np.pi * times * turned, 1j * turned], axis=1)
        matrix = (slopes.conj().T @ slopes).real
        step = np.linalg.solve(
            matrix + 1e-12 * np.trace(matrix) * np.eye(2), (slopes.conj().T @ (target - turned)).real
        )
        hz, phase = hz + float(step[0]), phase + float(step[1])
    return hz, phase
