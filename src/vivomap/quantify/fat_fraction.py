"""Proton density fat fraction (PDFF): how much of an organ's mobile hydrogen is fat; with it T2*, short where iron is.

    PDFF = 100 F/(F + W)      %, W and F the signals of water and fat at echo time 0

by a fit of magnitude and phase of four or more gradient echoes: six peaks of fat, one T2* for both, one field that is
smooth (maths/fat_water.py). Phase that runs the other way on a scanner is turned. Where the field jumps between
neighbours by so much that fat and water could be swapped, nothing is given. PDFF is free of T1 only with a small flip
angle.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from vivomap.core import (
    FLAGGED,
    NOT_COMPARABLE,
    REFUSED,
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
from vivomap.maths.fat_water import GYRO, FatWater, fat_signal, search, separated
from vivomap.maths.geometry import cut
from vivomap.maths.sampling import Place, region_mean
from vivomap.maths.solid import steps_of

FEWEST_ECHOES = 4  # project: five unknowns, and enough left to judge the fit
FEWEST_VOXELS = 20  # project
TISSUE = 0.1  # project: of the 99th centile of the brightest echo; what is darker is air
WORST_MISFIT = 0.15  # project: of W + F, deviation of one sample; above it the model does not hold
SWAP = 0.5  # project: a jump of the field between neighbours above this part of fat's shift may be a swap
FEW_SWAPS = 0.02  # project: of the region's voxels may lie beside such a jump
MAIN_PPM = 3.4  # the shift of fat's main peak
LARGEST_FLIP = 5.0  # degrees, project: above it T1 makes fat look like more
SPECTRUM = 0.017  # project: of F W/(F + W)², what fat peaks that differ by 5 % change
SPECTRUM_T2 = 0.043  # project: of T2* and the share of fat, by the same
SOURCE = "six-peak fat of Hamilton (NMR Biomed 2011;24:784), complex fit with one T2* (methods A14)"
BACHTIAR = "T2* of the liver: CoV 5.5 %, Bachtiar et al., PLoS ONE 2019;14:e0214921"
PHANTOM = "vivomap.acquire.phantom.fat_water:fatty"


class Maps(NamedTuple):
    """The fit of the tissue's voxels, where these lie (z, y, x), the field (z, y, x, Hz), and what was assumed."""

    fit: FatWater
    tissue: Array
    field: Array
    said: Settings
    flags: tuple[Flag, ...]

    def volume(self, values: Array) -> Array:
        """Values of the tissue's voxels in their place, NaN elsewhere."""
        whole = np.full(self.tissue.shape, np.nan)
        whole[self.tissue] = values
        return whole


@lru_cache(maxsize=2)
def fitted(echo: Image, echo_phase: Image) -> Maps:
    """Fat, T2* and field of every voxel of tissue.

    Raises Refusal with fewer than four echoes, unequal series, phase that is not in rad, or no field strength.
    """
    magnitude, phase = echo.voxels.array, echo_phase.voxels.array
    times = np.asarray(echo.frames, float) / 1000
    if magnitude.ndim != 4 or len(times) < FEWEST_ECHOES or echo.frame_unit != "ms" or (np.diff(times) <= 0).any():
        listed = ", ".join(f"{t:g}" for t in echo.frames) or "none"
        raise Refusal("few_echoes", "PDFF needs four rising echo times, in ms", found=listed, expected="four or more")
    if phase.shape != magnitude.shape or echo_phase.frames != echo.frames:
        raise Refusal("volumes_apart", "PDFF: magnitude and phase are not of the same echoes")
    if echo_phase.unit != "rad":
        raise Refusal("wrong_unit", "PDFF: the phase must be in rad", found=echo_phase.unit, expected="rad")
    field_t = echo.number("field_t")
    brightest = magnitude.max(axis=0)  # of all echoes: half fat, half water is dark where they are opposed
    tissue = brightest > TISSUE * np.percentile(brightest, 99)
    signals = magnitude * np.exp(1j * phase)
    fat = fat_signal(times, field_t)
    ways = {way: search(np.conj(signals) if way else signals, times, fat, tissue) for way in (False, True)}
    turned = min(ways, key=lambda way: float(ways[way][1][tissue].mean()))
    field = ways[turned][0]
    used = (np.conj(signals) if turned else signals)[:, tissue]
    found = separated(used, times, fat, field[tissue])
    said: Settings = (
        ("echoes_ms", " ".join(f"{t:g}" for t in echo.frames)),
        ("field_t", field_t),
        ("phase", "turned" if turned else "as given"),
    )
    whole = np.full(tissue.shape, np.nan)
    whole[tissue] = found.field
    return Maps(found, tissue, whole, said, _flip(echo))


def _flip(echo: Image) -> tuple[Flag, ...]:
    flip = echo.setting("flip_deg")
    if isinstance(flip, float | int) and flip > LARGEST_FLIP:
        return (Flag("t1_weighted", f"the flip angle is {flip:g}°: T1 makes fat look like more than it is"),)
    return ()


def _inside(maps: Maps, region: Region) -> tuple[tuple[slice, slice, slice], Array, tuple[Flag, ...]]:
    """The box and the voxels of a region that the model fits.

    Raises Refusal if too few do, or if fat and water may be swapped in it.
    """
    box, mask = cut(region.mask)
    good = maps.volume((maps.fit.misfit < WORST_MISFIT) & np.isfinite(maps.fit.share)) == 1.0
    lit = mask & good[box]
    count, drawn = int(np.count_nonzero(lit)), int(np.count_nonzero(mask))
    if count < FEWEST_VOXELS:
        found, least = f"{count} of {drawn} voxels", f"{FEWEST_VOXELS} or more"
        raise Refusal("too_few_voxels", "PDFF: too few voxels follow the model", found=found, expected=least)
    field_t = float(dict(maps.said)["field_t"])
    jumps = _jumps(maps.field[box], lit, SWAP * MAIN_PPM * GYRO * field_t)
    if jumps > FEW_SWAPS * count:
        summary = "PDFF: the field jumps in the region, so that fat and water may be swapped"
        raise Refusal("swap_possible", summary, found=f"{jumps} of {count} voxels")
    flags = (Flag("left_out", f"{drawn - count} of {drawn} voxels do not follow the model"),) if count < drawn else ()
    return box, lit, (*maps.flags, *flags)


def _jumps(field: Array, lit: Array, most: float) -> int:
    """How many voxels lie beside a neighbour whose field differs by more than `most` Hz."""
    beside = np.zeros(lit.shape, bool)
    for axis in range(3):
        near, far = (
            tuple(s if a == axis else slice(None) for a in range(3)) for s in (slice(None, -1), slice(1, None))
        )
        jump = (np.abs(np.diff(field, axis=axis)) > most) & lit[near] & lit[far]
        beside[near] |= jump
        beside[far] |= jump
    return int(np.count_nonzero(beside))


def _chart(echo: Image, role: str, unit: str, pair: tuple[Array, Array]) -> Image:
    settings = (*echo.settings, ("second_frame", "standard uncertainty"))
    return replace(echo.like(role, np.stack(pair), unit), frames=(0.0, 1.0), settings=settings)


def fat_fraction(echo: Image, echo_phase: Image, region: Region) -> Estimate:
    """Mean PDFF of the region, %, with its map "pdff"."""
    maps = fitted(echo, echo_phase)
    box, lit, flags = _inside(maps, region)
    pair = (100 * maps.volume(maps.fit.share), 100 * maps.volume(maps.fit.share_u))
    place = Place(steps_of(region.affine), region.edge_mm, echo.residual_mm)
    mean = region_mean(np.where(lit, pair[0][box], 0.0), lit, place)
    share = mean.value / 100
    peaks = 100 * SPECTRUM * abs(share * (1 - share))
    settings = (*maps.said, ("sd", mean.spread), ("voxels", float(mean.voxels)))
    doubt = float(np.hypot(mean.uncertainty, peaks))
    return Estimate(mean.value, doubt, _chart(echo, "pdff", "%", pair), flags, settings)


def t2_star(echo: Image, echo_phase: Image, region: Region) -> Estimate:
    """T2* of the region, ms: one over the mean of R2*, with the map "t2_star_map"."""
    maps = fitted(echo, echo_phase)
    box, lit, flags = _inside(maps, region)
    rate = maps.volume(maps.fit.rate)
    place = Place(steps_of(region.affine), region.edge_mm, echo.residual_mm)
    mean = region_mean(np.where(lit, rate[box], 0.0), lit, place)
    if not mean.value > 2 * mean.uncertainty:
        raise Refusal("too_noisy", "T2*: the signals do not surely fade", found=f"R2* {mean.value:.3g} /s")
    safe = np.where(maps.fit.rate > 0, maps.fit.rate, np.nan)
    pair = (maps.volume(1000 / safe), maps.volume(1000 * maps.fit.rate_u / safe**2))
    settings = (*maps.said, ("r2_star", mean.value), ("sd", mean.spread), ("voxels", float(mean.voxels)))
    share = float(np.nanmean(maps.volume(maps.fit.share)[box][lit]))
    doubt = float(np.hypot(1000 * mean.uncertainty / mean.value**2, SPECTRUM_T2 * share * 1000 / mean.value))
    return Estimate(1000 / mean.value, doubt, _chart(echo, "t2_star_map", "ms", pair), flags, settings)


FEW = "five unknowns need four echoes or more (project)"
ASKED = (
    Asked("echo", "echo_count", FEW, REFUSED, low=FEWEST_ECHOES, told="few_echoes"),
    Asked(
        "echo",
        "flip_deg",
        "T1 makes fat look like more (project)",
        FLAGGED,
        "deg",
        high=LARGEST_FLIP,
        told="t1_weighted",
    ),
)
FAT_FRACTION = Biomarker(
    name="fat_fraction",
    unit="%",
    needs=("echo", "echo_phase", "region"),
    compute=fat_fraction,
    source=SOURCE,
    title="Proton density fat fraction",
    acquisition=ASKED,
    truth=PHANTOM,
    gives=("pdff",),
    dimensions=2,
    code=("129100", "DCM", "Fat fraction"),
)
T2_STAR = Biomarker(
    name="t2_star",
    unit="ms",
    needs=("echo", "echo_phase", "region"),
    compute=t2_star,
    source=SOURCE,
    real_change=limits("t2_star", "%", BACHTIAR, liver=15.2),
    title="T2*",
    acquisition=(
        *ASKED,
        Asked("echo", "field_t", "T2* moves with the field (project)", NOT_COMPARABLE, "T", apart=0.1),
    ),
    truth=PHANTOM,
    gives=("t2_star_map",),
    dimensions=2,
)
