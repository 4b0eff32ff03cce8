"""Water: how strong it is at time zero, and the phase that it lends."""

import numpy as np
import pytest

from vivomap.maths.spectroscopy.water import strength, without_eddy

TIMES = np.arange(2048) * 5e-4


@pytest.mark.parametrize("gauss", [0.0, 6.0])
def test_the_amplitude_is_that_at_time_zero(gauss: float) -> None:
    signal = 4000 * np.exp(-20 * TIMES - (gauss * TIMES) ** 2 + 0.7j)
    answer = strength(signal, 5e-4)
    assert answer.value == pytest.approx(4000, rel=1e-3)


def test_the_doubt_covers_noise() -> None:
    many = []
    for seed in range(60):
        dice = np.random.default_rng(seed).normal(0, 40, (2, 2048))
        many.append(strength(4000 * np.exp(-20 * TIMES) + dice[0] + 1j * dice[1], 5e-4))
    spread = np.std([m.value for m in many])
    assert 0.6 < spread / np.mean([m.uncertainty for m in many]) < 1.5


def test_a_phase_that_eddy_currents_gave_both_is_taken_off() -> None:
    eddy = np.exp(1j * 2 * np.exp(-TIMES / 0.05))
    molecule = np.exp(-15 * TIMES - 2j * np.pi * 300 * TIMES)
    water = 3000 * np.exp(-20 * TIMES)
    assert np.allclose(without_eddy(molecule * eddy, water * eddy), molecule)
