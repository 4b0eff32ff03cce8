"""What each voxel of a tumour is described by: uptake, water, blood supply, held against tissue of the same patient.

    z = (x - median of the reference) / (1.4826 · median absolute deviation of the reference)

so that habitats may be compared between patients. SUL is SUV times a constant of the patient: its z is the same.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vivomap.core import Flag, Image, Refusal, Region, Settings
from vivomap.core.image import Array
from vivomap.quantify.habitats.resolution import Spot, blur_of, matched, near_enough, spot_of, uptake, values_of

WCV = {  # what a voxel's number moves by when nothing has changed, as a share of it
    "suv": 0.10,  # Lodge, J Nucl Med 2017 (seen)
    "adc": 0.054,  # QIBA, breast 15 % over 2.77 (seen)
    "ktrans": 0.14,  # Ferl, MRM 2010, glioblastoma (seen)
    "rcbv": 0.10,  # Jafari-Khouzani, Transl Oncol 2015 (seen)
    "mr": 0.05,  # project
}
ROBUST = 1.4826  # standard deviation over median absolute deviation of a normal distribution
FLAT = 0.01  # project: least spread of the reference, of its median
CALM = 0.5  # project: share of the voxels that habitats are learnt from
LEAST_ML = 1.0  # two habitats of the least size
SMALL_ML = 5.0  # methods A15: below it PET sees too little of a tumour
LEFT_OUT = 0.05  # project: share of voxels without a value from which a flag says so


class Maps(NamedTuple):
    """The maps that may take part; None where there is none."""

    suv: Image
    adc: Image | None = None
    ktrans: Image | None = None
    rcbv: Image | None = None
    mr: Image | None = None

    @property
    def used(self) -> tuple[Image, ...]:
        """Those that take part: of two blood maps Ktrans, and plain MR only where no map of a quantity is there."""
        quantities = tuple(i for i in (self.adc, self.ktrans or self.rcbv) if i is not None)
        return (self.suv, *(quantities or tuple(i for i in (self.mr,) if i is not None)))

    @property
    def ground(self) -> Image:
        """The image whose grid and objects a map of habitats belongs to: MR, on which PET was laid."""
        return next((i for i in (self.adc, self.mr, self.ktrans, self.rcbv) if i is not None), self.suv)


class Features(NamedTuple):
    """z of each voxel (voxel, feature), how far each moves by error alone, the region they lie in, and the blur (mm).

    `held` are the voxels of the region that have every feature (z, y, x); rows of `z` are in its order. `calm` (voxel,)
    are those whose neighbours are like them: where features change, blur has mixed two habitats into a third.
    """

    names: tuple[str, ...]
    z: Array
    moves: Array
    held: Array
    calm: Array
    spot: Spot
    fwhm: float
    settings: Settings
    flags: tuple[Flag, ...]


def features(maps: Maps, region: Region, reference: Region) -> Features:
    """The features of a region's voxels.

    Raises Refusal if only one map is there, if one lies too unsurely, if the region is too small or the reference flat.
    """
    if len(maps.used) < 2:
        summary = "habitats: PET alone is there, and a map of MR on the same grid is needed beside it"
        raise Refusal("not_imaged", summary, expected="ADC, Ktrans, rCBV or a plain MR")
    near_enough(maps.used)
    fwhm, flags = blur_of(maps.suv)
    spot = spot_of(region, fwhm)
    volume = np.count_nonzero(spot.mask) * region.voxel_mm3 / 1000
    if volume < LEAST_ML:
        raise Refusal("too_few_voxels", "habitats: the region is too small", found=f"{volume:.2g} mL", expected="1 mL")
    small = (Flag("small_tumour", f"the region has {volume:.2g} mL: PET sees little inside it"),)
    columns = {i.role: _column(i, spot, reference, fwhm) for i in maps.used}
    held = spot.mask & np.isfinite([values for values, _ in columns.values()]).all(axis=0)
    lost = 1 - np.count_nonzero(held) / np.count_nonzero(spot.mask)
    gone = (Flag("left_out", f"{100 * lost:.0f} % of the region's voxels have no value in one of the maps"),)
    z = np.column_stack([values[held] for values, _ in columns.values()])
    moves = np.column_stack([WCV[n] * np.abs(v[held] + middle) for n, (v, middle) in columns.items()])
    said: Settings = (("features", " ".join(columns)), ("psf_mm", fwhm), ("volume_ml", float(volume)))
    flags = (*flags, *(small if volume < SMALL_ML else ()), *(gone if lost > LEFT_OUT else ()))
    return Features(tuple(columns), z, moves, held, calm(z, held, spot, fwhm), spot, fwhm, said, flags)


def calm(z: Array, held: Array, spot: Spot, fwhm: float) -> Array:
    """The voxels whose features change least from voxel to voxel; all where nothing is blurred together."""
    if fwhm <= max(spot.spacing):
        return np.ones(len(z), bool)
    change = np.zeros(held.shape)
    volume = np.full(held.shape, np.nan)
    for column in (z / np.maximum(z.std(axis=0), 1e-12)).T:
        volume[held] = column
        for axis, step in enumerate(spot.spacing):
            wide = np.pad(volume, [(1, 1) if a == axis else (0, 0) for a in range(3)], constant_values=np.nan)
            ends = (np.take(wide, range(k, k + held.shape[axis]), axis) for k in (0, 2))
            low, high = (np.where(np.isfinite(end), end, volume) for end in ends)
            change += ((high - low) / step) ** 2
    return np.asarray(change[held] <= np.quantile(change[held], CALM))


def _column(image: Image, spot: Spot, reference: Region, fwhm: float) -> tuple[Array, float]:
    """z of one map in the box, and the z-like distance of its own zero from the reference's median."""
    tissue = np.asarray(reference.mask.array) > 0
    if image.role == "suv":
        values, normal = uptake(image, spot, fwhm), values_of(image)[tissue]
    else:
        around = spot_of(reference, fwhm)
        values = matched(image, spot.mask, spot.box, fwhm)
        normal = matched(image, around.mask, around.box, fwhm)[around.mask]
    normal = normal[np.isfinite(normal)]
    if normal.size == 0:
        raise Refusal("reference_flat", f"habitats: the reference tissue has no value of {image.role}")
    middle = float(np.median(normal))
    spread = max(ROBUST * float(np.median(np.abs(normal - middle))), FLAT * abs(middle))
    if spread <= 0:
        raise Refusal("reference_flat", f"habitats: {image.role} is the same in all of the reference tissue")
    return (values - middle) / spread, middle / spread
