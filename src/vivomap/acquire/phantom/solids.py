"""Lesions and reference regions as solids whose size is known on paper.

An ellipsoid with half axes a ≥ b in the axial plane and c along the body, turned in plane by an angle, has

    long axis 2a, short axis 2b (mm), volume 4/3 π a b c (mm3),

and the axial plane at a distance d from its centre cuts an ellipse with half axes a q and b q, q = √(1 − (d/c)²).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Axes = tuple[Floats, Floats, Floats]  # the centres of the voxels along z, y and x, mm, rising
Point = tuple[float, float, float]  # x, y, z in mm LPS
Box = tuple[slice, slice, slice]


@dataclass(frozen=True)
class Solid:
    """An ellipsoid, or an elliptic cylinder along the body where `straight`; `turn` degrees from x towards y."""

    centre: Point
    half: Point
    turn: float = 0.0
    straight: bool = False

    @property
    def long_axis(self) -> float:
        """The longest axial chord, mm."""
        return 2 * max(self.half[:2])

    @property
    def short_axis(self) -> float:
        """The longest axial chord across the long one, mm."""
        return 2 * min(self.half[:2])

    @property
    def volume(self) -> float:
        """Volume, mm3."""
        a, b, c = self.half
        return math.pi * a * b * 2 * c if self.straight else 4 / 3 * math.pi * a * b * c

    def moved(self, shift: Point) -> Solid:
        """The same solid elsewhere: `shift` in mm."""
        x, y, z = (float(c + s) for c, s in zip(self.centre, shift, strict=True))
        return replace(self, centre=(x, y, z))

    def shrink(self, z: float) -> float:
        """How much smaller the section at height z is than the middle one: 0 where the plane misses."""
        part = abs(z - self.centre[2]) / self.half[2]
        if part >= 1:
            return 0.0
        return 1.0 if self.straight else math.sqrt(1 - part * part)

    def contour(self, z: float, points: int = 128) -> Floats:
        """The outline of the axial section at height z as (points, 3) in mm LPS; no rows where the plane misses."""
        size = self.shrink(z)
        if size == 0:
            return np.empty((0, 3))
        angle = np.arange(points) * 2 * np.pi / points
        along, across = size * self.half[0] * np.cos(angle), size * self.half[1] * np.sin(angle)
        cos, sin = math.cos(math.radians(self.turn)), math.sin(math.radians(self.turn))
        x = self.centre[0] + along * cos - across * sin
        y = self.centre[1] + along * sin + across * cos
        return np.column_stack([x, y, np.full(points, z)])

    def box(self, axes: Axes) -> Box:
        """The voxels that the solid may touch."""
        reach = max(self.half[:2])
        sides = zip(axes, self.centre[::-1], (self.half[2], reach, reach), strict=True)
        z, y, x = (_between(axis, middle - far, middle + far) for axis, middle, far in sides)
        return z, y, x

    def inside(self, axes: Axes) -> NDArray[np.bool_]:
        """Which points of the grid lie in the solid (z, y, x)."""
        z, y, x = (np.asarray(axis, float) - c for axis, c in zip(axes, self.centre[::-1], strict=True))
        cos, sin = math.cos(math.radians(self.turn)), math.sin(math.radians(self.turn))
        along = x[None, :] * cos + y[:, None] * sin
        across = y[:, None] * cos - x[None, :] * sin
        plane = (along / self.half[0]) ** 2 + (across / self.half[1]) ** 2
        height = (z / self.half[2]) ** 2
        if self.straight:
            return np.asarray((plane <= 1)[None] & (height <= 1)[:, None, None])
        return np.asarray(plane[None] <= (1 - height)[:, None, None])

    def share(self, axes: Axes, fine: int = 5) -> tuple[Box, Floats]:
        """The box of voxels and what share of each lies in the solid, from `fine`³ points a voxel."""
        box = self.box(axes)
        parts = [axis[part] for axis, part in zip(axes, box, strict=True)]
        if any(part.size == 0 for part in parts):
            return box, np.zeros(tuple(part.size for part in parts))
        within = (np.arange(fine) + 0.5) / fine - 0.5
        steps = [axis[1] - axis[0] for axis in axes]
        z, y, x = ((part[:, None] + within * step).ravel() for part, step in zip(parts, steps, strict=True))
        split = [n for part in parts for n in (part.size, fine)]
        return box, self.inside((z, y, x)).reshape(split).mean(axis=(1, 3, 5))


def fill(volume: NDArray[Any], axes: Axes, solid: Solid, value: float) -> None:
    """Put the solid into a volume (z, y, x), its edge voxels mixed by the share that it fills."""
    box, share = solid.share(axes)
    volume[box] += share * (value - volume[box])


def _between(axis: Floats, low: float, high: float) -> slice:
    step = abs(float(axis[1] - axis[0]))
    first, last = np.searchsorted(axis, [low - step, high + step])
    return slice(int(first), int(last))
