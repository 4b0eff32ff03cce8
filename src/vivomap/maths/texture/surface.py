"""The surface of a region of voxels, half way between those in and those out, without laying its mesh.

Each cell of eight voxel centres holds one of 256 pieces of surface (marching cubes), whose area and flux are known
beforehand; counting the cells is enough. By the theorem of Gauss, with the outward normal n and the height z,

    V = integral of z n_z over the surface
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from skimage.measure import marching_cubes

from vivomap.core.image import Array
from vivomap.maths.texture.counting import compiled, padded
from vivomap.maths.texture.grid import Size

CELLS = 256


class Surface(NamedTuple):
    """Volume (mm3) inside and area (mm2) of the surface of a region."""

    volume: float
    area: float


class Pieces(NamedTuple):
    """Of the piece of surface of each kind of cell: area, and the integrals of n_z and of z n_z within the cell."""

    area: Array
    across: Array
    flux: Array


def surface_of(mask: Array, size: Size) -> Surface:
    """The surface of a mask (z, y, x) that holds a voxel."""
    wide = np.pad(mask, 1).view(np.uint8)
    counts, pieces = _cells(wide), pieces_of(size)
    heights = np.arange(len(counts)) * size[0]
    each = counts.sum(axis=0)
    volume = abs(float(heights @ (counts @ pieces.across)) + float(each @ pieces.flux))
    return Surface(volume, float(each @ pieces.area))


def corners_of(mask: Array) -> Array:
    """Voxels (n, 3) of a mask (z, y, x) that do not lie between two others: the corners of its hull are among them."""
    grid = padded(mask, 1)
    at = np.flatnonzero(_outer(grid.flat, grid.steps))
    return np.column_stack(np.unravel_index(at, tuple(n + 2 for n in mask.shape))) - 1


@lru_cache(maxsize=16)
def pieces_of(size: Size) -> Pieces:
    """The pieces for a voxel size (mm), from the mesh of every cell."""
    found = np.zeros((3, CELLS))
    bits = np.arange(CELLS)[:, None] >> np.array([[0, 4, 1, 5, 2, 6, 3, 7]]) & 1  # of the voxels (z, y, x) in order
    for kind in range(1, CELLS - 1):
        corners, triangles, _, _ = marching_cubes(bits[kind].reshape(2, 2, 2).astype(np.float32), 0.5)
        a, b, c = (corners[triangles[:, i]] * np.asarray(size) for i in range(3))
        normal = np.cross(b - a, c - a) / 2
        height = (a + b + c)[:, 0] / 3
        found[:, kind] = np.linalg.norm(normal, axis=1).sum(), normal[:, 0].sum(), height @ normal[:, 0]
    return Pieces(*found)


@compiled
def _cells(wide: Array) -> Array:
    """How many cells of each kind begin in each slice of a padded mask."""
    depth, rows, columns = wide.shape
    count = np.zeros((depth - 1, 256), np.int64)
    for z in range(depth - 1):
        for y in range(rows - 1):
            kind = 0
            for x in range(columns):
                column = wide[z, y, x] | wide[z, y + 1, x] << 1 | wide[z + 1, y, x] << 2 | wide[z + 1, y + 1, x] << 3
                kind = kind >> 4 | column << 4
                count[z, kind] += 1
    return count


@compiled
def _outer(flat: Array, steps: Array) -> Array:
    """The voxels inside that do not have both neighbours inside along any direction."""
    outer = np.zeros(flat.size, np.bool_)
    for i in range(flat.size):
        if flat[i]:
            between = False
            for s in range(steps.size):
                if flat[i - steps[s]] and flat[i + steps[s]]:
                    between = True
                    break
            outer[i] = not between
    return outer
