"""PET and MR brought to one resolution: PET without the spill over the outline, MR as coarse as PET.

The blur of PET is its setting `psf_mm` (FWHM). PET is corrected for the spill between the region and what lies around
it (iterative Yang), so that no rim of half uptake is taken for tissue; within the region it stays as coarse as it is.
MR is blurred to the same width, and only by what lies in the region.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vivomap.core import Flag, Image, Refusal, Region
from vivomap.core.image import Array
from vivomap.maths.blur import Spacing, blurred_within, sharper
from vivomap.maths.geometry import Box, cut, widen
from vivomap.maths.partial_volume import yang

ASSUMED_MM = 6.0  # project: FWHM of a clinical PET where nobody said it
AROUND = 3.0  # project: FWHM around a region that take part in the correction
FURTHEST_MM = 2.0  # methods A0: registration error above which habitats are not made
PSF_ASSUMED = Flag("blur_assumed", f"the images do not say the blur of PET (psf_mm): {ASSUMED_MM:g} mm was taken")


class Spot(NamedTuple):
    """A region in its box with surroundings: the box, the mask (z, y, x) there, and the steps in mm."""

    box: Box
    mask: Array
    spacing: Spacing


def blur_of(suv: Image) -> tuple[float, tuple[Flag, ...]]:
    """The FWHM of PET in mm, with a warning where it is assumed."""
    if suv.setting("psf_mm") is None:
        return ASSUMED_MM, (PSF_ASSUMED,)
    return suv.number("psf_mm"), ()


def spot_of(region: Region, fwhm: float) -> Spot:
    """The region with so much around it as the correction needs. Raises Refusal if it is empty."""
    box, _ = cut(region.mask)
    margin = [max(int(np.ceil(AROUND * fwhm / step)), 1) for step in region.spacing_mm]
    wide = widen(box, (margin[0], margin[1], margin[2]), region.mask.array.shape)
    return Spot(wide, np.asarray(region.mask.array[wide]) > 0, region.spacing_mm)


def values_of(image: Image) -> Array:
    """The map alone (z, y, x), of one that has its doubt as a second frame."""
    array = image.voxels.array
    if array.ndim == 4 and image.text("second_frame") != "standard uncertainty":
        found = f"{len(array)} volumes"
        raise Refusal("several_volumes", f"habitats: {image.role} is a series, and one map is needed", found=found)
    return np.asarray(array[0] if array.ndim == 4 else array, float)


def uptake(suv: Image, spot: Spot, fwhm: float) -> Array:
    """SUV in the box, without the spill between the region and what lies around it."""
    seen = np.asarray(values_of(suv)[spot.box], float)
    if not np.isfinite(seen).all():
        raise Refusal("nan_voxels", "SUV: voxels in or around the region hold no number")
    around = ~spot.mask
    if fwhm <= 0 or not around.any():
        return seen
    return yang(np.maximum(seen, 0.0), (spot.mask, around), spot.spacing, fwhm)


def matched(image: Image, mask: Array, box: Box, fwhm: float) -> Array:
    """A map in the box, under the mask as coarse as PET; NaN where it has no value."""
    values = np.asarray(values_of(image)[box], float)
    own = image.number("psf_mm") if image.setting("psf_mm") is not None else 0.0
    good = mask & np.isfinite(values)
    smooth = blurred_within(np.where(good, values, 0.0), good, image.spacing_mm, sharper(fwhm, own))
    return np.where(good, smooth, np.nan)


def near_enough(images: tuple[Image, ...]) -> None:
    """Raises Refusal if an image was laid on the others with a larger error than habitats bear."""
    for image in images:
        if image.residual_mm > FURTHEST_MM:
            found, most = f"{image.residual_mm:.1f} mm", f"{FURTHEST_MM:g} mm or less"
            raise Refusal("fusion_unsure", f"{image.role} lies too unsurely on the others", found=found, expected=most)
