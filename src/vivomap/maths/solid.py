"""Solids on a grid: their parts, faces, surface and volume, and how surely a grid can know them.

A solid is a mask (z, y, x) whose voxels are those with their centre inside. `steps` is the 3 × 3 part of an affine:
its columns are the steps along z, y and x in mm.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy import ndimage
from skimage.measure import marching_cubes

from vivomap.core import Refusal
from vivomap.core.image import Affine, Array

Steps = tuple[tuple[float, float, float], ...]
SMALLEST_PART = 0.1  # of the largest; smaller parts are specks (methods A1)
EVERY_NEIGHBOUR = np.ones((3, 3, 3), bool)


class Faces(NamedTuple):
    """The voxel faces between inside and outside across each axis (z, y, x).

    For the six ends of the box, `caps` are the voxels of the outermost plane and `rings` those that the next plane
    adds to it.
    """

    across: tuple[int, int, int]
    caps: tuple[int, ...]
    rings: tuple[int, ...]


def steps_of(affine: Affine) -> Steps:
    """The steps of a grid in mm, as a value that can be a key."""
    return tuple((row[0], row[1], row[2]) for row in affine[:3])


def parts(mask: Array) -> tuple[Array, ...]:
    """The connected parts of a mask, largest first; voxels that meet at a corner belong together, specks are left out.

    Parts of equal size keep the order in which they lie in the volume.
    """
    labels, count = ndimage.label(mask, structure=EVERY_NEIGHBOUR)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    keep = [i for i in np.argsort(-sizes, kind="stable") if sizes[i] >= SMALLEST_PART * sizes.max()]
    return tuple(labels == i + 1 for i in keep)


def faces(mask: Array) -> Faces:
    """Counts the faces of a mask that fills its box."""
    count, caps, rings = [], [], []
    for axis in range(3):
        plane = np.moveaxis(mask, axis, 0)
        for first, second in ((plane[0], plane[1:2]), (plane[-1], plane[-2:-1])):
            caps.append(int(np.count_nonzero(first)))
            rings.append(int(np.count_nonzero(second & ~first)))
        count.append(int(np.count_nonzero(plane[1:] ^ plane[:-1])) + caps[-2] + caps[-1])
    return Faces((count[0], count[1], count[2]), tuple(caps), tuple(rings))


def volume_doubt(found: Faces, voxel: float) -> float:
    """The standard uncertainty of a volume of counted voxels, in the unit of `voxel`, the volume of one.

    A column of voxels ends anywhere within its last step, a rectangular error of voxel / sqrt(12) for each of n
    faces. Neighbouring columns err together where the solid ends flat (cap larger than the ring after it). Where it
    ends round, the sum over planes errs by half a Bernoulli polynomial (variance 1/720) of the area it gains in one
    step, and both ends of an axis may do so together:

        u = voxel sqrt(n/12 + sum over 6 ends max(cap - ring, 0)²/12 + sum over 3 axes (sum of max(cap, ring))²/720)

    Exact for a box along the grid; a test shows that 1.96 u covers ellipsoids anywhere on the grid.
    """
    ends = list(zip(found.caps, found.rings, strict=True))
    flat = sum(max(cap - ring, 0) ** 2 for cap, ring in ends)
    each = [max(cap, ring) for cap, ring in ends]
    gained = sum((low + high) ** 2 for low, high in zip(each[::2], each[1::2], strict=True))
    return float(voxel * np.sqrt((sum(found.across) + flat) / 12 + gained / 720))


def surface_mm2(found: Faces, steps: Steps) -> float:
    """The surface of a solid in mm2 from its faces: Cauchy's formula with three directions.

    A face count over-counts a sloping surface by 3/2 on average over directions.
    """
    z, y, x = np.asarray(steps).T
    areas = [float(np.linalg.norm(np.cross(a, b))) for a, b in ((y, x), (z, x), (z, y))]
    return 2 / 3 * sum(n * a for n, a in zip(found.across, areas, strict=True))


def mesh_volume_mm3(mask: Array, steps: Steps) -> float:
    """The volume inside the surface half way between voxels in and out (marching cubes at 0.5), in mm3."""
    corners, triangles, _, _ = marching_cubes(np.pad(mask, 1).astype(np.float32), 0.5)
    a, b, c = corners[triangles].astype(float).transpose(1, 0, 2)
    six = abs(float(np.einsum("ij,ij->", a, np.cross(b, c))))
    return six / 6 * abs(float(np.linalg.det(np.asarray(steps))))


@lru_cache(maxsize=16)
def sphere_weights(radius_mm: float, steps: Steps, finer: int = 9) -> Array:
    """How much of each voxel lies in a sphere about the centre of the middle one, 0 to 1 (z, y, x).

    Each voxel is cut into `finer`³ cells, and those with their centre inside are counted.
    """
    grid = np.asarray(steps)
    reach = radius_mm * np.linalg.norm(np.linalg.inv(grid), axis=1)  # in voxels along each axis
    half = np.ceil(reach - 0.5).astype(int).clip(0)
    z, y, x = ((np.arange((2 * h + 1) * finer) + 0.5) / finer - h - 0.5 for h in half)
    square = np.zeros((z.size, y.size, x.size))
    for row in grid:
        square += (row[0] * z[:, None, None] + row[1] * y[:, None] + row[2] * x) ** 2
    inside = (square <= radius_mm**2).reshape(-1, finer, y.size // finer, finer, x.size // finer, finer)
    weights: Array = np.asarray(inside.mean(axis=(1, 3, 5)))
    weights.flags.writeable = False
    return weights


def middle(mask: Array, affine: Affine) -> tuple[float, float, float]:
    """The voxel of a mask (z, y, x) nearest to its centre, as (x, y, z) in mm: inside of it, whatever its shape.

    Raises Refusal `empty_region` if it holds none.
    """
    if not mask.any():
        raise Refusal("empty_region", "the region has no voxels")
    rows = np.asarray(affine)
    places = np.argwhere(mask) @ rows[:3, :3].T + rows[:3, 3]
    x, y, z = places[np.argmin(np.linalg.norm(places - places.mean(axis=0), axis=1))]
    return float(x), float(y), float(z)
