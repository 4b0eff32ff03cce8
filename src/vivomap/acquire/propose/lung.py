"""The lungs on CT: air inside of the body, with the vessels and nodules in it and on its wall."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from vivomap.core import Image, Refusal

AIR_HU = -400.0  # project: between lung and soft tissue
LEAST_ML = 50.0  # of air that is a lung; project
WALL_MM = 8.0  # how deep a nodule may lie in the wall; project


def lungs(ct: Image) -> NDArray[np.bool_]:
    """The lungs (z, y, x), closed over what lies in them and on their wall. Raises Refusal `organ_not_found`."""
    air = np.asarray(ndimage.uniform_filter(ct.voxels.array.astype(np.float32), 3)) < AIR_HU
    labels, count = ndimage.label(air)
    outside = {int(v) for axis in (1, 2) for end in (0, -1) for v in np.unique(labels.take(end, axis=axis))}
    sizes = np.bincount(labels.ravel(), minlength=count + 1) * ct.voxel_mm3 / 1000
    keep = [k for k in range(1, count + 1) if k not in outside and sizes[k] >= LEAST_ML]
    if not keep:
        raise Refusal(
            "organ_not_found", "no lung is in the image", expected=f"{LEAST_ML:g} mL of air inside of the body"
        )
    return closed(np.isin(labels, keep), ct.spacing_mm, WALL_MM)


def closed(mask: NDArray[np.bool_], spacing: tuple[float, float, float], by_mm: float) -> NDArray[np.bool_]:
    """A mask with its gaps and dents of up to twice `by_mm` filled, slice for slice its holes too."""
    pads = [(int(np.ceil(by_mm / step)) + 1,) * 2 for step in spacing]
    wide = np.pad(mask, [(0, 0), *pads[1:]])
    grown = ndimage.distance_transform_edt(~wide, spacing) <= by_mm
    shrunk = ndimage.distance_transform_edt(grown, spacing) > by_mm
    inner = tuple(slice(a, -a or None) for a, _ in pads[1:])
    made = shrunk[(slice(None), *inner)] | mask
    return np.stack([ndimage.binary_fill_holes(plane) for plane in made])
