"""Magnetisation transfer ratio: how much signal water loses to what it is bound to; low where myelin is lost.

    MTR = 100 (S_off - S_on) / S_off      %

of one image without (`mt_off`) and one with the saturation pulse (`mt_on`), on one grid. It is a ratio of one scanner's
pulse, not a constant of tissue. A voxel whose S_off lies in the noise, or whose ratio is not between -100 and 100, has
none.
"""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from vivomap.core import NOT_COMPARABLE, Asked, Biomarker, Estimate, Flag, Image, Refusal, Region, Settings
from vivomap.maths.geometry import cut
from vivomap.maths.sampling import Place, noise, region_mean
from vivomap.maths.solid import steps_of

FEWEST_VOXELS = 20  # project
TISSUE = 0.05  # project: voxels below this share of the brightest are air
SOURCE = "magnetisation transfer ratio; Wolff and Balaban 1989, Dousset et al. 1992 (from memory)"


@lru_cache(maxsize=2)
def ratio(mt_off: Image, mt_on: Image) -> Image:
    """The map "mtr", %, NaN where it has no meaning, with its standard uncertainty as second frame.

    That is of noise s alone: 100 s sqrt(S_off² + S_on²) / S_off². Raises Refusal if either is a series of volumes.
    """
    off, on = (np.asarray(i.voxels.array, float) for i in (mt_off, mt_on))
    if off.ndim != 3 or on.ndim != 3:
        raise Refusal("several_volumes", "MTR needs one volume with and one without saturation", expected="two volumes")
    found = np.full(off.shape, np.nan)
    np.divide(100 * (off - on), off, out=found, where=off > 0)
    found = np.where(np.abs(found) <= 100, found, np.nan)
    sigma = noise(off, off > TISSUE * np.percentile(off, 99))
    doubt = np.where(np.isfinite(found), 100 * sigma * np.hypot(off, on) / np.maximum(off, 1e-30) ** 2, np.nan)
    made = mt_off.like("mtr", np.stack((found, doubt)), "%")
    return replace(made, frames=(0.0, 1.0), settings=(*made.settings, ("second_frame", "standard uncertainty")))


def mtr(mt_off: Image, mt_on: Image, region: Region) -> Estimate:
    """Mean MTR of the region, %, with its map "mtr".

    Noise s makes the mean ratio of magnitudes too low by (100 - MTR) (s²/2 S_off² + s²/2 S_on²), a part of the doubt.
    Raises Refusal if fewer than `FEWEST_VOXELS` have one.
    """
    chart = ratio(mt_off, mt_on)
    box, mask = cut(region.mask)
    values = chart.voxels.array[0][box]
    lit = mask & np.isfinite(values)
    count, drawn = int(np.count_nonzero(lit)), int(np.count_nonzero(mask))
    if count < FEWEST_VOXELS:
        found, least = f"{count} of {drawn} voxels", f"{FEWEST_VOXELS} or more"
        raise Refusal("too_few_voxels", "MTR: too few voxels have a ratio", found=found, expected=least)
    residual = float(np.hypot(mt_off.residual_mm, mt_on.residual_mm))
    mean = region_mean(np.where(lit, values, 0.0), lit, Place(steps_of(region.affine), region.edge_mm, residual))
    pair = [np.asarray(i.voxels.array[box], float) for i in (mt_off, mt_on)]
    bent = sum((noise(pair[0], lit) / float(v[lit].mean())) ** 2 / 2 for v in pair)
    flags = (Flag("left_out", f"{drawn - count} of {drawn} voxels have no MTR"),) if count < drawn else ()
    settings: Settings = (("sd", mean.spread), ("voxels", float(count)))
    doubt = float(np.hypot(mean.uncertainty, (100 - mean.value) * bent))
    return Estimate(mean.value, doubt, chart, flags, settings)


ASKED = (
    Asked("mt_on", "tr_ms", "MTR moves with pulse, TR and flip angle (project)", NOT_COMPARABLE, "ms", apart=1.0),
    Asked("mt_on", "flip_deg", "MTR moves with pulse, TR and flip angle (project)", NOT_COMPARABLE, "deg", apart=1.0),
    Asked("mt_on", "field_t", "MTR moves with the field (project)", NOT_COMPARABLE, "T", apart=0.1),
)
MTR = Biomarker(
    name="mtr",
    unit="%",
    needs=("mt_off", "mt_on", "region"),
    compute=mtr,
    source=SOURCE,
    title="Magnetisation transfer ratio",
    acquisition=ASKED,
    truth="vivomap.acquire.phantom.magnetisation_transfer:saturated",
    coverage="a little conservative: the bias that noise makes is doubted beside its scatter",
    gives=("mtr",),
    dimensions=2,
)
