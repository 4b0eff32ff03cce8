"""Boxes, balls and ellipsoids whose numbers are known."""

import numpy as np
import pytest
from scipy.special import elliprg

from vivomap.core import Refusal
from vivomap.maths.texture.shape import axes_mm, ellipsoid_area, moved_centre, shape_of, sphericity_of
from vivomap.maths.texture.surface import surface_of


def ball(radius, size):
    n = [int(radius / s) + 2 for s in size]
    z, y, x = np.meshgrid(*(np.arange(-k, k + 1) * s for k, s in zip(n, size, strict=True)), indexing="ij")
    return z**2 + y**2 + x**2 <= radius**2


def test_a_box_lacks_only_its_cut_corners_and_edges():
    found = shape_of(np.ones((10, 20, 30), bool), (2.0, 1.0, 1.0))
    assert found.volume_of_voxels == 12000
    assert found.volume == pytest.approx(12000, rel=0.01)
    assert found.area == pytest.approx(2 * (20 * 20 + 20 * 30 + 20 * 30), rel=0.04)
    assert found.diameter == pytest.approx(np.sqrt(20**2 + 20**2 + 30**2), rel=0.03)
    assert found.volume_density_box == pytest.approx(1, abs=0.01)
    assert found.volume_density_hull == pytest.approx(1, abs=1e-5)


def test_axes_of_a_row_of_voxels_are_those_of_its_variance():
    mask = np.ones((4, 6, 9), bool)
    variance = [(n * n - 1) / 12 * 216 / 215 for n in (4, 6, 9)]
    size = (1.0, 2.0, 1.0)
    want = sorted((4 * s * np.sqrt(v) for s, v in zip(size, variance, strict=True)), reverse=True)
    assert axes_mm(mask, size) == pytest.approx(want)


def test_a_ball_is_round_within_what_stairs_cost_it():
    found = sphericity_of(surface_of(ball(20, (1.0, 1.0, 1.0)), (1.0, 1.0, 1.0)))
    assert 0.90 < found < 0.95


def test_the_area_of_a_ball_is_exact_and_that_of_an_ellipsoid_is_near():
    assert ellipsoid_area(3, 3, 3) == pytest.approx(4 * np.pi * 9)
    a, b, c = 10.0, 9.0, 7.0
    true = 4 * np.pi * elliprg((a * b) ** 2, (a * c) ** 2, (b * c) ** 2)
    assert ellipsoid_area(a, b, c) == pytest.approx(true, rel=0.06)


def test_a_plane_and_a_point_have_no_axes():
    with pytest.raises(Refusal, match="plane"):
        shape_of(np.ones((1, 8, 8), bool), (1.0, 1.0, 1.0))
    with pytest.raises(Refusal, match="axes"):
        shape_of(np.ones((1, 1, 2), bool), (1.0, 1.0, 1.0))


def test_intensity_to_one_side_moves_its_centre():
    mask = np.ones((3, 3, 5), bool)
    values = np.zeros(mask.shape)
    values[..., 4] = 7.0
    assert moved_centre(values, mask, mask, (1.0, 1.0, 2.0)) == pytest.approx(4.0)
    assert moved_centre(np.zeros(mask.shape), mask, mask, (1.0, 1.0, 2.0)) == 0
