"""The brain on FLAIR without scalp and skull, and how bright its tissue is."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from vivomap.core import Image, Refusal

DARK = 0.5  # of the median of the head: below lie bone, liquor and air; project
APART_MM = 5.0  # half of how thin a bridge to the scalp is cut; project
LEAST_ML = 150.0  # of a brain that is looked at; project
COARSE_MM = 2.0  # the grid on which the brain's shape is found; project
FIELD_MM = 30.0  # how coarse the unevenness of the coil is; project


class Brain(NamedTuple):
    """The brain (z, y, x), how deep each voxel lies in it (mm), values with tissue at 1, and the spread of tissue."""

    mask: NDArray[np.bool_]
    depth: NDArray[np.float32]
    values: NDArray[np.float32]
    spread: float


def brain(flair: Image) -> Brain:
    """The brain of a FLAIR image, the coil's slow unevenness taken out. Raises Refusal `organ_not_found`.

    Its shape is found on a grid of some `COARSE_MM`; depth is told slice for slice.
    """
    values = np.asarray(flair.voxels.array, np.float32)
    head = values > 0.2 * np.percentile(values, 99)
    usual = float(np.median(values[head])) if head.any() else 0.0
    tissue = values > DARK * usual
    by = [max(round(COARSE_MM / step), 1) for step in flair.spacing_mm]
    spacing = [step * n for step, n in zip(flair.spacing_mm, by, strict=True)]
    shape = _largest(_coarse(tissue.astype(np.float32), by) > 0.5, spacing)
    inward = ndimage.distance_transform_edt(np.pad(shape, 1), (1e6, *spacing[1:]))[1:-1, 1:-1, 1:-1]
    mask, depth = _fine(shape, by, values.shape), _fine(inward.astype(np.float32), by, values.shape)
    if np.count_nonzero(mask) * flair.voxel_mm3 / 1000 < LEAST_ML:
        raise Refusal("organ_not_found", "no brain is in the image", expected=f"{LEAST_ML:g} mL of tissue")
    grown = mask & tissue
    flat = values / _field(values, grown, flair)
    inside = flat[grown]
    middle = float(np.median(inside))
    above = inside[inside > middle]  # below it lie liquor and its partial volume
    spread = 1.4826 * float(np.median(above - middle)) / middle
    return Brain(mask, depth, flat / middle, spread)


def _largest(tissue: NDArray[np.bool_], spacing: list[float]) -> NDArray[np.bool_]:
    """The largest part of the tissue once thin bridges are cut, as it was before, its holes filled slice for slice."""
    deep = ndimage.distance_transform_edt(np.pad(tissue, 1), spacing)[1:-1, 1:-1, 1:-1] > APART_MM
    labels, count = ndimage.label(deep)
    if not count:
        raise Refusal("organ_not_found", "no brain is in the image")
    largest = labels == 1 + int(np.argmax(np.bincount(labels.ravel())[1:]))
    grown = (ndimage.distance_transform_edt(~largest, spacing) <= APART_MM + 1.0) & tissue
    return np.stack([ndimage.binary_fill_holes(plane) for plane in grown])


def _fine(coarse: NDArray[Any], by: list[int], shape: tuple[int, ...]) -> NDArray[Any]:
    """Blocks as voxels again."""
    for axis, n in enumerate(by):
        coarse = np.repeat(coarse, n, axis)
    return np.ascontiguousarray(coarse[tuple(slice(0, n) for n in shape)])


def _field(values: NDArray[np.float32], tissue: NDArray[np.bool_], flair: Image) -> NDArray[np.float32]:
    """What the coil adds: the tissue, cut off at usual levels and smoothed widely, on a grid that is as coarse."""
    low, high = np.percentile(values[tissue], (10, 80))
    by = [max(int(FIELD_MM / 4 / step), 1) for step in flair.spacing_mm]
    kept = _coarse(np.where(tissue, np.clip(values, low, high), 0.0), by)
    weight = _coarse(tissue.astype(np.float32), by)
    sd = [FIELD_MM / step / n for step, n in zip(flair.spacing_mm, by, strict=True)]
    smooth = ndimage.gaussian_filter(kept, sd) / np.maximum(ndimage.gaussian_filter(weight, sd), 1e-3)
    whole = ndimage.zoom(smooth.astype(np.float32), by, order=1, mode="nearest", grid_mode=True)
    whole = whole[tuple(slice(0, n) for n in values.shape)]
    return np.asarray(np.maximum(whole, 0.1 * float(np.median(values[tissue]))))


def _coarse(values: NDArray[Any], by: list[int]) -> NDArray[np.float32]:
    """Means over blocks of so many voxels, the last ones filled up with zeros."""
    padded = np.pad(values, [(0, -n % b) for n, b in zip(values.shape, by, strict=True)])
    split = [v for n, b in zip(padded.shape, by, strict=True) for v in (n // b, b)]
    return np.asarray(padded.reshape(split).mean(axis=(1, 3, 5)))
