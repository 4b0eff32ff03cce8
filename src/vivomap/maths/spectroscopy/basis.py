"""The signal of each molecule at its natural sharpness, as sampled: the basis of a fit.

    s(t) = Σ a exp(2πi ν t),    humps  p exp(2πi ν t) exp(-(π w t)² / (4 ln 2))        one unit: one proton gives 1

Frequencies grow with ppm and are 0 at the centre.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from vivomap.core.image import Array
from vivomap.maths.spectroscopy.molecules import LIPIDS, MACROMOLECULES, MOLECULES, Hump
from vivomap.maths.spectroscopy.spins import Sequence, lines


class Sampling(NamedTuple):
    """How a signal was sampled: samples, seconds between them, MHz of 1 ppm, and the ppm of frequency 0."""

    points: int
    dwell: float
    mhz: float
    centre_ppm: float = 4.65

    @property
    def times(self) -> Array:
        """Seconds from the echo, (points,)."""
        return np.arange(self.points) * self.dwell

    def hz(self, ppm: float) -> float:
        """The frequency of a shift."""
        return (ppm - self.centre_ppm) * self.mhz


class Basis(NamedTuple):
    """Signals (molecule, point) by name; `sharp` is False for humps, which keep their own width."""

    names: tuple[str, ...]
    signals: Array
    sharp: Array
    sampling: Sampling


@lru_cache(maxsize=8)
def basis(names: tuple[str, ...], sampling: Sampling, sequence: Sequence) -> Basis:
    """The basis of some molecules and humps, in their order."""
    signals = np.stack([_signal(name, sampling, sequence) for name in names])
    signals.flags.writeable = False
    return Basis(names, signals, np.array([name in MOLECULES for name in names]), sampling)


def _signal(name: str, sampling: Sampling, sequence: Sequence) -> Array:
    if name not in MOLECULES:
        return _humps((MACROMOLECULES | LIPIDS)[name], sampling)
    found = [lines(part, sampling.mhz, sampling.centre_ppm, sequence) for part in MOLECULES[name]]
    return summed(np.concatenate([f.hz for f in found]), np.concatenate([f.amplitude for f in found]), sampling)


def summed(hz: Array, amplitude: Array, sampling: Sampling) -> Array:
    """A sum of undamped lines, (points,), in blocks: exp(iω(t0 + t)) is a product."""
    step = 64
    fine = np.exp(2j * np.pi * np.outer(hz, np.arange(step) * sampling.dwell))
    starts = np.arange(0, sampling.points, step) * sampling.dwell
    coarse = amplitude * np.exp(2j * np.pi * np.outer(starts, hz))
    return np.asarray((coarse @ fine).ravel()[: sampling.points])


def _humps(humps: Iterable[Hump], sampling: Sampling) -> Array:
    times = sampling.times
    total = np.zeros(sampling.points, complex)
    for hump in humps:
        decay = np.exp(-((np.pi * hump.width_ppm * sampling.mhz * times) ** 2) / (4 * np.log(2)))
        total += hump.protons * np.exp(2j * np.pi * sampling.hz(hump.ppm) * times) * decay
    return total
