"""The hottest part of a region: its highest voxel, its hottest sphere, and the volume above a threshold."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import ndimage, signal

from vivomap.core import Refusal
from vivomap.core.image import Array
from vivomap.maths.geometry import Cut, trim, widen
from vivomap.maths.sampling import Place, peak_loss
from vivomap.maths.solid import Steps, faces, surface_mm2, volume_doubt


class Top(NamedTuple):
    """A highest value, its standard uncertainty, and the voxel (z, y, x) where it is."""

    value: float
    uncertainty: float
    at: tuple[int, int, int]


class Threshold(NamedTuple):
    """A threshold, its own standard uncertainty, and the noise of the voxels that are held against it."""

    value: float
    uncertainty: float
    noise: float


class Above(NamedTuple):
    """A volume in mm3, its standard uncertainty, and the mask (z, y, x) that it counts."""

    mm3: float
    uncertainty_mm3: float
    mask: Array


def highest(values: Array, mask: Array, noise: float) -> Top:
    """The highest value under a mask.

    Its doubt is the noise of one voxel, that the highest of n alike voxels lies noise sqrt(2 ln n) too high, and that
    the true top lies between voxels.
    """
    inside = values[mask]
    at = _place(np.where(mask, values, -np.inf))
    near = max(int(np.count_nonzero(inside > values[at] - 2 * noise)), 1)
    drawn_up = noise * np.sqrt(2 * np.log(near))
    doubt = np.sqrt(noise**2 + drawn_up**2 + peak_loss(values, at) ** 2)
    return Top(float(values[at]), float(doubt), at)


def sphere_peak(image: Array, region: Cut, weights: Array, noise: float) -> tuple[Top, int]:
    """The highest weighted mean around a voxel of the region, and how many of its voxels could be tried.

    `weights` (z, y, x) have odd sides. Raises Refusal if around no voxel of the region they lie within the image.
    """
    half = (weights.shape[0] // 2, weights.shape[1] // 2, weights.shape[2] // 2)
    tried = []
    for place, h, n in zip(region.box, half, image.shape, strict=True):
        first = max(place.start, h)
        tried.append((first, max(min(place.stop, n - h), first)))
    centres = region.mask[tuple(slice(a - s.start, b - s.start) for (a, b), s in zip(tried, region.box, strict=True))]
    if not centres.any():
        raise Refusal("peak_outside", "no sphere centred in the region lies within the image")
    around = widen((slice(*tried[0]), slice(*tried[1]), slice(*tried[2])), half, image.shape)
    means = signal.correlate(np.asarray(image[around], float), weights, mode="valid") / weights.sum()
    at = _place(np.where(centres, means, -np.inf))
    noisy = noise * np.sqrt((weights**2).sum()) / weights.sum()
    centre = (tried[0][0] + at[0], tried[1][0] + at[1], tried[2][0] + at[2])
    top = Top(float(means[at]), float(np.hypot(noisy, peak_loss(means, at))), centre)
    return top, int(np.count_nonzero(centres))


def above(values: Array, mask: Array, threshold: Threshold, place: Place) -> Above:
    """The volume of the voxels under a mask at or above a threshold.

    Its doubt is that of the grid, that of the threshold (half the volume between its two sides), that of noisy voxels
    near it (each in or out), and where the hot part reaches the outline, that of the outline.
    """
    voxel = abs(float(np.linalg.det(np.asarray(place.steps))))
    hot = mask & (values >= threshold.value)
    gap = np.abs(values[mask] - threshold.value)
    crossing = voxel * np.count_nonzero(gap < threshold.uncertainty) / 2
    noisy = voxel * np.sqrt(np.count_nonzero(gap < threshold.noise)) / 2
    if not hot.any():
        return Above(0.0, float(np.sqrt(voxel**2 / 3 + crossing**2 + noisy**2)), hot)
    found = faces(trim(hot).mask)
    within = sum(int(np.count_nonzero(np.diff(hot, axis=a) & (_both(mask, a)))) for a in range(3))
    open_share = 1 - within / sum(found.across)
    outline = surface_mm2(found, place.steps) * open_share * place.edge_mm
    doubt = np.sqrt(volume_doubt(found, voxel) ** 2 + crossing**2 + noisy**2 + outline**2)
    return Above(voxel * float(np.count_nonzero(hot)), float(doubt), hot)


def deepest_sphere(mask: Array, radius_mm: float, steps: Steps) -> Array:
    """The sphere that lies deepest within a mask, as a mask; the mask itself where the sphere does not fit."""
    grid = np.asarray(steps)
    depth = ndimage.distance_transform_edt(np.pad(mask, 1), sampling=np.linalg.norm(grid, axis=0))[1:-1, 1:-1, 1:-1]
    at = _place(depth)
    if depth[at] < radius_mm:
        return mask
    apart = grid @ (np.indices(mask.shape).reshape(3, -1) - np.array(at)[:, None])
    sphere: Array = (np.sum(apart**2, axis=0) <= radius_mm**2).reshape(mask.shape)
    return sphere & mask


def _both(mask: Array, axis: int) -> Array:
    """Whether a voxel and its next along an axis both lie in a mask."""
    plane = np.moveaxis(mask, axis, 0)
    return np.moveaxis(plane[1:] & plane[:-1], 0, axis)


def _place(values: Array) -> tuple[int, int, int]:
    """The first voxel that holds the highest value."""
    z, y, x = np.unravel_index(int(values.argmax()), values.shape)
    return int(z), int(y), int(x)
