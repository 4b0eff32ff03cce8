"""When a bolus comes, and what it does to the decay of a signal."""

import numpy as np
import pytest

from vivomap.maths.bolus import decay_change, object_mask, passage

T = np.arange(80) * 1.5
CHANGE = np.where(T > 30, np.maximum(T - 30, 0) ** 3 * np.exp(-np.maximum(T - 30, 0) / 1.5), 0.0)
CHANGE *= 10 / CHANGE.max()


@pytest.mark.parametrize("noise", [0, 0.002])
def test_the_baseline_ends_just_before_the_signal_falls(noise):
    signal = np.exp(-0.03 * CHANGE) + np.random.default_rng(0).normal(0, noise, 80)
    when = passage(signal)
    assert when.first == 0
    assert 16 <= when.last <= 20
    assert when.peak == CHANGE.argmax()
    assert when.baseline == when.last + 1


def test_first_frames_that_are_not_steady_are_left_out_of_the_baseline():
    signal = np.exp(-0.03 * CHANGE)
    signal[:3] *= (1.4, 1.15, 1.05)
    assert passage(signal).first == 3


def test_a_change_of_decay_is_found_in_single_precision_and_its_noise_is_that_of_the_baseline():
    rng = np.random.default_rng(0)
    clean = 1000 * np.exp(-0.03 * CHANGE)[:, None] * np.ones(50)
    change, level, noise = decay_change(clean, slice(0, 20), 0.03)
    assert np.allclose(change, CHANGE[:, None], atol=1e-3)
    assert np.allclose((level, noise), ([1000] * 50, [0] * 50), atol=1e-2)
    _, _, noise = decay_change(clean + rng.normal(0, 10, (80, 50)), slice(0, 20), 0.03)
    assert np.sqrt(np.mean(noise**2)) == pytest.approx(10, rel=0.1)


def test_a_voxel_that_touches_zero_has_no_curve():
    signals = np.full((80, 2), 100.0)
    signals[40, 1] = 0
    change, _, _ = decay_change(signals, slice(0, 20), 0.03)
    assert np.isfinite(change[:, 0]).all()
    assert np.isnan(change[:, 1]).all()


@pytest.mark.parametrize("noise", [0, 10])
def test_the_brain_is_the_largest_bright_part_with_its_holes_filled(noise):
    level = np.abs(np.random.default_rng(0).normal(0, noise, (10, 30, 30)))
    level[2:8, 5:25, 5:25] = 1000
    level[4:6, 10:12, 10:12] = 20
    level[0, 0, 0] = 1000
    mask = object_mask(level)
    assert mask.sum() == 6 * 20 * 20
    assert mask[4, 10, 10]
    assert not mask[0, 0, 0]
