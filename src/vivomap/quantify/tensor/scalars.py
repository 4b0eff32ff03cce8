"""Diffusion tensor: how directed water moves, which tells how whole the fibres of white matter are.

    S(b, g) = S0 exp(-b gᵀ D g)        b in s/mm2, g the direction of the gradient in patient space, D in mm2/s

With the eigenvalues l1 ≥ l2 ≥ l3 of D: MD their mean, AD = l1, RD = (l2 + l3)/2, and FA from 0 (the same in all ways)
to 1 (one direction only). Weighted least squares over b of up to 1500 s/mm2. Noise lifts FA and AD: numbers of a region
are corrected for that, the maps are not. Crossing fibres lower FA: it rises when one of two is lost.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from vivomap.core import (
    FLAGGED,
    NOT_COMPARABLE,
    Asked,
    Biomarker,
    Estimate,
    Flag,
    Image,
    Refusal,
    Region,
    Settings,
    limits,
)
from vivomap.core.image import Array
from vivomap.maths.geometry import cut
from vivomap.maths.sampling import Place, region_mean
from vivomap.maths.sampling import noise as noise_between
from vivomap.maths.solid import steps_of
from vivomap.maths.tensor import Scalars, design, doubts, fit, foretold, lifts, scalars
from vivomap.quantify.tensor.gradients import LOWEST_B, used_frames

MOST_OUTLIERS = 0.05  # methods A0, of the signals of a region
OUTLYING = 3.5  # noises from what the tensor foretells: 1 of 2,000 by chance (project)
TRUSTED = 1.5  # project: more noises between neighbours than this, and what a fit leaves is no noise
FEWEST_VOXELS = 20  # project, as for ADC
TISSUE = 0.1  # project: of the 99th centile without weighting; what is darker is air
THOUSAND = 1000.0  # s/mm2 in one ms/um2
VEENITH = "between-session CV of FA 2.4, MD 1.9, AD 1.7, RD 2.4 %, Veenith et al. 2013 (methods A5)"
SOURCE = "Basser, Pierpaoli 1996 (from memory); weighted least squares, gates of methods A0, A5"


class Fitted(NamedTuple):
    """The unknowns of the tissue (7, voxel; um2/ms), which voxels (z, y, x) they are of, and how they were found."""

    tensors: Array
    design: Array
    tissue: Array
    noise: float
    outlying: Array
    settings: Settings


@lru_cache(maxsize=2)
def fitted_of(dwi: Image) -> Fitted:
    """The tensors of a series. Raises Refusal if its images do not suffice."""
    kept, b, vectors = used_frames(dwi)
    signals = dwi.voxels.array[kept]
    low = signals[b < LOWEST_B].mean(axis=0)
    tissue = low > TISSUE * np.percentile(low, 99)
    inside = np.asarray(signals[:, tissue], float)
    matrix = design(b / THOUSAND, vectors)
    tensors = fit(inside, matrix)
    rest = inside - foretold(tensors, matrix)
    free = len(b) - matrix.shape[1]
    noise = float(np.median(np.abs(rest)) / 0.6745 * np.sqrt(len(b) / free))
    apart = float(np.median([noise_between(signals[k], tissue) for k in np.flatnonzero(b >= LOWEST_B)[::4]]))
    limit = OUTLYING * (min(noise, TRUSTED * apart) if apart > 0 else noise)
    outlying = (np.abs(rest) > limit + 1e-6 * inside.max()).mean(axis=0)  # rounding is no outlier
    strongest = f"{b.max():g}"
    said: Settings = (("fit", "weighted least squares"), ("b_highest", strongest), ("images", float(len(b))))
    return Fitted(tensors, matrix, tissue, noise, outlying, (*said, ("noise", noise)))


class Chart(NamedTuple):
    """Of one number: its map and its doubt, each (z, y, x), NaN in air."""

    value: Array
    doubt: Array


@lru_cache(maxsize=2)
def charts_of(dwi: Image) -> dict[str, Chart]:
    """The charts of FA, MD, AD and RD; diffusivities in mm2/s."""
    fitted = fitted_of(dwi)
    both = (scalars(fitted.tensors[:6]), doubts(fitted.tensors, fitted.design, fitted.noise))
    found = {}
    for name in Scalars._fields:
        parts = np.full((2, *fitted.tissue.shape), np.nan)
        parts[:, fitted.tissue] = [getattr(each, name) / _unit(name) for each in both]
        found[name] = Chart(*parts)
    return found


def _unit(name: str) -> float:
    """What divides a number of the fit to give that of the card: um2/ms become mm2/s, FA stays."""
    return 1.0 if name == "fa" else THOUSAND


@lru_cache(maxsize=2)
def _lifts(dwi: Image, region: Region) -> dict[str, tuple[float, float]]:
    """By how much noise lifts the mean of each number over a region, and how surely that is known."""
    fitted = fitted_of(dwi)
    whole = np.zeros(fitted.tissue.shape, bool)
    box, mask = cut(region.mask)
    whole[box] = mask
    inside = whole[fitted.tissue]
    tries = lifts(fitted.tensors[:, inside], fitted.design, fitted.noise)
    known = tries.std(axis=1, ddof=1) / np.sqrt(tries.shape[1])
    return {
        name: (float(mean) / _unit(name), float(sure) / _unit(name))
        for name, mean, sure in zip(Scalars._fields, tries.mean(axis=1), known, strict=True)
    }


def _map(dwi: Image, name: str, chart: Chart, settings: Settings) -> Image:
    """A map of two frames: the values and their standard uncertainty."""
    values = np.stack((chart.value, chart.doubt)).astype(np.float32)
    made = dwi.like(name, values, "1" if name == "fa" else "mm2/s")
    said: Settings = (*dwi.settings, *settings, ("second_frame", "standard uncertainty"))
    return Image(**{**vars(made), "frames": (0.0, 1.0), "settings": said})


def _estimate(dwi: Image, region: Region, name: str) -> Estimate:
    """The mean of one number over a region, free of what noise lifts it by.

    Raises Refusal if the series does not suffice, if too few voxels remain, or if too many signals are outliers.
    """
    box, mask = cut(region.mask)
    fitted, chart = fitted_of(dwi), charts_of(dwi)[name]
    lit = mask & fitted.tissue[box]
    count, drawn = int(np.count_nonzero(lit)), int(np.count_nonzero(mask))
    if count < FEWEST_VOXELS:
        found, least = f"{count} of {drawn} voxels", f"{FEWEST_VOXELS} or more"
        raise Refusal("too_few_voxels", f"{name.upper()}: too few voxels hold a tensor", found=found, expected=least)
    odd = np.zeros(fitted.tissue.shape)
    odd[fitted.tissue] = fitted.outlying
    share = float(odd[box][lit].mean())
    if share > MOST_OUTLIERS:
        found, most = f"{100 * share:.1f} %", f"{100 * MOST_OUTLIERS:g} % or less"
        summary = "too many signals are not what their tensor foretells: motion, dropout, or no tensor"
        raise Refusal("residual_outliers", summary, found=found, expected=most)
    lift, sure = _lifts(dwi, region)[name]
    mean = region_mean(
        np.where(lit, chart.value[box], 0.0), lit, Place(steps_of(region.affine), region.edge_mm, dwi.residual_mm)
    )
    flags = (Flag("left_out", f"{drawn - count} of {drawn} voxels hold no tensor"),) if count < drawn else ()
    settings = (*fitted.settings, ("lifted_by_noise", lift), ("outliers", share), ("voxels", float(count)))
    doubt = float(np.hypot(mean.uncertainty, sure))
    return Estimate(
        mean.value - lift, doubt, _map(dwi, name, chart, fitted.settings), flags, (*settings, ("sd", mean.spread))
    )


def fractional_anisotropy(dwi: Image, region: Region) -> Estimate:
    """Mean FA of the region, 1, with its map "fa". Raises Refusal as `_estimate` says: directions, motion, outliers."""
    return _estimate(dwi, region, "fa")


def mean_diffusivity(dwi: Image, region: Region) -> Estimate:
    """Mean MD of the region, mm2/s, with its map "md". Raises Refusal as FA."""
    return _estimate(dwi, region, "md")


def axial_diffusivity(dwi: Image, region: Region) -> Estimate:
    """Mean AD of the region, along its fibres, mm2/s, with its map "ad". Raises Refusal as FA."""
    return _estimate(dwi, region, "ad")


def radial_diffusivity(dwi: Image, region: Region) -> Estimate:
    """Mean RD of the region, across its fibres, mm2/s, with its map "rd". Raises Refusal as FA."""
    return _estimate(dwi, region, "rd")


ASKED = (
    Asked("dwi", "b_max", "methods A5: b of 700 to 1000 s/mm2", FLAGGED, "s/mm2", low=700, high=1500),
    Asked("dwi", "field_t", "a scanner moves FA more than disease does (methods A5)", NOT_COMPARABLE, "T", apart=0.1),
)
PHANTOM = "vivomap.acquire.phantom.tensor:whole"
REPEAT = 2.77  # RC = 2.77 wCV
FRACTIONAL_ANISOTROPY = Biomarker(
    name="fractional_anisotropy",
    unit="1",
    needs=("dwi", "region"),
    compute=fractional_anisotropy,
    source=SOURCE,
    real_change=limits("fractional_anisotropy", "%", VEENITH, brain=round(REPEAT * 2.4, 1)),
    title="Fractional anisotropy",
    acquisition=ASKED,
    truth=PHANTOM,
    gives=("fa",),
    code=("110808", "DCM", "Fractional Anisotropy"),
)
MEAN_DIFFUSIVITY = Biomarker(
    name="mean_diffusivity",
    unit="mm2/s",
    needs=("dwi", "region"),
    compute=mean_diffusivity,
    source=SOURCE,
    real_change=limits("mean_diffusivity", "%", VEENITH, brain=round(REPEAT * 1.9, 1)),
    title="Mean diffusivity",
    acquisition=ASKED,
    truth=PHANTOM,
    gives=("md",),
    code=("113202", "DCM", "Mean Diffusivity"),
)
AXIAL_DIFFUSIVITY = Biomarker(
    name="axial_diffusivity",
    unit="mm2/s",
    needs=("dwi", "region"),
    compute=axial_diffusivity,
    source=SOURCE,
    real_change=limits("axial_diffusivity", "%", VEENITH, brain=round(REPEAT * 1.7, 1)),
    title="Axial diffusivity",
    acquisition=ASKED,
    truth=PHANTOM,
    gives=("ad",),
    code=("113204", "DCM", "Axial Diffusivity"),
)
RADIAL_DIFFUSIVITY = Biomarker(
    name="radial_diffusivity",
    unit="mm2/s",
    needs=("dwi", "region"),
    compute=radial_diffusivity,
    source=SOURCE,
    real_change=limits("radial_diffusivity", "%", VEENITH, brain=round(REPEAT * 2.4, 1)),
    title="Radial diffusivity",
    acquisition=ASKED,
    truth=PHANTOM,
    gives=("rd",),
    code=("113203", "DCM", "Radial Diffusivity"),
)
