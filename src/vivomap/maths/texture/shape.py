"""The shape of a region and how its intensity lies in it: the mesh half way between voxels in and out, and its axes.

    sphericity = (36 pi V²)^(1/3) / A      axes = 4 sqrt(variance along the principal directions of voxel centres)

with the volume V inside the mesh and its area A. Densities are V or A over those of a box, an ellipsoid or a hull.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from scipy.spatial import ConvexHull, QhullError
from scipy.spatial.distance import cdist

from vivomap.core import Refusal
from vivomap.core.image import Array
from vivomap.maths.texture.grid import Size
from vivomap.maths.texture.surface import Surface, corners_of, surface_of

AT_ONCE = 256  # points whose ways to all others are held at once
FEW_CENTRES = 200  # so few have a hull no sooner than what lies around each of them


class Shape(NamedTuple):
    """The numbers of the shape alone, in the order of the IBSI manual; lengths in mm."""

    volume: float
    volume_of_voxels: float
    area: float
    area_to_volume: float
    compactness_1: float
    compactness_2: float
    spherical_disproportion: float
    sphericity: float
    asphericity: float
    diameter: float
    major_axis: float
    minor_axis: float
    least_axis: float
    elongation: float
    flatness: float
    volume_density_box: float
    area_density_box: float
    volume_density_ellipsoid: float
    area_density_ellipsoid: float
    volume_density_hull: float
    area_density_hull: float


def axes_mm(mask: Array, size: Size) -> tuple[float, float, float]:
    """The lengths of the principal axes, longest first, mm. Raises Refusal if there are fewer than four voxels."""
    planes = [mask.sum(axis=axis, dtype=np.int64) for axis in range(3)]  # counts over (y, x), (z, x) and (z, y)
    lines = [planes[2].sum(axis=1), planes[2].sum(axis=0), planes[1].sum(axis=0)]
    count = int(lines[0].sum())
    if count < 4:
        raise Refusal("too_few_voxels", f"{count} voxels have no three axes", expected="4 or more")
    place = [np.arange(n) - float(line @ np.arange(n)) / count for n, line in zip(mask.shape, lines, strict=True)]
    spread = np.diag([float(p**2 @ line) for p, line in zip(place, lines, strict=True)])
    for plane, (i, j) in zip(planes, ((1, 2), (0, 2), (0, 1)), strict=True):
        spread[i, j] = spread[j, i] = float(place[i] @ plane @ place[j])
    least, minor, major = np.linalg.eigvalsh(spread / (count - 1) * np.outer(size, size)).clip(0)
    return float(4 * np.sqrt(major)), float(4 * np.sqrt(minor)), float(4 * np.sqrt(least))


def ellipsoid_area(a: float, b: float, c: float) -> float:
    """The area of an ellipsoid as the IBSI manual has it: a series of 20 Legendre terms, by their recurrence.

    It departs from the true area by some percent to either side; the consensus values are made with it.
    """
    first, second = 1 - (b / a) ** 2, 1 - (c / a) ** 2
    middle, product = (first + second) / 2, first * second
    before, term, total = 0.0, 1.0, 1.0
    for order in range(20):
        before, term = term, ((2 * order + 1) * middle * term - order * product * before) / (order + 1)
        total += term / (1 - 4 * (order + 1) ** 2)
    return 4 * np.pi * a * b * total


def sphericity_of(surface: Surface) -> float:
    """How near to a ball: its area over that of the surface, for the same volume."""
    return float((36 * np.pi * surface.volume**2) ** (1 / 3) / surface.area)


def hull_of(mask: Array, size: Size) -> ConvexHull:
    """The hull of the surface of a mask. Raises Refusal if it has none.

    The surface leaves a voxel centre by half a voxel along each axis; so does its hull from that of the centres.
    """
    centres = corners_of(mask)
    try:
        outer = centres[ConvexHull(centres).vertices] if len(centres) > FEW_CENTRES else centres
        half = np.vstack((np.eye(3), -np.eye(3))) / 2
        return ConvexHull((outer[:, None] + half).reshape(-1, 3) * np.asarray(size))
    except QhullError as cause:
        raise Refusal("too_few_voxels", "the surface of the region is too small to have a hull") from cause


def shape_of(mask: Array, size: Size) -> Shape:
    """The numbers of a mask (z, y, x). Raises Refusal if it has no extent along one of its axes."""
    surface, (major, minor, least) = surface_of(mask, size), axes_mm(mask, size)
    if least <= 0:
        raise Refusal("too_few_voxels", "a region of one plane has no ellipsoid around it", expected="two planes")
    volume, area = surface
    ball = sphericity_of(surface)
    sides = np.array([np.ptp(np.flatnonzero(mask.any(axis=a))) + 1.0 for a in ((1, 2), (0, 2), (0, 1))]) * size
    box = 2 * float(sides[0] * sides[1] + sides[1] * sides[2] + sides[0] * sides[2])
    a, b, c = major / 2, minor / 2, least / 2
    hull = hull_of(mask, size)
    return Shape(
        volume,
        float(np.count_nonzero(mask) * np.prod(size)),
        area,
        area / volume,
        volume / (np.sqrt(np.pi) * area**1.5),
        ball**3,
        1 / ball,
        ball,
        1 / ball - 1,
        _longest(hull.points[hull.vertices]),
        major,
        minor,
        least,
        minor / major,
        least / major,
        volume / float(np.prod(sides)),
        area / box,
        volume / (4 / 3 * np.pi * a * b * c),
        area / ellipsoid_area(a, b, c),
        volume / float(hull.volume),
        area / float(hull.area),
    )


def _longest(points: Array) -> float:
    """The longest way between two of some points (n, 3)."""
    starts = range(0, len(points), AT_ONCE)
    return max(float(cdist(points[start : start + AT_ONCE], points[start:]).max()) for start in starts)


def moved_centre(values: Array, inside: Array, mask: Array, size: Size) -> float:
    """How far the centre of the intensity lies from that of the shape, mm; 0 where the intensities sum to nothing."""
    lines = _lines(np.where(within, plane, 0).astype(float) for plane, within in zip(values, inside, strict=True))
    if lines[0].sum() == 0:
        return 0.0
    return float(np.linalg.norm(_centre(lines, size) - _centre(_lines(plane.astype(float) for plane in mask), size)))


def _lines(planes: Iterable[Array]) -> tuple[Array, Array, Array]:
    """The sums of weights given plane by plane (y, x), along z, y and x."""
    down, through = [], np.zeros(())
    for plane in planes:
        down.append(plane.sum())
        through = through + plane
    return np.array(down), through.sum(axis=1), through.sum(axis=0)


def _centre(lines: tuple[Array, Array, Array], size: Size) -> Array:
    """The centre of weights by their sums along z, y and x, mm."""
    return np.array([s * float(line @ np.arange(line.size)) / line.sum() for s, line in zip(size, lines, strict=True)])
