"""Free water beside the fibres: fluid between cells, oedema, or a border with the ventricles, and FA without it.

    S = S0 [(1 - f) exp(-b gᵀ D g) + f exp(-b 3.0e-3)]        3.0e-3 mm2/s: free water at body heat

f rises in oedema and inflammation, while FA of D, the tissue's own, tells whether the fibres are lost. It takes two
shells of b within the tensor's range.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from vivomap.core import NOT_COMPARABLE, REFUSED, Asked, Biomarker, Estimate, Image, Refusal, Region, Settings
from vivomap.core.image import Array
from vivomap.maths import free_water
from vivomap.maths.geometry import cut
from vivomap.maths.sampling import Place, region_mean
from vivomap.maths.solid import steps_of
from vivomap.maths.tensor import design, foretold, scalars
from vivomap.quantify.tensor.gradients import LOWEST_B, used_frames
from vivomap.quantify.tensor.scalars import FEWEST_VOXELS, THOUSAND, fitted_of

APART = 1.5  # project: the highest b over the lowest weighted one; below it f and D are not told apart
TRIES = 6  # of noise on top of what was fitted, project
HALF = 0.5  # project: of the correction for noise stays in doubt, since near f = 0 it is not the whole
SOURCE = "bi-tensor with free water: Pasternak et al., MRM 2009; search: Hoy et al. 2014 (both from memory); methods A5"


class Told(NamedTuple):
    """f and FA of the tissue in the region's box (2, z, y, x), 0 outside it; which voxels hold them; rise by noise."""

    values: Array
    lit: Array
    lift: Array
    sure: Array
    settings: Settings


@lru_cache(maxsize=4)
def _told(dwi: Image, region: Region) -> Told:
    """Raises Refusal as the tensor does, or if the series has one shell only."""
    kept, b, vectors = used_frames(dwi)
    weighted = b[b >= LOWEST_B]
    if weighted.max() < APART * weighted.min():
        found, least = f"b of {weighted.min():g} to {weighted.max():g} s/mm2", f"one {APART:g} times the other"
        raise Refusal("few_b_values", "free water needs two shells of b", found=found, expected=least)
    fitted = fitted_of(dwi)
    box, mask = cut(region.mask)
    lit = mask & fitted.tissue[box]
    if np.count_nonzero(lit) < FEWEST_VOXELS:
        found, least = f"{np.count_nonzero(lit)} voxels", f"{FEWEST_VOXELS} or more"
        raise Refusal("too_few_voxels", "free water: too few voxels hold a signal", found=found, expected=least)
    matrix, thousands = design(b / THOUSAND, vectors), b / THOUSAND
    signals = np.asarray(dwi.voxels.array[(slice(None), *box)][kept][:, lit], float)
    mixed = free_water.fit(signals, matrix, thousands)
    numbers = np.stack((mixed.share, scalars(mixed.unknowns[:6]).fa))
    lifts = _lifts(mixed, (matrix, thousands), fitted.noise, numbers.mean(axis=1))
    values = np.zeros((2, *lit.shape))
    values[:, lit] = numbers
    said: Settings = (("free_water_mm2_s", free_water.FREE / THOUSAND), ("noise", fitted.noise))
    return Told(values, lit, lifts.mean(axis=0), lifts.std(axis=0, ddof=1) / np.sqrt(TRIES), said)


def _lifts(mixed: free_water.Mixed, model: tuple[Array, Array], noise: float, at: Array) -> Array:
    """By how much noise on top of what was fitted raises the means of f and FA, (try, 2)."""
    matrix, b = model
    tissue = foretold(mixed.unknowns, matrix)
    amount = np.exp(mixed.unknowns[6]) * mixed.share / np.maximum(1 - mixed.share, 1e-3)
    clean = tissue + amount * np.exp(-free_water.FREE * b)[:, None]
    rng = np.random.default_rng(0)
    tries = []
    for _ in range(TRIES):
        parts = rng.normal(0, noise, (2, *clean.shape))
        again = free_water.fit(np.hypot(clean + parts[0], parts[1]), matrix, b)
        tries.append([again.share.mean(), scalars(again.unknowns[:6]).fa.mean()])
    return np.array(tries) - at


def _estimate(dwi: Image, region: Region, row: int) -> Estimate:
    told = _told(dwi, region)
    place = Place(steps_of(region.affine), region.edge_mm, dwi.residual_mm)
    mean = region_mean(told.values[row], told.lit, place)
    lift, sure = float(told.lift[row]), float(told.sure[row])
    doubt = float(np.sqrt(mean.uncertainty**2 + sure**2 + (HALF * lift) ** 2))
    settings = (*told.settings, ("lifted_by_noise", lift), ("voxels", float(mean.voxels)))
    return Estimate(max(mean.value - lift, 0.0), doubt, settings=settings)


def free_water_fraction(dwi: Image, region: Region) -> Estimate:
    """Mean share of free water in the region, 1.

    Raises Refusal if the series has one shell, too few directions, or the region too few voxels.
    """
    return _estimate(dwi, region, 0)


def tissue_anisotropy(dwi: Image, region: Region) -> Estimate:
    """Mean FA of the tissue beside its free water, 1. Raises Refusal as `free_water_fraction`."""
    return _estimate(dwi, region, 1)


ASKED = (
    Asked("dwi", "b_count", "methods A5: two shells or more", REFUSED, low=3, told="few_b_values"),
    Asked("dwi", "field_t", "a scanner moves FA more than disease does (methods A5)", NOT_COMPARABLE, "T", apart=0.1),
)
PHANTOM = "vivomap.acquire.phantom.free_water:soaked"
FREE_WATER_FRACTION = Biomarker(
    name="free_water_fraction",
    unit="1",
    needs=("dwi", "region"),
    compute=free_water_fraction,
    source=SOURCE,
    title="Free water fraction",
    acquisition=ASKED,
    truth=PHANTOM,
    better="lower",
)
TISSUE_ANISOTROPY = Biomarker(
    name="tissue_anisotropy",
    unit="1",
    needs=("dwi", "region"),
    compute=tissue_anisotropy,
    source=SOURCE,
    title="FA without free water",
    acquisition=ASKED,
    truth=PHANTOM,
)
