"""Where a voxel lies: from millimetres to indices, and a mask laid on the grid of an image without resampling.

An affine takes (z, y, x, 1) to mm in LPS. Two grids fit if the steps of the one are, but for order and sign, the
steps of the other, and its voxel centres fall on centres; then a mask can be moved voxel by voxel, and nothing is
interpolated.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vivomap.core import Affine, Image

Array = NDArray[Any]

FIT = 0.02  # voxel; project: headers round positions to about 0.01 mm


class Placing(NamedTuple):
    """How indices of one grid become indices of another: a signed permutation, then an offset, in voxels."""

    turn: NDArray[np.int64]
    start: NDArray[np.int64]

    @classmethod
    def at_slice(cls, slice_index: int) -> Placing:
        """A single slice put into a volume, as it lies."""
        return cls(np.eye(3, dtype=np.int64), np.array([slice_index, 0, 0]))


class Laid(NamedTuple):
    """A mask on an image's grid, and how many of its drawn voxels lay beyond that grid."""

    mask: NDArray[np.bool_]
    outside: int


def indices(points: Array, affine: Affine) -> NDArray[np.float64]:
    """Points (n, 3) in mm LPS (x, y, z) as fractional indices (n, 3) in (z, y, x)."""
    rows = np.asarray(affine, float)
    return np.asarray(np.linalg.solve(rows[:3, :3], (points - rows[:3, 3]).T).T)


def fit(affine: Affine, shape: tuple[int, ...], image: Image) -> Placing | None:
    """How indices of a grid become indices of an image, without interpolation; None if the grids do not fit."""
    own, other = np.asarray(affine, float), np.asarray(image.affine, float)
    if abs(np.linalg.det(other[:3, :3])) < 1e-9:
        return None
    turn = np.linalg.solve(other[:3, :3], own[:3, :3])
    offset = np.linalg.solve(other[:3, :3], own[:3, 3] - other[:3, 3])
    whole, start = np.rint(turn).astype(int), np.rint(offset).astype(int)
    if not (np.abs(whole).sum(axis=0) == 1).all() or not (np.abs(whole).sum(axis=1) == 1).all():
        return None
    slip = np.abs(turn - whole) @ (np.array(shape[-3:]) - 1) + np.abs(offset - start)
    return Placing(whole, start) if slip.max() < FIT else None


def lay(parts: Iterable[tuple[Array, Placing]], shape: tuple[int, int, int]) -> Laid:
    """Masks (z, y, x), each with its `Placing`, together on a grid of `shape`."""
    laid, outside = np.zeros(shape, bool), 0
    for mask, placing in parts:
        there = np.argwhere(mask) @ placing.turn.T + placing.start
        within = ((there >= 0) & (there < np.array(shape))).all(axis=1)
        laid[tuple(there[within].T)] = True
        outside += int(np.count_nonzero(~within))
    return Laid(laid, outside)
