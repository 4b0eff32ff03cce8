"""Warped: where tissue has moved by itself, after the whole has been turned and stretched."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vivomap.core.image import Array
from vivomap.maths.flow import Level, flow

ROUNDS = (10, 10, 10, 6)  # of the levels, the last the finest; project


def warped(levels: Sequence[Level], transform: Array) -> Array:
    """The displacement (3, z, y, x) in voxels of the finest level, along its (z, y, x)."""
    kept = levels[-len(ROUNDS) :]
    return flow(kept, transform, ROUNDS[-len(kept) :])


def in_mm(field: Array, ground: Array) -> Array:
    """A displacement in voxels along (z, y, x) as one in mm along x, y and z."""
    return np.tensordot(ground[:3, :3].astype(np.float32), field, 1)


def jacobian(field: Array) -> Array:
    """By what a small volume grows at each voxel (z, y, x) where the displacement (3, z, y, x) is in voxels.

    0 and below is a fold: two places of ours would show one place of theirs.
    """
    rows = [[np.gradient(field[i], axis=j) + np.float32(i == j) for j in range(3)] for i in range(3)]
    (a, b, c), (d, e, f), (g, h, i) = rows
    return np.asarray(a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g))
