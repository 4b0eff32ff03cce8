"""The first guess: shift, phase and noise of signals whose shift, phase and noise are known."""

import numpy as np
import pytest

from vivomap.maths.spectroscopy.basis import Sampling, basis
from vivomap.maths.spectroscopy.guess import noise, seen_of, shift_hz, turned
from vivomap.maths.spectroscopy.spins import Sequence

SAMPLING = Sampling(2048, 5e-4, 127.75)
BASIS = basis(("NAA", "Cr", "GPC"), SAMPLING, Sequence("FID", 0.0))


def signal(shift: float, phase: float, deviation: float = 0.0) -> np.ndarray:
    times = SAMPLING.times
    clean = np.array([10, 8, 1.5]) @ BASIS.signals * np.exp(-15 * times + 1j * (phase + 2 * np.pi * shift * times))
    dice = np.random.default_rng(1).normal(0, deviation, (2, clean.size))
    return np.asarray(clean + dice[0] + 1j * dice[1])


@pytest.mark.parametrize("shift", [-20.0, 0.0, 13.0])
def test_the_shift_is_found_within_the_step_of_the_spectrum(shift: float) -> None:
    assert shift_hz(signal(shift, 1.0), SAMPLING) == pytest.approx(shift, abs=1.0)


@pytest.mark.parametrize("phase", [-3.0, -1.5, 0.0, 2.0])
def test_the_phase_is_taken_off(phase: float) -> None:
    straight, first = turned(signal(5.0, phase), BASIS)
    assert abs(np.angle(straight[0])) < 0.2
    assert first.shift == pytest.approx(5.0, abs=1.0)


def test_noise_is_told_beside_strong_lines() -> None:
    assert noise(signal(0, 0, 0.1), SAMPLING) == pytest.approx(0.1 * np.sqrt(2048), rel=0.1)


def test_a_spectrum_without_empty_places_tells_no_noise() -> None:
    narrow = Sampling(256, 1 / 900, 127.75)
    assert noise(np.ones(256, complex), narrow) is None


def test_what_is_seen_is_the_window() -> None:
    seen = seen_of(signal(0, 0, 0.1), SAMPLING)
    assert seen.values.shape == seen.places.shape
