"""A signal as a sum of damped waves (HSVD, Barkhuijsen 1987, after Kung), and the same without its water.

H_kl = s(k + l) = U S Vᴴ;   U below ≈ U above · Q;   the eigenvalues of Q are exp((2πi ν - d) Δt)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.linalg
from numpy.lib.stride_tricks import sliding_window_view

from vivomap.core.image import Array
from vivomap.maths.spectroscopy.basis import Sampling

WAVES = 25
ROWS, SAMPLES = 256, 1024  # project: of the Hankel matrix; what is later is damped away
WATER_PPM = (4.35, 5.6)  # project: between inositol at 4.05 and the amide protons


class Waves(NamedTuple):
    """Frequencies in Hz and the waves themselves, (wave, point)."""

    hz: Array
    waves: Array


def decomposed(signal: Array, dwell: float) -> Waves:
    """The damped waves that a signal is made of; those that would grow are left out."""
    early = signal[:SAMPLES]
    hankel = sliding_window_view(early, early.size - min(ROWS, early.size // 2) + 1)
    gram = hankel @ hankel.conj().T
    count = min(WAVES, len(gram) - 1)
    space = scipy.linalg.eigh(gram, subset_by_index=(len(gram) - count, len(gram) - 1))[1]
    step = np.linalg.lstsq(space[:-1], space[1:], rcond=None)[0]
    poles = np.linalg.eigvals(step)
    poles = poles[(np.abs(poles) < 1.0) & (np.abs(poles) > 0.1)]
    powers = np.exp(np.log(poles)[:, None] * np.arange(signal.size))
    amplitude = np.linalg.lstsq(powers[:, : early.size].T, early, rcond=None)[0]
    return Waves(np.angle(poles) / (2 * np.pi * dwell), amplitude[:, None] * powers)


def without_water(signal: Array, sampling: Sampling, ppm: tuple[float, float] = WATER_PPM) -> Array:
    """The signal less the waves whose shift lies where water does."""
    found = decomposed(signal, sampling.dwell)
    shifts = sampling.centre_ppm + found.hz / sampling.mhz
    return np.asarray(signal - found.waves[(shifts >= ppm[0]) & (shifts <= ppm[1])].sum(axis=0))
