"""Fields in mm, and by what they make volumes grow."""

import numpy as np
import pytest

from vivomap.acquire.align.deformable import in_mm, jacobian


def test_a_field_in_voxels_becomes_one_in_mm_along_x_y_z():
    ground = np.zeros((4, 4))
    ground[2, 0], ground[1, 1], ground[0, 2], ground[3, 3] = 3.0, 2.0, 1.0, 1.0
    field = np.ones((3, 2, 2, 2), np.float32)
    assert in_mm(field, ground)[:, 0, 0, 0].tolist() == [1.0, 2.0, 3.0]


def test_the_jacobian_is_what_a_stretch_makes_of_a_volume():
    z, y, x = np.indices((8, 8, 8)).astype(np.float32)
    assert jacobian(np.stack((0.1 * z, 0 * y, -0.2 * x))).mean() == pytest.approx(1.1 * 0.8, rel=1e-5)
    assert jacobian(np.stack((-1.5 * z, 0 * y, 0 * x))).max() < 0


def test_the_jacobian_is_the_determinant_of_any_linear_map():
    rows = np.random.default_rng(0).uniform(-0.3, 0.3, (3, 3))
    field = np.tensordot(rows, np.indices((5, 6, 7)), 1).astype(np.float32)
    assert np.allclose(jacobian(field), np.linalg.det(np.eye(3) + rows), atol=1e-4)
