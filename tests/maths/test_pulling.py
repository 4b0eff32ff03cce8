"""The compiled passes against plain numpy."""

import numpy as np
import pytest
from scipy import ndimage

from vivomap.maths.pulling import gradient, outer, pulled, push, step

RNG = np.random.default_rng(0)
IMAGE = ndimage.gaussian_filter(RNG.normal(size=(9, 11, 13)), 1).astype(np.float32)
PLACE = np.array([[0.98, 0.02, 0, 0.3], [0, 1.01, -0.03, 0.2], [0.01, 0, 1, -0.1]])


def test_what_is_pulled_lies_straight_between_eight_voxels():
    field = RNG.normal(0, 0.5, (3, *IMAGE.shape)).astype(np.float32)
    index = np.indices(IMAGE.shape) + field
    place = np.tensordot(PLACE[:, :3], index, 1) + PLACE[:, 3, None, None, None]
    expected = ndimage.map_coordinates(IMAGE, place, order=1, cval=np.nan)
    found = pulled(IMAGE, PLACE, field)
    inside = np.isfinite(expected) & np.isfinite(found)
    assert inside.mean() > 0.5
    assert np.allclose(found[inside], expected[inside], atol=1e-5)


def test_beyond_the_moving_image_nothing_is_made_up():
    far = np.full((3, *IMAGE.shape), 50, np.float32)
    assert np.isnan(pulled(IMAGE, PLACE, far)).all()
    assert (pulled(IMAGE, PLACE, far, outside=0.0) == 0).all()


def test_the_gradient_is_that_of_the_library_inside():
    slope = np.empty((3, *IMAGE.shape), np.float32)
    gradient(IMAGE, slope)
    assert np.allclose(slope[:, 1:-1, 1:-1, 1:-1], np.array(np.gradient(IMAGE))[:, 1:-1, 1:-1, 1:-1], atol=1e-6)


def test_the_push_is_weight_slope_and_difference_and_is_less_for_a_change():
    still, slope = np.zeros((3, *IMAGE.shape), np.float32), np.ones((3, *IMAGE.shape), np.float32)
    weight, pushed = np.full(IMAGE.shape, 2, np.float32), np.empty((3, *IMAGE.shape), np.float32)
    squares, count = push((IMAGE + 1, IMAGE, weight), np.eye(4)[:3], (still, slope, pushed), 1e9)
    assert squares / count == pytest.approx(1, abs=1e-5)
    assert np.allclose(pushed, 2, atol=1e-5)
    push((IMAGE + 1, IMAGE, weight), np.eye(4)[:3], (still, slope, pushed), 1.0)
    assert np.allclose(pushed, 1, atol=1e-5)


def test_a_step_solves_the_equations_of_each_voxel_and_no_step_is_longer_than_allowed():
    slopes = RNG.normal(size=(4, 3, 2, 2, 2)).astype(np.float32)
    left = np.zeros((6, 2, 2, 2), np.float32)
    for slope in slopes:
        one = np.empty_like(left)
        outer(slope, np.ones((2, 2, 2), np.float32), one)
        left += one
    right = RNG.normal(0, 0.1, (3, 2, 2, 2)).astype(np.float32)
    field = np.zeros((3, 2, 2, 2), np.float32)
    step(left, right, field, (0.5, 1e9))
    matrix = np.einsum("ni...,nj...->...ij", slopes, slopes) + 0.5 * np.eye(3)
    expected = np.linalg.solve(matrix, np.moveaxis(right, 0, -1)[..., None])[..., 0]
    assert np.allclose(np.moveaxis(field, 0, -1), expected, atol=1e-4)
    field[:] = 0
    step(left, right * 100, field, (0.5, 1.0))
    assert np.linalg.norm(field, axis=0).max() <= 1 + 1e-5
