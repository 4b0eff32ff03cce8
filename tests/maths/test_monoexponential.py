"""The fit of one exponential: exact without noise, honest with it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vivomap.maths.monoexponential import decay_rate

B = np.array([0.0, 100.0, 400.0, 800.0])


def series(rate: float | np.ndarray, b: np.ndarray = B, s0: float = 1000.0) -> np.ndarray:
    rate = np.broadcast_to(rate, (2, 3, 4))
    return s0 * np.exp(-b[:, None, None, None] * rate)


@given(st.floats(1e-4, 4e-3), st.floats(1.0, 1e5))
@settings(max_examples=40, deadline=None)
def test_noise_free_signals_give_the_rate_whatever_their_scale(rate, scale):
    assert decay_rate(scale * series(rate), B, 0.0) == pytest.approx(rate, rel=1e-5)


def test_the_textbook_signal_of_449_at_b_800_gives_a_thousandth():
    signals = np.array([1000.0, 449.33]).reshape(2, 1, 1, 1)
    assert decay_rate(signals, np.array([0.0, 800.0]), 0.0).item() == pytest.approx(1e-3, rel=1e-4)


def test_a_signal_in_the_noise_is_left_out():
    signals = series(1e-3)
    signals[3] = 30.0  # far too high a plateau would be taken for slow water
    assert decay_rate(signals, B, 40.0) == pytest.approx(1e-3, rel=1e-5)


def test_a_voxel_with_one_usable_b_has_no_rate_and_says_so():
    signals = series(1e-3)
    signals[1:, 0, 0, 0] = 0
    found = decay_rate(signals, B, 0.0)
    assert np.isnan(found[0, 0, 0])
    assert np.isfinite(found).sum() == found.size - 1
    twice = decay_rate(series(1e-3, np.array([800.0, 800.0])), np.array([800.0, 800.0]), 0.0)
    assert np.isnan(twice).all()


@pytest.mark.parametrize(("snr", "bias"), [(100, 0.002), (30, 0.01), (10, 0.06)])
def test_noise_biases_the_mean_rate_little(snr, bias):
    rng = np.random.default_rng(8)
    clean = np.broadcast_to(1000 * np.exp(-B * 1e-3)[:, None, None, None], (4, 20, 20, 20))
    parts = rng.normal(0, 1000 / snr, (2, *clean.shape))
    noisy = np.hypot(clean + parts[0], parts[1])
    assert np.nanmean(decay_rate(noisy, B, 3000 / snr)) == pytest.approx(1e-3, rel=bias)


def test_the_order_of_frames_is_irrelevant():
    signals = series(np.random.default_rng(9).uniform(5e-4, 2e-3, (2, 3, 4)))
    order = [2, 0, 3, 1]
    assert decay_rate(signals[order], B[order], 0.0) == pytest.approx(decay_rate(signals, B, 0.0), rel=1e-6)


@pytest.mark.parametrize(("b_high", "rate", "snr"), [(1000, 2.5e-3, 30), (1000, 1.1e-3, 10), (800, 2.5e-3, 20)])
def test_noise_does_not_choose_the_voxels_that_are_used(b_high, rate, snr):
    """The highest signal is 2.5 to 3.3 times the noise: what a gate on each voxel's own signal keeps is too low."""
    b = np.array([0.0, b_high])
    rng = np.random.default_rng(12)
    clean = np.broadcast_to(1000 * np.exp(-b * rate)[:, None, None, None], (2, 20, 30, 30))
    parts = rng.normal(0, 1000 / snr, (2, *clean.shape))
    found = decay_rate(np.hypot(clean + parts[0], parts[1]), b, 3000 / snr)
    assert np.isfinite(found).sum() > 500
    assert np.nanmean(found) == pytest.approx(rate, rel=0.02)
