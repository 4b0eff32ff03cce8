"""Where a tumour may resist treatment: dense, hungry and poor in blood (a project definition, not validated).

A voxel counts as resistant if all three hold:

    ADC below the 25th centile of the lesion
    uptake above half of its maximum, or above its 75th centile (SUL and SUV alike: they differ by a constant)
    Ktrans, else rCBV, below the median of the lesion

The chance of a voxel is the share of 100 models in which it counts: blocks as large as the blur drawn anew give the
centiles, and each feature moves by its own repeatability. The sub-region is where the chance is 0.7 or more.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from vivomap.core import Biomarker, Estimate, Flag, Image, Measurement, Refusal, Region, Settings
from vivomap.core.image import Array
from vivomap.quantify.habitats.count import A15, PHANTOM, TAKEN
from vivomap.quantify.habitats.features import LEAST_ML, WCV, Maps
from vivomap.quantify.habitats.resolution import blur_of, matched, near_enough, spot_of, uptake
from vivomap.quantify.habitats.stability import block_numbers, drawn_anew

MODELS = 100
DENSE, HUNGRY, POOR = 25.0, 75.0, 50.0  # centiles; the last one is a choice of this project
OF_TOP = 0.5  # of the highest uptake
SURE = 0.7  # methods A15: chance from which a voxel belongs to the sub-region
LOW, HIGH = 0.5, 0.9  # chances between which the border of the sub-region may run
SEED = 51


class Resistant(NamedTuple):
    """The chance of each voxel (z, y, x) of the grid, NaN outside; volume (mL) and its doubt; what was said."""

    chance: Array
    volume: float
    doubt: float
    settings: Settings
    flags: tuple[Flag, ...]


def low_water_high_uptake_low_blood(water: Array, hunger: Array, blood: Array, of: Array) -> Array:
    """Which voxels (voxel,) count as resistant, by the centiles of those numbered in `of`."""
    dense = water < np.percentile(water[of], DENSE)
    hungry = (hunger > OF_TOP * hunger[of].max()) | (hunger > np.percentile(hunger[of], HUNGRY))
    return np.asarray(dense & hungry & (blood < np.percentile(blood[of], POOR)))


@lru_cache(maxsize=4)
def resistant(maps: Maps, region: Region) -> Resistant:
    """The resistant sub-region. Raises Refusal `not_imaged` if no map of blood supply is there."""
    blood = maps.ktrans or maps.rcbv
    if blood is None or maps.adc is None:
        summary = "resistant sub-region: the rule needs ADC and perfusion, and the visit has no map of Ktrans or rCBV"
        raise Refusal("not_imaged", summary, expected="ADC and Ktrans or rCBV on the grid of the region")
    near_enough((maps.suv, maps.adc, blood))
    fwhm, flags = blur_of(maps.suv)
    spot = spot_of(region, fwhm)
    if np.count_nonzero(spot.mask) * region.voxel_mm3 < 1000 * LEAST_ML:
        raise Refusal("too_few_voxels", "resistant sub-region: the region is too small", expected=f"{LEAST_ML:g} mL")
    volumes = [uptake(maps.suv, spot, fwhm), *(matched(i, spot.mask, spot.box, fwhm) for i in (maps.adc, blood))]
    held = spot.mask & np.isfinite(volumes).all(axis=0)
    hunger, water, supply = (v[held] for v in volumes)
    rng, each = np.random.default_rng(SEED), block_numbers(held, spot.spacing, fwhm)
    counted, drawn = np.zeros(hunger.size), []
    for _ in range(MODELS):
        moved = [_moved(v, WCV[r], rng) for v, r in ((water, "adc"), (hunger, "suv"), (supply, blood.role))]
        taken = drawn_anew(each, rng)
        counted += low_water_high_uptake_low_blood(moved[0], moved[1], moved[2], taken)
        drawn.append(np.count_nonzero(low_water_high_uptake_low_blood(water, hunger, supply, taken)))
    share = counted / MODELS
    chance = np.full(region.mask.array.shape, np.nan, np.float32)
    part = chance[spot.box]
    part[held] = share
    unit = region.voxel_mm3 / 1000
    border = (np.count_nonzero(share >= LOW) - np.count_nonzero(share >= HIGH)) / 2
    doubt = unit * float(np.hypot(np.std(drawn, ddof=1), border))
    said: Settings = (("blood", blood.role), ("psf_mm", fwhm), ("models", float(MODELS)), ("chance", SURE))
    return Resistant(chance, unit * np.count_nonzero(share >= SURE), doubt, said, flags)


def _moved(values: Array, by: float, rng: np.random.Generator) -> Array:
    return np.asarray(values * (1 + by * rng.standard_normal(values.shape)))


def resistant_volume(suv: Image, adc: Image, region: Region, ktrans: Image | None, rcbv: Image | None) -> Estimate:
    """The volume of the resistant sub-region, mL, and the map of chances "resistant".

    Its doubt: the centiles, and where between the chances 0.5 and 0.9 the border runs.
    """
    maps = Maps(suv, adc, ktrans, rcbv)
    found = resistant(maps, region)
    share = np.where(np.isfinite(found.chance), found.chance, 0.0)
    error = np.where(np.isfinite(found.chance), np.sqrt(share * (1 - share) / MODELS), np.nan)
    stack = np.stack([found.chance, error.astype(np.float32)])
    like = adc.like("resistant", stack, "1")
    told: Settings = (*adc.settings, ("second_frame", "standard uncertainty"), ("boost_from", SURE))
    chart = replace(like, frames=(0.0, 1.0), settings=told)
    return Estimate(found.volume, found.doubt, chart, found.flags, found.settings)


def resistant_fraction(resistant_volume: Measurement, region: Region) -> Estimate:
    """The share of the region that the resistant sub-region takes, %."""
    whole = region.voxel_count * region.voxel_mm3 / 1000
    if whole <= 0:
        raise Refusal("empty_region", "the region has no voxels", expected="at least one voxel")
    return Estimate(100 * resistant_volume.value / whole, 100 * resistant_volume.uncertainty / whole)


RULE = f"{A15}; resistant: ADC below P25, uptake above half of the maximum or P75, perfusion below the median"
WIDER = "the border of the sub-region counts as doubtful from a chance of 0.5 to 0.9, more than it errs"
VOLUME = Biomarker(
    name="resistant_volume",
    unit="mL",
    needs=("suv", "adc", "region"),
    compute=resistant_volume,
    source=RULE,
    title="Resistant sub-region, volume",
    acquisition=TAKEN,
    truth=PHANTOM,
    gives=("resistant",),
    better="lower",
    coverage=WIDER,
    also=("ktrans", "rcbv"),
)
FRACTION = Biomarker(
    name="resistant_fraction",
    unit="%",
    needs=("resistant_volume", "region"),
    compute=resistant_fraction,
    source=RULE,
    title="Resistant sub-region, share",
    truth=PHANTOM,
    better="lower",
    coverage=WIDER,
)
