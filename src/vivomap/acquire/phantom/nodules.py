"""A chest, or a liver, with nodules whose places are known, and with vessels that could be taken for them.

Nodules are balls of 6 to 16 mm; in the lung of soft tissue, some on the wall, in the liver darker than it. Vessels are
tubes of up to 4 mm radius that bend and branch, in the lung as bright as the nodules; ribs and airways are there too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vivomap.acquire.phantom.noise import blurred
from vivomap.acquire.phantom.solids import Axes, Floats, Point, Solid, fill
from vivomap.core import Image, Region, Voxels, affine_of

SPACING: Point = (2.0, 1.25, 1.25)  # z, y, x in mm
SIZE: Point = (96.0, 150.0, 190.0)  # z, y, x in mm
BLUR, NOISE = 0.7, 30.0  # mm and HU
LUNG_HU, SOFT_HU, LIVER_HU = -850.0, 40.0, 105.0

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Planted:
    """An image, the balls in it (mm LPS), and the regions that say where to look (none for the lung)."""

    image: Image
    lesions: tuple[Solid, ...]
    regions: tuple[Region, ...] = ()


def lung(seed: int = 0, noise: float = 1.0, count: int = 5) -> Planted:
    """CT of both lungs with nodules, a tree of vessels, airways and ribs."""
    rng, axes = np.random.default_rng(seed), _axes()
    hu = np.full(tuple(a.size for a in axes), -1000.0)
    hu[Solid((0, 0, 0), (88.0, 70.0, 200.0), straight=True).inside(axes)] = SOFT_HU
    lungs = [Solid((side * 42.0, 0.0, 0.0), (33.0, 48.0, 120.0)) for side in (-1, 1)]
    for one in lungs:
        hu[one.inside(axes)] = LUNG_HU
    inside = np.logical_or(*(one.inside(axes) for one in lungs))
    for one in lungs:
        for _ in range(7):
            _tube(hu, axes, inside, _course(one, rng), (float(rng.uniform(1.0, 3.2)), 60.0))
        _tube(hu, axes, inside, _course(one, rng), (2.5, -950.0))
    _ribs(hu, axes)
    lesions = _nodules(lungs, rng, count)
    for ball in lesions:
        fill(hu, axes, ball, float(rng.uniform(-50.0, 60.0)))
    return Planted(_ct(hu, axes, rng, noise), lesions)


def liver(seed: int = 0, noise: float = 1.0, count: int = 4) -> Planted:
    """CT of a liver in the portal phase with darker metastases and brighter vessels, and the region of the liver."""
    rng, axes = np.random.default_rng(seed), _axes()
    hu = np.full(tuple(a.size for a in axes), -90.0)
    organ = Solid((-10.0, 0.0, 0.0), (70.0, 58.0, 60.0))
    inside = organ.inside(axes)
    hu[inside] = LIVER_HU
    for _ in range(8):
        _tube(hu, axes, inside, _course(organ, rng), (float(rng.uniform(1.5, 4.0)), 165.0))
    lesions = _nodules([organ], rng, count, (8.0, 20.0))
    for ball in lesions:
        fill(hu, axes, ball, float(rng.uniform(40.0, 60.0)))
    image = _ct(hu, axes, rng, 0.5 * noise)
    return Planted(image, lesions, (Region("liver", Voxels.of(inside), "liver", "liver", image.affine),))


def _axes() -> Axes:
    z, y, x = (np.arange(0, size, step) - size / 2 for size, step in zip(SIZE, SPACING, strict=True))
    return z, y, x


def _ct(hu: Floats, axes: Axes, rng: np.random.Generator, noise: float) -> Image:
    rows = np.zeros((4, 4))
    rows[2, 0], rows[1, 1], rows[0, 2] = SPACING
    rows[:, 3] = axes[2][0], axes[1][0], axes[0][0], 1.0
    seen = blurred(hu, SPACING, BLUR) + rng.normal(0, noise * NOISE, hu.shape)
    return Image("ct", Voxels.of(seen.astype(np.float32)), "[hnsf'U]", affine_of(rows))


def _course(organ: Solid, rng: np.random.Generator) -> Floats:
    """A bent line of points (n, 3) in mm LPS that runs through an organ."""
    half = np.array(organ.half)
    ends = rng.uniform(-0.8, 0.8, (4, 3)) * half + organ.centre
    t = np.linspace(0, 1, 120)[:, None]
    a, b, c, d = ends
    return np.asarray((1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t**2 * (1 - t) * c + t**3 * d)


def _tube(hu: Floats, axes: Axes, inside: Mask, course: Floats, width: tuple[float, float]) -> None:
    """A tube along a course, of a radius (mm) that tapers to half and a value, inside of the organ alone."""
    radius, value = width
    share = np.zeros(hu.shape)
    for k, (x, y, z) in enumerate(course):
        size = radius * (1 - 0.5 * k / len(course))
        box, part = Solid((float(x), float(y), float(z)), (size, size, size)).share(axes, 3)
        share[box] = np.maximum(share[box], part)
    hu += np.where(inside, share * (value - hu), 0.0)


def _ribs(hu: Floats, axes: Axes) -> None:
    z, y, x = axes
    ring = np.abs(np.hypot(y[:, None] / 62.0, x / 82.0) - 1) < 0.05
    for level in np.arange(z[0] + 10, z[-1], 24.0):
        hu[np.abs(z - level) < 5.0] = np.where(ring, 500.0, hu[np.abs(z - level) < 5.0])


def _nodules(
    organs: list[Solid], rng: np.random.Generator, count: int, sizes: tuple[float, float] = (6.0, 16.0)
) -> tuple[Solid, ...]:
    """Balls inside of the organs, none nearer to another than 6 mm; the first lies on the wall of its organ."""
    found: list[Solid] = []
    while len(found) < count:
        organ, radius = organs[len(found) % len(organs)], float(rng.uniform(*sizes)) / 2
        way = rng.normal(size=3) * (1.0, 1.0, 0.45)
        way /= np.linalg.norm(way)
        depth = 1.0 if not found else rng.uniform(0, 0.8)
        place = way * depth * np.maximum(np.array(organ.half) - (radius + 0.5), 1.0) + organ.centre
        if abs(place[2]) > SIZE[0] / 2 - 14:
            continue
        if all(np.linalg.norm(place - other.centre) > radius + other.half[0] + 6 for other in found):
            x, y, z = (float(v) for v in place)
            found.append(Solid((x, y, z), (radius, radius, radius)))
    return tuple(found)
