"""Solids on a grid: volume, surface, parts and sphere weights, and that the stated doubt is the true one."""

import numpy as np
import pytest

from vivomap.core import Refusal, affine_of
from vivomap.maths.geometry import trim
from vivomap.maths.solid import (
    faces,
    mesh_volume_mm3,
    middle,
    parts,
    sphere_weights,
    steps_of,
    surface_mm2,
    volume_doubt,
)


def steps(*spacing: float) -> tuple[tuple[float, float, float], ...]:
    return steps_of(affine_of(np.diag([*spacing, 1.0])))


def ellipsoid(semi: tuple[float, ...], spacing: tuple[float, ...], rng: np.random.Generator) -> np.ndarray:
    half = [int(np.ceil(max(semi) / s)) + 2 for s in spacing]
    grid = ((np.arange(-n, n + 1) + o) * s for n, o, s in zip(half, rng.uniform(-0.5, 0.5, 3), spacing, strict=True))
    z, y, x = np.meshgrid(*grid, indexing="ij")
    turn = rng.uniform(0, np.pi)
    along, across = np.cos(turn) * x + np.sin(turn) * y, np.cos(turn) * y - np.sin(turn) * x
    return trim((z / semi[0]) ** 2 + (across / semi[1]) ** 2 + (along / semi[2]) ** 2 <= 1).mask


GRIDS = [
    ((6.0, 6.0, 6.0), (1.0, 1.0, 1.0)),
    ((10.0, 8.0, 12.0), (2.5, 0.7, 0.7)),
    ((8.0, 6.0, 9.0), (5.0, 0.7, 0.7)),
    ((15.0, 15.0, 15.0), (5.0, 0.7, 0.7)),
    ((5.0, 5.0, 5.0), (2.0, 2.0, 2.0)),
    ((20.0, 10.0, 15.0), (3.0, 1.0, 1.0)),
]


@pytest.mark.parametrize(("semi", "spacing"), GRIDS)
def test_the_stated_interval_covers_ellipsoids_anywhere_on_the_grid(semi, spacing):
    rng = np.random.default_rng(20)
    true, voxel = 4 / 3 * np.pi * np.prod(semi), float(np.prod(spacing))
    z = []
    for _ in range(120):
        mask = ellipsoid(semi, spacing, rng)
        z.append((mask.sum() * voxel - true) / volume_doubt(faces(mask), voxel))
    assert np.mean(np.abs(z) < 1.96) >= 0.93
    assert np.std(z) > 0.3  # and the doubt is not idle talk


def test_the_doubt_of_a_box_along_the_grid_is_that_of_its_six_faces():
    n = 10
    flat, free = 6 * (n * n) ** 2, 6 * n * n
    expected = np.sqrt((flat + free) / 12 + 3 * (2 * n * n) ** 2 / 720)
    assert volume_doubt(faces(np.ones((n, n, n), bool)), 1.0) == pytest.approx(expected)


def test_a_box_has_its_faces_counted():
    found = faces(np.ones((2, 3, 4), bool))
    assert found.across == (2 * 12, 2 * 8, 2 * 6)
    assert found.caps == (12, 12, 8, 8, 6, 6)


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (2.5, 0.7, 0.7)])
def test_the_surface_of_a_sphere_is_found(spacing):
    mask = ellipsoid((12.0,) * 3, spacing, np.random.default_rng(1))
    assert surface_mm2(faces(mask), steps(*spacing)) == pytest.approx(4 * np.pi * 144, rel=0.03)


@pytest.mark.parametrize("spacing", [(0.7, 0.7, 2.5), (2.5, 0.7, 0.7), (1.0, 1.0, 1.0)])
@pytest.mark.parametrize("radius", [10.0, 15.0])
def test_a_sphere_has_its_volume_within_two_percent(radius, spacing):
    mask = ellipsoid((radius,) * 3, spacing, np.random.default_rng(2))
    true = 4 / 3 * np.pi * radius**3
    assert mask.sum() * np.prod(spacing) == pytest.approx(true, rel=0.02)
    assert mesh_volume_mm3(mask, steps(*spacing)) == pytest.approx(true, rel=0.02)


def test_the_mesh_volume_of_one_voxel_is_that_of_its_octahedron():
    assert mesh_volume_mm3(np.ones((1, 1, 1), bool), steps(2, 3, 4)) == pytest.approx(24 / 6)


def test_parts_come_largest_first_without_specks_and_touch_at_corners():
    mask = np.zeros((5, 20, 20), bool)
    mask[1:4, 2:6, 2:6] = True
    mask[4, 6, 6] = True  # meets the first at a corner
    mask[2, 10:14, 10:14] = True
    mask[0, 19, 19] = True
    found = parts(mask)
    assert [p.sum() for p in found] == [49, 16]


def test_sphere_weights_sum_to_the_volume_of_the_sphere_and_lie_within_zero_and_one():
    for spacing in ((1.0, 1.0, 1.0), (4.0, 4.0, 4.0), (3.27, 2.5, 2.5)):
        weights = sphere_weights(6.2035, steps(*spacing))
        assert weights.sum() * np.prod(spacing) == pytest.approx(1000, rel=0.005)
        assert (weights >= 0).all()
        assert (weights <= 1).all()
        assert all(n % 2 for n in weights.shape)
        assert np.array_equal(weights, weights[::-1, ::-1, ::-1])


def test_sphere_weights_follow_a_turned_grid():
    turn = np.deg2rad(30)
    turned = np.array([[2, 0, 0], [0, np.cos(turn), -np.sin(turn)], [0, np.sin(turn), np.cos(turn)]])
    plain = sphere_weights(5.03, steps(2, 1, 1))  # no cell lies just on this surface
    key = tuple((float(r[0]), float(r[1]), float(r[2])) for r in turned)
    assert np.allclose(sphere_weights(5.03, key), plain, atol=1e-9)


def test_the_middle_lies_inside_even_of_a_horseshoe_and_in_mm() -> None:
    mask = np.zeros((3, 7, 7), bool)
    mask[1, 1:6, 1:6] = True
    mask[1, 1:5, 2:5] = False
    grid = affine_of([[0, 0, 1, 0], [0, 1, 0, 0], [3, 0, 0, 10], [0, 0, 0, 1]])
    assert middle(mask, grid) == (3.0, 5.0, 13.0)
    with pytest.raises(Refusal):
        middle(np.zeros_like(mask), grid)
