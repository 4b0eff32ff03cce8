"""Two images made ready to be laid on each other: one volume each, from coarse to fine.

The finest level has steps of about 2 mm: what moves smoothly is seen as well there as on the finest grid, in an eighth
of the time. Coarser levels have twice the steps, until too few voxels are left.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import ndimage
from skimage.filters import threshold_otsu

from vivomap.core import Image, Refusal
from vivomap.core.image import Array
from vivomap.maths.flow import Level
from vivomap.maths.greys import translator

STEP_MM = 2.0  # of the finest level; project
FEWEST = 8  # voxels along an axis; below that there is no room for a gradient
LEVELS = 4
SOFT_HU = (-150.0, 300.0)  # of a CT; what lies beyond counts a fifth, so that skin and bone do not outshout the rest
BEYOND = 0.2
ALIKE = ("ct",)  # roles whose greys mean the same on every scanner; of all others the greys are learnt


class Volume(NamedTuple):
    """An image's first volume as float32, where it holds numbers, and its 4 × 4 map of indices (z, y, x, 1) to mm."""

    values: Array
    there: Array
    ground: Array


def volume(image: Image) -> Volume:
    """The volume that is laid; of a series the first. Raises Refusal if it is flat, empty or not trusted in mm."""
    image.trusted("mm", "volume")
    array = image.voxels.array
    array = array[0] if array.ndim == 4 else array
    if min(array.shape) < FEWEST:
        found = "×".join(map(str, array.shape))
        raise Refusal("too_few_slices", "too few voxels along one axis to align", found=found, expected=f"{FEWEST}")
    values = array.astype(np.float32)
    there = np.asarray(np.isfinite(values))
    if not there.any() or float(np.ptp(values[there])) == 0:
        raise Refusal("nothing_to_align", f"the image in the role {image.role!r} shows nothing: all values are equal")
    values[~there] = values[there].min()
    if image.role == "ct":
        soft = np.clip(values, *SOFT_HU)
        values = soft + np.float32(BEYOND) * (values - soft)
    return Volume(values, there, np.asarray(image.affine, float))


def shrunk(whole: Volume, factors: tuple[int, ...]) -> Volume:
    """The means of blocks of voxels; what does not fill a block is left out at the far edge."""
    if max(factors) == 1:
        return whole
    counts = [n // f for n, f in zip(whole.values.shape, factors, strict=True)]
    split = [n for pair in zip(counts, factors, strict=True) for n in pair]
    kept = tuple(slice(0, n * f) for n, f in zip(counts, factors, strict=True))
    values = whole.values[kept].reshape(split).mean(axis=(1, 3, 5), dtype=np.float32)
    there: Array = np.asarray(whole.there[kept].reshape(split).all(axis=(1, 3, 5)))
    scale = np.diag([*map(float, factors), 1.0])
    scale[:3, 3] = (np.array(factors) - 1) / 2
    return Volume(values, there, whole.ground @ scale)


def pyramid(fixed: Volume, moving: Volume, alike: bool) -> tuple[Level, ...]:
    """Levels from coarse to fine; `alike` says that equal greys mean equal tissue."""
    levels = []
    factors = tuple(max(1, round(STEP_MM / s)) for s in _steps(fixed.ground))
    factors = tuple(min(f, n // FEWEST) for f, n in zip(factors, fixed.values.shape, strict=True))
    ours = shrunk(fixed, factors)
    for _ in range(LEVELS):
        levels.append(_level(ours, shrunk(moving, _matching(ours, moving)), alike))
        steps = _steps(ours.ground)
        factors = tuple(2 if s < 1.5 * min(steps) else 1 for s in steps)
        if min(n // f for n, f in zip(ours.values.shape, factors, strict=True)) < FEWEST:
            break
        ours = shrunk(ours, factors)
    return tuple(reversed(levels))


def _level(fixed: Volume, moving: Volume, alike: bool) -> Level:
    weight = fixed.there.astype(np.float32)
    greys = None if alike else translator(fixed.values, fixed.there)
    return Level(fixed.values, moving.values, fixed.ground, moving.ground, weight, greys)


def _matching(fixed: Volume, moving: Volume) -> tuple[int, ...]:
    """By how much the moving image shrinks along each of its axes, so that its steps are those of the fixed one."""
    ours, theirs = _steps(fixed.ground), _steps(moving.ground)
    along = np.abs((moving.ground[:3, :3] / theirs).T @ (fixed.ground[:3, :3] / ours))
    wanted = [ours[k] for k in along.argmax(axis=1)]
    return tuple(
        max(1, min(round(w / t), n // FEWEST)) for w, t, n in zip(wanted, theirs, moving.values.shape, strict=True)
    )


def _steps(ground: Array) -> Array:
    return np.asarray(np.linalg.norm(ground[:3, :3], axis=0))


def body(level: Level) -> Array:
    """Where the patient is (z, y, x): what is brighter than a quarter of the way from air to tissue, holes filled."""
    inside = level.fixed[level.weight > 0]
    low, high = np.percentile(inside, (0.5, 99.5))
    limit = low + 0.25 * (threshold_otsu(np.clip(inside, low, high)) - low) if high > low else low
    bright = ndimage.binary_opening((level.fixed > limit) & (level.weight > 0))
    named, count = ndimage.label(bright)
    if count == 0:
        return level.weight > 0
    largest = int(np.bincount(named.ravel())[1:].argmax()) + 1
    return np.asarray(ndimage.binary_fill_holes(named == largest))
