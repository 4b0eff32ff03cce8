"""Intensity by place: the mean of 1 cm3 around a peak, and whether near voxels are alike (Moran's I, Geary's C).

    I = n/W sum w_ij (x_i - m)(x_j - m) / sum (x_i - m)²        w_ij = 1 / distance,  W = sum w_ij,  i and j apart
    C = (n - 1)/(2 W) sum w_ij (x_i - x_j)² / sum (x_i - m)²

Both sums are convolutions with 1/distance, so they are exact and need n log n steps, not n².
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import fft

from vivomap.core.image import Array
from vivomap.maths.texture.grid import Size

PEAK_RADIUS_MM = (3000 / (4 * np.pi)) ** (1 / 3)  # of the ball of 1 cm3


class Peaks(NamedTuple):
    """The highest mean of a ball of 1 cm3: around the highest voxel, and around any voxel."""

    local: float
    anywhere: float


class Alike(NamedTuple):
    """Moran's I (1 alike, 0 by chance) and Geary's C (0 alike, 1 by chance)."""

    moran: float
    geary: float


def peaks(values: Array, there: Array, inside: Array, size: Size) -> Peaks:
    """The peaks of values (z, y, x) over the voxels `inside`; the balls hold every voxel that is `there`.

    Of several highest voxels the one with the highest ball counts.
    """
    reach = [int(PEAK_RADIUS_MM / s) for s in size]
    z, y, x = (np.arange(-r, r + 1) * s for r, s in zip(reach, size, strict=True))
    ball = z[:, None, None] ** 2 + y[:, None] ** 2 + x**2 <= PEAK_RADIUS_MM**2
    offsets = np.argwhere(ball) - reach
    at = np.argwhere(inside)
    level = float(values[inside].mean())
    rest = np.pad(np.where(there, values - level, 0.0), [(r, r) for r in reach])
    count = np.pad(there, [(r, r) for r in reach])
    total, voxels = np.zeros(len(at)), np.zeros(len(at))
    for offset in offsets:
        place = tuple((at + reach + offset).T)
        total += rest[place]
        voxels += count[place]
    means = level + total / voxels
    top = values[inside] == values[inside].max()
    return Peaks(float(means[top].max()), float(means.max()))


def alike(values: Array, inside: Array, size: Size) -> Alike:
    """Both measures of the values (z, y, x) of a region of two voxels or more; equal values are alike (1, 0)."""
    x = values[inside].astype(float)
    rest = np.where(inside, values - x.mean(), 0.0)
    squares = float((rest**2).sum())
    if squares <= 0:
        return Alike(1.0, 0.0)
    near = _nearness(inside.shape, size)
    mass = _weighed(inside.astype(float), near)[inside]
    whole, both = float(mass.sum()), float(rest[inside] @ _weighed(rest, near)[inside])
    own = float(rest[inside] ** 2 @ mass)
    return Alike(x.size / whole * both / squares, (x.size - 1) / whole * (own - both) / squares)


def _nearness(shape: tuple[int, ...], size: Size) -> Array:
    """The transform of 1/distance over every shift that fits into twice the box."""
    sides = [fft.next_fast_len(2 * n, real=True) for n in shape]
    z, y, x = (np.minimum(np.arange(n), n - np.arange(n)) * s for n, s in zip(sides, size, strict=True))
    distance = np.sqrt(z[:, None, None] ** 2 + y[:, None] ** 2 + x**2)
    distance[0, 0, 0] = np.inf
    return np.asarray(fft.rfftn(1 / distance))


def _weighed(values: Array, near: Array) -> Array:
    """The sum of the values around each voxel, each over its distance."""
    sides = [fft.next_fast_len(2 * n, real=True) for n in values.shape]
    spread = fft.irfftn(fft.rfftn(values, sides) * near, sides)
    box = tuple(slice(0, n) for n in values.shape)
    return np.asarray(spread[box])
