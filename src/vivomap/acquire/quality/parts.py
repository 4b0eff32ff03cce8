"""The parts of a phantom, found by their shape and their evenness: the water, the air, the inserts, the vials.

A part is round in its planes (its area over that of the box about it is pi/4, and the box is nearly square), and even:
its voxels scatter less than they would in a patient. What a part is measured in is taken in from its edge.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from vivomap.core import Image, Region, Voxels

Array = NDArray[Any]
DISC, ROUGH = math.pi / 4, 0.075  # project: of the box; n pixels across, the edge may move it by 1/n more
SQUARE = 1.25  # project: the longer side of the box over the shorter
WATER_HU, WATER_SD = (-30.0, 30.0), 40.0  # project: what is water, and how even it is
BODY_HU = -500.0  # project: above is the phantom, below the air
AIR_HU = -850.0  # project: an insert of air, or the air about the phantom
APART_HU = 40.0  # project: an insert differs so much from the water
EVEN_SUV = 0.15  # project: scatter of a filled cylinder over its mean
EVEN_SIGNAL = 0.25  # project: scatter of a vial's signal over its mean
LEAST = {"ct": (400.0, 40.0), "uptake": (2000.0, 2000.0), "diffusion": (100.0, 100.0)}  # mm2 of whole and of a part
DROPPED = 1  # end slices that are left out: they hold half a part


def parts_of(kind: str, image: Image) -> tuple[Region, ...]:
    """The parts of a phantom of a kind on one image; none where it is no such phantom."""
    values = np.asarray(image.voxels.array, float)
    masks = FINDERS[kind](image, values)
    return tuple(_region(name, mask, image) for name, mask in masks.items() if mask.any())


def _ct(image: Image, values: Array) -> dict[str, Array]:
    """Water, the air about it, and every insert that is neither, named in the order of its HU."""
    whole = _largest(values > BODY_HU)
    filled = np.stack([ndimage.binary_fill_holes(plane) for plane in whole])
    if not _round(filled, image, LEAST["ct"][0]):
        return {}
    inside = _inward(filled, 3)
    smooth = ndimage.median_filter(values, (1, 3, 3))
    water = inside & (smooth > WATER_HU[0]) & (smooth < WATER_HU[1])
    if not water.any() or np.count_nonzero(water) < 0.3 * np.count_nonzero(inside) or values[water].std() > WATER_SD:
        return {}
    centre = float(np.median(values[water]))
    inserts = _components(inside & (np.abs(smooth - centre) > APART_HU), image, LEAST["ct"][1])
    ordered = sorted((m for m in (_inward(i, 1) for i in inserts) if m.any()), key=lambda m: float(values[m].mean()))
    air = _inward(~filled & (values < AIR_HU), 3)
    found = {"water": _trimmed(_inward(water, 2)), "air": _trimmed(air)}
    return found | {f"insert {n}": _trimmed(mask) for n, mask in enumerate(ordered, 1)}


def _uptake(image: Image, values: Array) -> dict[str, Array]:
    """The one cylinder that fills the image, if it is even."""
    top = float(np.percentile(values, 99))
    whole = _largest(values > top / 2) if top > 0 else np.zeros(values.shape, bool)
    if not _round(whole, image, LEAST["uptake"][0]):
        return {}
    inside = _trimmed(_inward(whole, max(2, round(15.0 / image.spacing_mm[1]))))
    even = inside.any() and values[inside].std() <= EVEN_SUV * abs(values[inside].mean())
    return {"cylinder": inside} if even else {}


def _diffusion(image: Image, values: Array) -> dict[str, Array]:
    """The vials of a diffusion phantom, from left to right in rows from the front; one alone is the water."""
    low = values[int(np.argmin(image.frames))] if values.ndim == 4 else values
    lit = low > 0.2 * np.percentile(low, 99)
    vials = [_trimmed(_inward(vial, 2)) for vial in _components(lit, image, LEAST["diffusion"][1])]
    even = [v for v in vials if v.any() and low[v].std() <= EVEN_SIGNAL * low[v].mean()]
    if not even or len(even) < len(vials):
        return {}
    if len(even) == 1:
        return {"water": even[0]}
    step = 20.0 / image.spacing_mm[1]

    def place(mask: Array) -> tuple[int, float]:
        _, y, x = (float(np.mean(axis)) for axis in np.nonzero(mask))
        return round(y / step), x

    return {f"vial {n}": mask for n, mask in enumerate(sorted(even, key=place), 1)}


FINDERS: dict[str, Callable[[Image, Array], dict[str, Array]]] = {"ct": _ct, "uptake": _uptake, "diffusion": _diffusion}


def _components(mask: Array, image: Image, least_mm2: float) -> list[Array]:
    """The round parts of a mask that are large enough."""
    labels, count = ndimage.label(mask)
    found = (labels == k for k in range(1, count + 1))
    return [one for one in found if _round(one, image, least_mm2)]


def _largest(mask: Array) -> Array:
    labels, count = ndimage.label(mask)
    if not count:
        return np.zeros(mask.shape, bool)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    largest: Array = labels == int(sizes.argmax())
    return largest


def _round(mask: Array, image: Image, least_mm2: float) -> bool:
    """Whether a mask is round in most of its planes, large enough, and in two planes or more."""
    planes = [k for k in range(len(mask)) if mask[k].any()]
    pixel = image.spacing_mm[1] * image.spacing_mm[2]
    big = [k for k in planes if np.count_nonzero(mask[k]) * pixel >= least_mm2]
    good = 0
    for k in big:
        rows, columns = np.flatnonzero(mask[k].any(axis=1)), np.flatnonzero(mask[k].any(axis=0))
        sides = (float(np.ptp(rows)) + 1) * image.spacing_mm[1], (float(np.ptp(columns)) + 1) * image.spacing_mm[2]
        share = np.count_nonzero(mask[k]) * pixel / (sides[0] * sides[1])
        across = float(min(np.ptp(rows), np.ptp(columns))) + 1
        good += bool(abs(share - DISC) <= ROUGH + 1 / across and max(sides) <= SQUARE * min(sides))
    return len(big) >= 2 and good >= 0.8 * len(big) and len(big) >= 0.5 * len(planes)


def _inward(mask: Array, pixels: int) -> Array:
    """The mask less so many pixels of its edge in the plane."""
    cross = ndimage.generate_binary_structure(2, 1)[None]
    eroded: Array = ndimage.binary_erosion(mask, cross, iterations=pixels)
    return eroded


def _trimmed(mask: Array) -> Array:
    """The mask without its first and last planes, where it has more than two of them."""
    planes = np.flatnonzero(mask.any(axis=(1, 2)))
    if len(planes) <= 2 * DROPPED:
        return mask
    kept = mask.copy()
    kept[planes[:DROPPED]] = kept[planes[-DROPPED:]] = False
    return kept


def _region(name: str, mask: Array, image: Image) -> Region:
    return Region(name, Voxels.of(mask), "phantom", "phantom", image.affine, series=image.text("series_uid"))
