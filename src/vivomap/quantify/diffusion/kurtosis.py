"""Diffusion kurtosis: how far water is hindered by cells and membranes, beyond what one exponential tells.

    ln S(b) = ln S0 - b D + b² D² K / 6        D in mm2/s, K without unit; 0 for free water

The mean signal of all directions is fitted: D and K are like MD and mean kurtosis, and equal to them where tissue is
alike in all directions. The series turns upwards at b = 3 / (D K), and is not valid from there on.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from vivomap.core import FLAGGED, REFUSED, Asked, Biomarker, Estimate, Image, Refusal, Region, Settings
from vivomap.core.image import Array
from vivomap.maths.cumulant import Cumulants, fit
from vivomap.quantify.diffusion.signal import (
    TISSUE,
    Gate,
    Signal,
    b_values,
    noise_of,
    region_number,
    signal_of,
    unlifted,
    with_doubt,
)

GATE = Gate("kurtosis", 4, 1000.0, 2, 2)  # four by methods A0; two of 1000 s/mm2 and more (project)
SOURCE = "kurtosis: Jensen et al., MRM 2005 (from memory); fit and gates: methods A4, A0 (project)"


class Told(NamedTuple):
    """The fit of a region, and how S0, D and K move with the signal of each frame (3, frame)."""

    fit: Cumulants
    moves: Array
    signal: Signal


@lru_cache(maxsize=4)
def _told(dwi: Image, region: Region) -> Told:
    """Raises Refusal if b-values, voxels or signal do not suffice, or if b goes beyond the validity of the series."""
    signal = signal_of(dwi, region, GATE)
    found = fit(signal.mean[:, None], signal.b)
    rate, kurtosis = float(found.rate[0]), float(found.kurtosis[0])
    if not np.isfinite(rate) or signal.b.max() * rate * kurtosis >= 3:
        summary = "kurtosis: the highest b lies beyond what two cumulants describe"
        limit = 3 / (rate * kurtosis) if np.isfinite(rate) and kurtosis > 0 else 0.0
        raise Refusal("not_told", summary, found=f"b = {signal.b.max():g} s/mm2", expected=f"below {limit:.0f} s/mm2")
    return Told(found, found.moves[:, :, 0] / signal.mean, signal)


@lru_cache(maxsize=2)
def maps(dwi: Image) -> tuple[Image, Image]:
    """The maps "kurtosis_d" (mm2/s) and "kurtosis" (1), each with its standard uncertainty as second frame.

    Raises Refusal if the b-values do not suffice. Air, and voxels without a falling signal, are NaN.
    """
    b, sigma = b_values(dwi, GATE), noise_of(dwi)
    signals = dwi.voxels.array
    low = np.asarray(signals[int(b.argmin())], float)
    tissue = low > TISSUE * np.percentile(low, 99)
    clean = unlifted(signals[:, tissue], sigma)
    found = fit(clean, b)
    with np.errstate(divide="ignore", invalid="ignore"):
        doubt = sigma * np.sqrt(np.sum((found.moves / clean) ** 2, axis=1))
    charts = []
    for values in ((found.rate, doubt[1]), (found.kurtosis, doubt[2])):
        empty = np.full((2, *tissue.shape), np.nan)
        empty[:, tissue] = values
        charts.append(empty)
    return (
        with_doubt(dwi, "kurtosis_d", (charts[0][0], charts[0][1]), "mm2/s"),
        with_doubt(dwi, "kurtosis", (charts[1][0], charts[1][1]), "1"),
    )


def _estimate(told: Told, row: int, value: float, dwi: Image, region: Region) -> Estimate:
    mean = region_number(value, told.moves[row], told.signal, dwi, region)
    settings: Settings = (("fit", "cumulants of the region's mean signal"), *told.signal.settings)
    return Estimate(mean.value, mean.uncertainty, maps(dwi)[row - 1], settings=settings)


def kurtosis_diffusion(dwi: Image, region: Region) -> Estimate:
    """D of the region, corrected for kurtosis, mm2/s, with the map "kurtosis_d".

    Raises Refusal with fewer than four b-values, where noise hides the signal, or where b is too high for the model.
    """
    told = _told(dwi, region)
    return _estimate(told, 1, float(told.fit.rate[0]), dwi, region)


def apparent_kurtosis(dwi: Image, region: Region) -> Estimate:
    """K of the region, 1, with the map "kurtosis". Raises Refusal as `kurtosis_diffusion`."""
    told = _told(dwi, region)
    return _estimate(told, 2, float(told.fit.kurtosis[0]), dwi, region)


ASKED = (
    Asked("dwi", "b_count", "methods A0: four b-values or more", REFUSED, low=4, told="few_b_values"),
    Asked("dwi", "b_max", "kurtosis shows from there on (project)", FLAGGED, "s/mm2", low=1000, high=3000),
    Asked("dwi", "te_ms", "K moves with TE (project)", unit="ms", apart=10.0),
)
PHANTOM = "vivomap.acquire.phantom.kurtosis:hindered"
KURTOSIS_DIFFUSION = Biomarker(
    name="kurtosis_diffusion",
    unit="mm2/s",
    needs=("dwi", "region"),
    compute=kurtosis_diffusion,
    source=SOURCE,
    title="Diffusion corrected for kurtosis",
    acquisition=ASKED,
    truth=PHANTOM,
    gives=("kurtosis_d",),
    dimensions=2,
    code=("113294", "DCM", "Diffusion coefficient by kurtosis model"),
)
APPARENT_KURTOSIS = Biomarker(
    name="apparent_kurtosis",
    unit="1",
    needs=("dwi", "region"),
    compute=apparent_kurtosis,
    source=SOURCE,
    title="Apparent kurtosis",
    acquisition=ASKED,
    truth=PHANTOM,
    gives=("kurtosis",),
    dimensions=2,
    code=("113206", "DCM", "Apparent Kurtosis Coefficient"),
)
