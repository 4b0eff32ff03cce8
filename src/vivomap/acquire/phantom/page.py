"""An axial plane to paint on: distances to simple shapes in mm, and values laid down with edges one pixel soft."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vivomap.acquire.phantom.solids import Floats

Plane = NDArray[Any]  # float32 (row, column)
Pair = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Page:
    """The points of an axial plane, x and y (rows, columns) in mm, and the size of a pixel."""

    x: Plane
    y: Plane
    pixel: float

    @classmethod
    def of(cls, rows: Floats, columns: Floats) -> Page:
        """The plane of a grid."""
        y, x = np.meshgrid(rows.astype(np.float32), columns.astype(np.float32), indexing="ij")
        return cls(x, y, float(abs(columns[1] - columns[0])))

    def bent(self) -> Page:
        """The same plane bent by one or two millimetres, so that nothing in it is a perfect ellipse."""
        x, y = self.x, self.y
        bent_x = x + 1.8 * np.sin(y / 19 + 0.7) + 1.3 * np.sin((x + y) / 15)
        bent_y = y + 1.6 * np.sin(x / 21 + 1.9) + 1.2 * np.sin((x - 1.4 * y) / 17)
        return Page(bent_x, bent_y, self.pixel)

    def put(self, canvas: Plane, distance: Plane, value: float) -> None:
        """Lay a value where the distance is negative."""
        share = distance * np.float32(-1 / self.pixel) + np.float32(0.5)
        np.clip(share, 0, 1, out=share)
        canvas += share * (np.float32(value) - canvas)

    def spot(self, canvas: Plane, middle: Pair, half: Pair, value: float) -> None:
        """Lay a small filled ellipse."""
        part = self.window(middle[0] - half[0], middle[0] + half[0], middle[1] - half[1], middle[1] + half[1])
        self.put(canvas[part], self.cut(part).ellipse(middle, half), value)

    def rod(self, canvas: Plane, ends: tuple[Pair, Pair], radius: float, value: float) -> None:
        """Lay a small bar with round ends."""
        (x0, y0), (x1, y1) = ends
        part = self.window(min(x0, x1) - radius, max(x0, x1) + radius, min(y0, y1) - radius, max(y0, y1) + radius)
        self.put(canvas[part], self.cut(part).bar(ends, radius), value)

    def window(self, left: float, right: float, front: float, back: float) -> tuple[slice, slice]:
        """The rows and columns that hold a rectangle, with room for the bend of the plane."""
        room = 5 + 2 * self.pixel
        columns = np.searchsorted(self.x[self.x.shape[0] // 2], [left - room, right + room])
        rows = np.searchsorted(self.y[:, self.y.shape[1] // 2], [front - room, back + room])
        return slice(int(rows[0]), int(rows[1])), slice(int(columns[0]), int(columns[1]))

    def cut(self, part: tuple[slice, slice]) -> Page:
        """A part of the plane."""
        return Page(self.x[part], self.y[part], self.pixel)

    def ellipse(self, middle: Pair, half: Pair) -> Plane:
        """Distance to an ellipse, mm, negative inside."""
        x, y = self.x - np.float32(middle[0]), self.y - np.float32(middle[1])
        size = np.hypot(x / np.float32(half[0]), y / np.float32(half[1])) + np.float32(1e-4)
        return np.asarray(np.hypot(x, y) * (1 - 1 / size) - np.float32(1e-3), np.float32)

    def bar(self, ends: tuple[Pair, Pair], radius: float) -> Plane:
        """Distance to a bar with round ends, mm, negative inside."""
        step = np.subtract(ends[1], ends[0], dtype=np.float32)
        x, y = self.x - np.float32(ends[0][0]), self.y - np.float32(ends[0][1])
        along = np.clip((x * step[0] + y * step[1]) / np.float32(step @ step), 0, 1)
        return np.asarray(np.hypot(x - along * step[0], y - along * step[1]) - np.float32(radius), np.float32)

    def ball(self, middle: tuple[float, float, float], half: tuple[float, float, float], z: float) -> Plane:
        """Distance to the section of an ellipsoid at height z; far away where the plane misses it."""
        rest = 1 - ((z - middle[2]) / half[2]) ** 2
        if rest <= 0.01:
            return np.full(self.x.shape, 1e3, np.float32)
        return self.ellipse((middle[0], middle[1]), (half[0] * rest**0.5, half[1] * rest**0.5))


@lru_cache(maxsize=64)
def standing(page: Page, middle: Pair, half: Pair) -> Plane:
    """The distance to an ellipse that is the same in every slice, reckoned once."""
    return page.ellipse(middle, half)


def grain(seed: int, axes: tuple[Floats, Floats, Floats], pitch: float) -> NDArray[np.float32]:
    """A smooth random texture (z, y, x) of standard deviation 1 that stays with the patient: `pitch` mm a lump."""
    nodes = np.arange(-170, 171, pitch)
    lattice = np.random.default_rng([seed, 5]).normal(size=(nodes.size,) * 3).astype(np.float32)
    for axis in axes:  # each turn interpolates the first direction and moves it to the end
        place = np.clip((axis - nodes[0]) / pitch, 0, nodes.size - 1.001)
        low, share = place.astype(int), (place % 1).astype(np.float32)
        weights = np.zeros((axis.size, nodes.size), np.float32)
        weights[np.arange(axis.size), low], weights[np.arange(axis.size), low + 1] = 1 - share, share
        lattice = np.tensordot(lattice, weights, (0, 1))
    return np.asarray(lattice / (2 / 3) ** 1.5, np.float32)  # a linear mean of two has 2/3 of the variance
