"""Damped waves: found where they are, and water taken off without touching the rest."""

import numpy as np
import pytest

from vivomap.maths.spectroscopy.basis import Sampling
from vivomap.maths.spectroscopy.subspace import decomposed, without_water

SAMPLING = Sampling(2048, 5e-4, 127.75)


def wave(ppm: float, rate: float, amplitude: complex) -> np.ndarray:
    times = SAMPLING.times
    return np.asarray(amplitude * np.exp(2j * np.pi * SAMPLING.hz(ppm) * times - rate * times))


def test_the_waves_of_a_signal_are_found() -> None:
    dice = np.random.default_rng(0).normal(0, 1e-3, (2, 2048))
    signal = wave(2.01, 18, 10) + wave(3.03, 20, 5j) + dice[0] + 1j * dice[1]
    found = decomposed(signal, SAMPLING.dwell)
    loud = found.hz[np.argsort(-np.abs(found.waves[:, 0]))[:2]]
    assert sorted(loud) == pytest.approx([SAMPLING.hz(2.01), SAMPLING.hz(3.03)], abs=0.05)


def test_water_goes_and_molecules_stay() -> None:
    molecules = wave(2.01, 18, 10) + wave(3.03, 20, 8) + wave(4.05, 20, 2)
    water = wave(4.70, 40, 300 + 100j) + wave(4.62, 25, 80j)
    dice = np.random.default_rng(0).normal(0, 0.05, (2, 2048))
    left = without_water(molecules + water + dice[0] + 1j * dice[1], SAMPLING)
    assert np.abs(left - molecules)[:200].mean() < 0.1
