"""Filters on images whose response is known; the reference maps of IBSI 2 are met in tests of `verify`."""

import numpy as np
import pytest

from vivomap.maths.filters import responses

CUBE = np.random.default_rng(0).normal(size=(16, 16, 16))


def wave(length, shape=(16, 16, 64)):
    return np.broadcast_to(np.cos(2 * np.pi * np.arange(shape[2]) / length), shape)


def test_a_mean_of_one_voxel_changes_nothing_and_a_flat_one_stays_in_its_slice():
    assert np.array_equal(responses.mean(CUBE, 1, "mirror", False), CUBE)
    step = np.zeros((4, 8, 8))
    step[2:] = 1
    assert np.array_equal(responses.mean(step, 3, "mirror", True), step)
    assert not np.array_equal(responses.mean(step, 3, "mirror", False), step)


def test_a_spot_is_dark_where_it_is_bright():
    spot = np.zeros((21, 21, 21))
    spot[10, 10, 10] = 1
    found = responses.spots(spot, 2.0, 4.0, "zero", False)
    assert found.argmin() == np.ravel_multi_index((10, 10, 10), found.shape)


def test_an_even_image_has_no_edges_waves_or_details():
    flat = np.full((12, 12, 12), 7.0)
    assert responses.lines(flat, "L5E5E5", "mirror", "max") == pytest.approx(0 * flat, abs=1e-9)
    assert responses.details(flat, "db3", "LLH", 2, "mirror", "mean") == pytest.approx(0 * flat, abs=1e-9)
    assert responses.rings(flat, 1, False) == pytest.approx(0 * flat, abs=1e-9)


def test_gabor_answers_to_its_own_length_and_orientation():
    along, across = (responses.waves(wave(8), (6, 8, 1.0), (a,), "periodic", True)[8, 8, 32] for a in (0.0, np.pi / 2))
    assert along > 100 * across
    assert along > 10 * responses.waves(wave(8), (6, 16, 1.0), (0.0,), "periodic", True)[8, 8, 32]


def test_opposite_orientations_count_once():
    half, whole = ([np.pi * k / 4 for k in range(n)] for n in (4, 8))
    found = (responses.waves(CUBE, (1, 4, 1.0), tuple(a), "mirror", False) for a in (half, whole))
    assert np.allclose(*found)


def test_each_level_of_low_passes_doubles_an_even_slice_and_ripple_is_all_in_the_first_high_pass():
    even, ripple = np.ones((3, 8, 8)), wave(2, (3, 8, 8))
    assert responses.details(even, "haar", "LL", 2, "periodic") == pytest.approx(4 * even)
    assert np.abs(responses.details(ripple, "haar", "HL", 1, "periodic")) == pytest.approx(2 * even)
    assert responses.details(ripple, "haar", "HL", 2, "periodic") == pytest.approx(0 * even, abs=1e-12)
    assert np.abs(responses.details(wave(4, (3, 8, 8)), "haar", "HL", 2, "periodic")).max() == pytest.approx(2)


def test_energy_is_the_mean_size_of_a_response():
    assert responses.energy(CUBE, 1, "mirror", False)[8, 8, 8] == pytest.approx(np.abs(CUBE[7:10, 7:10, 7:10]).mean())


def test_rings_pass_the_octave_of_their_level():
    kept = [np.ptp(responses.rings(wave(8), level, False)[8, 8]) for level in (1, 2, 3)]
    assert kept[1] == max(kept)
