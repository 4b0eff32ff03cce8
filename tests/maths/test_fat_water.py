"""Fat and water told apart: exact without noise, honest with it, and not swapped where either prevails."""

import numpy as np
import pytest

from vivomap.maths.fat_water import fat_signal, search, separated

TIMES = np.array((1.2, 2.2, 3.2, 4.2, 5.2, 6.2)) / 1000


def signals(share, field, rate, noise=0.0, seed=0):
    """Echoes of voxels (echo, voxel) by the formula, with noise in both channels."""
    share, field, rate = np.broadcast_arrays(*(np.atleast_1d(v).astype(float) for v in (share, field, rate)))
    fat = fat_signal(TIMES, 3.0)[:, None]
    clean = (1 - share + share * fat) * np.exp((2j * np.pi * field - rate) * TIMES[:, None] + 0.7j)
    rng = np.random.default_rng(seed)
    return clean + noise * (rng.standard_normal(clean.shape) + 1j * rng.standard_normal(clean.shape))


def test_pure_fat_begins_at_one_and_runs_against_water_after_its_half_turn():
    fat = fat_signal(np.array((0.0, 0.5 / (3.4 * 42.577 * 3.0))), 3.0)
    assert fat[0] == pytest.approx(1.0)
    assert fat[1].real < -0.5


def test_without_noise_share_rate_and_field_are_exact():
    share, field, rate = np.array((0.0, 0.1, 0.5, 0.9, 1.0)), np.array((3.0, -20.0, 10.0, 0.0, 25.0)), 50.0
    found = separated(signals(share, field, rate), TIMES, fat_signal(TIMES, 3.0), np.zeros(5))
    assert found.share == pytest.approx(share, abs=1e-5)
    assert found.field == pytest.approx(field, abs=1e-2)
    assert found.rate == pytest.approx(np.full(5, rate), rel=1e-3)


def test_the_mean_of_lean_tissue_has_no_bias_from_noise_and_its_doubt_is_its_scatter():
    seen = signals(np.full(2000, 0.02), 5.0, 40.0, 0.03)
    found = separated(seen, TIMES, fat_signal(TIMES, 3.0), np.zeros(2000))
    assert found.share.mean() == pytest.approx(0.02, abs=4 * found.share.std() / np.sqrt(2000))
    assert found.share.std() == pytest.approx(float(np.sqrt(np.mean(found.share_u**2))), rel=0.15)
    assert (found.share < 0).any()


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_the_search_does_not_swap_fat_and_water(share):
    shape = (3, 8, 8)
    field = 90.0 * np.linspace(-1, 1, 8)[None, None, :] * np.ones(shape)
    seen = signals(np.full(field.size, share), field.ravel(), 50.0, 0.04).reshape(-1, *shape)
    found, _ = search(seen, TIMES, fat_signal(TIMES, 3.0), np.ones(shape, bool))
    assert np.abs(found - field).max() < 60
