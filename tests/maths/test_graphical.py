"""Straight lines of kinetics, on frames that are means over time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivomap.maths.graphical import logan, patlak, running

LENGTHS = np.array([5.0] * 6 + [10.0] * 6 + [30.0] * 4 + [60.0] * 6) / 60
EDGES = np.concatenate(([0.0], np.cumsum(LENGTHS)))


def means(integral):
    """Frame means of a curve, from its integral."""
    return np.diff(integral(EDGES)) / LENGTHS


def test_the_mean_of_an_integral_is_exact_to_third_order():
    found = running(LENGTHS) @ means(lambda t: t**2 / 2)  # of the curve t, whose integral is t²/2 and its integral t³/6
    assert found == pytest.approx(means(lambda t: t**3 / 6), rel=0.02, abs=1e-4)
    assert found[12:-1] == pytest.approx(means(lambda t: t**3 / 6)[12:-1], rel=1e-3)


@pytest.mark.parametrize("rate", [0.05, 0.3, 1.0])
def test_an_exponential_is_followed(rate):
    found = running(LENGTHS) @ means(lambda t: (1 - np.exp(-rate * t)) / rate)
    true = means(lambda t: t / rate + (np.exp(-rate * t) - 1) / rate**2)
    assert found[6:] == pytest.approx(true[6:], rel=2e-3)


@given(st.floats(0.1, 10), st.integers(0, 10**6))
def test_twice_the_curve_is_twice_the_integral(scale, seed):
    curve = np.random.default_rng(seed).random(len(LENGTHS))
    assert running(LENGTHS) @ (scale * curve) == pytest.approx(scale * (running(LENGTHS) @ curve))


@given(st.floats(0.001, 0.5), st.floats(0.0, 2.0), st.integers(0, 10**6))
def test_patlak_gives_back_the_two_numbers_that_made_the_curve(ki, free, seed):
    rng = np.random.default_rng(seed)
    integral, blood = np.cumsum(rng.random(12) + 1), rng.random(12) + 0.5
    turn = patlak(integral, blood, rng.random(12) + 0.1)
    assert turn @ (ki * integral + free * blood) == pytest.approx([ki, free], abs=1e-9)


def test_logan_gives_back_its_slope_and_leaves_nothing():
    rng = np.random.default_rng(1)
    tissue, driven = rng.random(9) + 1, np.cumsum(rng.random(9))
    line = logan(2.5 * driven - 4.0 * tissue, tissue, driven)
    assert (line.slope, line.intercept) == pytest.approx((2.5, -4.0))
    assert np.abs(line.rest).max() < 1e-9
