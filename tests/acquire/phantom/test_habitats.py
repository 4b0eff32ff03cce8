"""The ball of three habitats is what it says."""

import numpy as np
import pytest

from vivomap.acquire.phantom.habitats import Ball, cap, grid, habitats, placed, shares


def test_the_shares_of_the_caps_are_those_of_a_fine_grid():
    ball = Ball(spacing_mm=(0.8, 0.8, 0.8))
    place = grid(ball, np.array([0.1, 0.2, 0.3]))
    kind = placed(ball, place)
    inside = kind[kind < 3]
    assert np.bincount(inside) / inside.size == pytest.approx(shares(ball), abs=0.003)
    assert (cap(-1), cap(0), cap(1)) == (1.0, 0.5, 0.0)


def test_pet_is_blurred_and_mr_is_not_and_noise_scales():
    images, (lesion, reference), truth = habitats(noise=0.0)
    suv, adc = images[0], images[1]
    assert [i.number("psf_mm") for i in images] == [5.0, 0.0, 0.0]
    assert suv.voxels.array[reference.mask.array].mean() < 1.2 < suv.voxels.array[lesion.mask.array].min() + 1
    assert adc.voxels.array.max() > 1.8e-3
    assert truth["habitat_largest"] > truth["habitat_hottest"]
    calm, loud = (np.diff(habitats(noise=n)[0][1].voxels.array, axis=2).std() for n in (0.0, 3.0))
    assert loud > 2 * calm


def test_one_kind_has_no_entropy():
    _, _, truth = habitats(Ball(kinds=1))
    assert (truth["habitats"], abs(truth["habitat_entropy"])) == (1.0, 0.0)
