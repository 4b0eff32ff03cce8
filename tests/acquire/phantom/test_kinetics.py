"""The kinetic phantom against numerical integration of its equations."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from vivomap.acquire.phantom.kinetics import (
    BALANCED,
    TRAPPED,
    balanced,
    balanced_tissue,
    blood,
    frame_means,
    trapped,
    trapped_tissue,
)

T = np.array([0.5, 2.0, 10.0, 40.0, 80.0])


def solved(slopes, size):
    got = solve_ivp(slopes, (0, 80), np.zeros(size), t_eval=T, rtol=1e-9, atol=1e-9)
    return got.y.sum(axis=0)


def test_one_tissue_solves_its_equation():
    k1, k2 = BALANCED
    true = solved(lambda t, c: [k1 * blood(np.array(t)) - k2 * c[0]], 1)
    assert balanced_tissue(k1, k2)(T) == pytest.approx(true, rel=1e-5)


def test_two_tissues_solve_their_equations():
    k1, k2, k3 = TRAPPED
    true = solved(lambda t, c: [k1 * blood(np.array(t)) - (k2 + k3) * c[0], k3 * c[0]], 2)
    assert trapped_tissue(*TRAPPED)(T) == pytest.approx(true, rel=1e-5)


def test_a_frame_is_weighted_by_decay():
    slow, fast = (frame_means(lambda t: t, half_life)[-1] for half_life in (1e9, 1221.8))
    assert slow == pytest.approx(75.0)
    assert 74.5 < fast < 75.0


def test_seeds_and_noise_move_voxels_and_not_the_truth():
    for made in (trapped, balanced):
        (one,), _, truth = made(1)
        (two,), _, same = made(2)
        assert truth == same
        assert not np.array_equal(one.voxels.array, two.voxels.array)
        (still,), (region, *_), _ = made(1, 0.0)
        assert np.ptp(still.voxels.array[5][region.mask.array]) == 0
