"""Round things in a volume: where they are, how large, how much they stand out, and how round they are.

A ball of radius R and contrast C, smoothed by a Gaussian of sd s, answers the scale-normalised Laplacian with

    -s² Laplacian = C sqrt(2/pi) (R/s)³ exp(-R² / (2 s²)) in its middle, 0.925 C at s = R / sqrt(3), its largest

(Lindeberg's scale selection, from memory; the number is derived here). At the middle of a ball the three curvatures
are equal, along a tube one is 0, across a sheet two are: `roundness` is the smallest over the largest.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from vivomap.core.image import Array

ANSWER = 0.9250  # of the contrast of a ball, at the scale of its radius
NEIGHBOURS = np.ones((3, 3, 3), bool)
Floats = NDArray[np.floating[Any]]
Spacing = tuple[float, float, float]


class Blob(NamedTuple):
    """A bright ball: its voxel (z, y, x), radius in mm, contrast in the image's unit, and roundness (0 to 1)."""

    at: tuple[int, int, int]
    radius: float
    contrast: float
    roundness: float


def blobs(
    values: Array, spacing: Spacing, radii: tuple[float, ...], least: tuple[float, float], where: Array
) -> tuple[Blob, ...]:
    """The bright blobs inside of `where`, the strongest first; `least` are the smallest contrast and roundness.

    Of two that overlap the one with the stronger answer stays.
    """
    found: list[tuple[float, Blob]] = []
    for radius in sorted(radii):
        smooth = ndimage.gaussian_filter(np.asarray(values, np.float32), [radius / np.sqrt(3) / s for s in spacing])
        answer = -(radius**2) / 3 * _laplacian(smooth, spacing) / ANSWER
        top = (ndimage.maximum_filter(answer, footprint=NEIGHBOURS) == answer) & (answer >= least[0]) & where
        for z, y, x in np.argwhere(top):
            at = (int(z), int(y), int(x))
            round_ = _roundness(smooth, at, spacing)
            if round_ >= least[1]:
                found.append((float(answer[at]), Blob(at, radius, float(answer[at]), round_)))
    return _apart([blob for _, blob in sorted(found, key=lambda f: (-f[0] * f[1].roundness, f[1].at))], spacing)


def _laplacian(smooth: Floats, spacing: Spacing) -> Floats:
    total = np.zeros(smooth.shape, np.float32)
    for axis, step in enumerate(spacing):
        padded = np.moveaxis(np.pad(smooth, [(1, 1) if a == axis else (0, 0) for a in range(3)], mode="edge"), axis, 0)
        total += np.moveaxis(padded[2:] - 2 * padded[1:-1] + padded[:-2], 0, axis) / np.float32(step**2)
    return np.asarray(total)


def _roundness(smooth: Floats, at: tuple[int, int, int], spacing: Spacing) -> float:
    """The smallest over the largest of the three curvatures; 0 where one does not fall off, or at the border."""
    if any(not 1 <= a < n - 1 for a, n in zip(at, smooth.shape, strict=True)):
        return 0.0
    part = smooth[tuple(slice(a - 1, a + 2) for a in at)].astype(float)
    z, y, x = (1.0 / s for s in spacing)
    second = np.zeros((3, 3))
    for axis, step in enumerate((z, y, x)):
        line = np.moveaxis(part, axis, 0)[:, 1, 1]
        second[axis, axis] = (line[2] - 2 * line[1] + line[0]) * step**2
    for one, other in ((0, 1), (0, 2), (1, 2)):
        plane = np.moveaxis(part, (one, other), (0, 1))[:, :, 1]
        mixed = (plane[2, 2] - plane[2, 0] - plane[0, 2] + plane[0, 0]) / 4 * (z, y, x)[one] * (z, y, x)[other]
        second[one, other] = second[other, one] = mixed
    falls = -np.linalg.eigvalsh(second)
    return float(falls.min() / falls.max()) if falls.min() > 0 else 0.0


def _apart(found: list[Blob], spacing: Spacing) -> tuple[Blob, ...]:
    """Those whose middle lies in no stronger one, nor a stronger one's in theirs."""
    kept: list[Blob] = []
    for blob in found:
        near = (
            np.linalg.norm((np.array(blob.at) - other.at) * spacing) - max(blob.radius, other.radius) for other in kept
        )
        if all(gap > 0 for gap in near):
            kept.append(blob)
    return tuple(kept)
