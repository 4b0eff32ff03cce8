"""Left stays left: how slices of every orientation are laid."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest

from vivomap.core import affine_of
from vivomap.report.plane import outlines, plane_of

EDGES = {"axial": ("R", "L", "A", "P"), "coronal": ("R", "L", "S", "I"), "sagittal": ("A", "P", "S", "I")}
AXES = [(order, signs) for order in permutations(range(3)) for signs in product((1, -1), repeat=3)]


def grid(order: tuple[int, ...], signs: tuple[int, ...]) -> np.ndarray:
    """Array axis i runs along LPS axis order[i], its way by the sign, in steps of 3, 2 and 1 mm."""
    affine = np.eye(4)
    affine[:3, :3] = 0
    for array_axis, (lps, sign, step) in enumerate(zip(order, signs, (3.0, 2.0, 1.0), strict=True)):
        affine[lps, array_axis] = sign * step
    return affine


@pytest.mark.parametrize(("order", "signs"), AXES)
def test_every_axis_order_and_flip_is_laid_as_a_radiologist_reads_it(
    order: tuple[int, ...], signs: tuple[int, ...]
) -> None:
    affine = grid(order, signs)
    plane = plane_of(affine_of(affine))
    assert plane.edges == EDGES[plane.name]
    y, x = np.mgrid[:4, :5]
    index = np.stack([np.zeros(20), y.ravel(), x.ravel(), np.ones(20)])
    mm = (affine @ index)[:3].reshape(3, 4, 5)
    right, down, sign = {"axial": (0, 1, 1), "coronal": (0, 2, -1), "sagittal": (1, 2, -1)}[plane.name]
    assert (np.diff(plane.lay(mm[right]), axis=1) > 0).all()
    assert (sign * np.diff(plane.lay(mm[down]), axis=0) > 0).all()
    assert np.allclose(np.abs(np.diff(plane.lay(mm[right]), axis=1)), plane.across_mm)
    assert np.allclose(np.abs(np.diff(plane.lay(mm[down]), axis=0)), plane.down_mm)


def test_an_oblique_edge_has_two_letters() -> None:
    turn = np.deg2rad(40)
    affine = np.eye(4)
    affine[:3, :3] = [[0, -np.sin(turn), np.cos(turn)], [0, np.cos(turn), np.sin(turn)], [1, 0, 0]]
    assert plane_of(affine_of(affine)).edges == ("RA", "LP", "AL", "PR")


def test_an_outline_is_the_edge_of_the_voxels_in_mm() -> None:
    plane = plane_of(affine_of(grid((2, 1, 0), (1, 1, 1))))
    mask = np.zeros((6, 8), bool)
    mask[2:4, 3:6] = True
    (line,) = outlines(mask, plane)
    assert np.allclose(line.min(axis=0), (2 * 2.0, 3 * 1.0))
    assert np.allclose(line.max(axis=0), (4 * 2.0, 6 * 1.0))
    assert np.allclose(line[0], line[-1])


def test_no_mask_has_no_outline() -> None:
    assert outlines(np.zeros((4, 4), bool), plane_of(affine_of(grid((2, 1, 0), (1, 1, 1))))) == []
