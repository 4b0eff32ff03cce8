"""The counted surface against the mesh that it replaces, and the corners of the hull."""

import numpy as np
import pytest
from scipy.spatial import ConvexHull
from skimage.measure import marching_cubes

from vivomap.maths.texture.shape import hull_of
from vivomap.maths.texture.surface import corners_of, pieces_of, surface_of

SIZE = (3.0, 1.0, 0.7)


def masks():
    rng = np.random.default_rng(0)
    for share in (0.1, 0.3, 0.5, 0.7, 0.9):
        mask = rng.random((7, 6, 9)) < share
        yield mask


def mesh(mask, size):
    corners, triangles, _, _ = marching_cubes(np.pad(mask, 1).astype(np.float32), 0.5)
    corners = (corners - 1).astype(float) * size
    a, b, c = (corners[triangles[:, i]] for i in range(3))
    normal = np.cross(b - a, c - a)
    return corners, abs((a * normal).sum()) / 6, np.linalg.norm(normal, axis=1).sum() / 2


@pytest.mark.parametrize("size", [(1.0, 1.0, 1.0), SIZE])
def test_volume_and_area_are_those_of_the_mesh_however_ragged_the_region(size):
    for mask in masks():
        _, volume, area = mesh(mask, size)
        assert surface_of(mask, size) == pytest.approx((volume, area), rel=1e-6)


def test_the_hull_is_that_of_the_mesh():
    for mask in masks():
        wanted, found = ConvexHull(mesh(mask, SIZE)[0]), hull_of(mask, SIZE)
        assert (found.volume, found.area) == pytest.approx((wanted.volume, wanted.area), rel=1e-6)


def test_the_corners_of_a_box_are_eight():
    assert len(corners_of(np.ones((4, 5, 6), bool))) == 8


def test_cells_of_nothing_and_of_everything_have_no_surface():
    pieces = pieces_of(SIZE)
    assert [pieces.area[k] for k in (0, 255)] == [0, 0]
    assert (pieces.area[1:255] > 0).all()
