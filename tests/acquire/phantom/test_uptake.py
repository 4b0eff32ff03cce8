"""The hot sphere is a ball blurred by a Gaussian, and its truth the integral of it."""

import numpy as np
import pytest
from scipy import ndimage

from vivomap.acquire.phantom.uptake import Sphere, hot_sphere, profile


def test_the_profile_is_a_ball_blurred_by_numbers():
    radius, blur, step = 6.0, 2.0, 0.5
    half = 36
    r = np.sqrt(np.sum(((np.indices((2 * half + 1,) * 3) - half) * step) ** 2, axis=0))
    # a voxel counts by how far the surface lies from its centre, so that the ball has its volume
    ball = np.clip((radius - r) / step + 0.5, 0, 1)
    blurred = ndimage.gaussian_filter(ball, blur / step, truncate=6)
    line = np.s_[half, half, half:]
    assert profile(r[line], radius, blur) == pytest.approx(blurred[line], abs=2e-3)


def test_the_published_recovery_is_found():
    assert profile(np.zeros(1), 6.0, 3.0).item() == pytest.approx(0.7385, abs=5e-5)


def test_without_blur_the_volumes_are_those_of_the_ball():
    _, _, truth = hot_sphere(Sphere(blur_mm=0.02, noise=0.0))
    ball = 4 / 3 * np.pi * 18**3 / 1000
    for name in ("mtv_41", "mtv_fixed"):
        assert truth[name] == pytest.approx(ball, rel=2e-3)
    assert truth["tlg"] == pytest.approx(8 * ball, rel=2e-3)


def test_the_mean_is_that_of_its_own_voxels_on_a_fine_grid():
    sphere = Sphere(radius_mm=8.0, drawn_mm=11.0, spacing_mm=(1.0, 1.0, 1.0), noise=0.0)
    (suv,), (lesion, _), truth = hot_sphere(sphere)
    assert suv.voxels.array[lesion.mask.array].mean() == pytest.approx(truth["suv_mean"], rel=0.01)


def test_the_liver_is_even_and_apart():
    (suv,), (lesion, liver), _ = hot_sphere(Sphere(noise=0.0))
    assert np.unique(suv.voxels.array[liver.mask.array]).tolist() == [2.2]
    assert not (lesion.mask.array & liver.mask.array).any()
