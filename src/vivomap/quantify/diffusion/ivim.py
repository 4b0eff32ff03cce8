"""Intravoxel incoherent motion: what diffuses, and what flows in capillaries, told apart by low b-values.

    S(b) = S0 (f exp(-b D*) + (1 - f) exp(-b D))        f: perfusion fraction, 1; D and D* >> D in mm2/s

D* stands alone in the first term (some write D + D*). The number of a region is the full least-squares fit to its mean
signal. The maps are fitted voxel by voxel, begun at a segmented fit (D from b of 200 s/mm2 and more, then f, then D*),
bounded, and drawn towards usual rates as far as noise leaves them open; D* of one voxel is not shown.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from vivomap.core import FLAGGED, NOT_COMPARABLE, REFUSED, Asked, Biomarker, Estimate, Image, Refusal, Region, Settings
from vivomap.core.image import Array
from vivomap.maths.biexponential import BOUNDS, Fit, full, inverse
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

SPLIT = 200.0  # s/mm2, methods A4: from here on the blood has lost its signal
GATE = Gate("IVIM", 6, SPLIT, 3, 2)  # six by methods A0; three low and two high (project)
LEAST_SHARE = 2.0  # project: f below twice its doubt tells no D*
METHOD = "full fit of the region's mean signal"
SOURCE = "IVIM: Le Bihan et al., Radiology 1988 (from memory); fit and gates: methods A4, A0 (project)"


class Told(NamedTuple):
    """The fit of a region: S0, f, ln D*, ln D, and how far each moves with the signal of each frame (4, frame)."""

    fit: Fit
    moves: Array
    signal: Signal


@lru_cache(maxsize=4)
def _told(dwi: Image, region: Region) -> Told:
    signal = signal_of(dwi, region, GATE)
    fit = full(signal.mean[:, None], signal.b, SPLIT)
    inverted, slopes = inverse(fit, signal.b, 0.0)
    return Told(fit, inverted[0] @ slopes[0].T, signal)


@lru_cache(maxsize=2)
def maps(dwi: Image) -> tuple[Image, Image]:
    """The maps "ivim_d" (mm2/s) and "ivim_f" (1), each with its standard uncertainty as second frame.

    Raises Refusal if the b-values do not suffice. Air is NaN.
    """
    b, sigma = b_values(dwi, GATE), noise_of(dwi)
    signals = dwi.voxels.array
    low = np.asarray(signals[int(b.argmin())], float)
    tissue = low > TISSUE * np.percentile(low, 99)
    fit = full(unlifted(signals[:, tissue], sigma), b, SPLIT, sigma)
    inverted, _ = inverse(fit, b, sigma)
    doubt = sigma * np.sqrt(np.einsum("nii->in", inverted))
    charts = []
    for values in ((fit.slow, fit.slow * doubt[3]), (fit.share, doubt[1])):
        empty = np.full((2, *tissue.shape), np.nan)
        empty[:, tissue] = values
        charts.append(empty)
    return (
        with_doubt(dwi, "ivim_d", (charts[0][0], charts[0][1]), "mm2/s"),
        with_doubt(dwi, "ivim_f", (charts[1][0], charts[1][1]), "1"),
    )


def _estimate(told: Told, row: int, value: float, dwi: Image, region: Region) -> Estimate:
    """The number of one row of the fit; rates move as their logarithms do."""
    factor = value if row in (2, 3) else 1.0
    mean = region_number(value, factor * told.moves[row], told.signal, dwi, region)
    settings: Settings = (("fit", METHOD), ("split", SPLIT), *told.signal.settings, ("voxels", float(mean.voxels)))
    return Estimate(mean.value, mean.uncertainty, settings=settings)


def ivim_diffusion(dwi: Image, region: Region) -> Estimate:
    """D of the region's tissue without its blood, mm2/s, with the map "ivim_d".

    Raises Refusal with fewer than six b-values, three below and two from 200 s/mm2 on, or where noise hides the signal.
    """
    told = _told(dwi, region)
    return _estimate(told, 3, float(told.fit.slow[0]), dwi, region)._replace(detail=maps(dwi)[0])


def ivim_fraction(dwi: Image, region: Region) -> Estimate:
    """The share f of the region's signal that flows, 1, with the map "ivim_f". Raises Refusal as `ivim_diffusion`."""
    told = _told(dwi, region)
    return _estimate(told, 1, float(told.fit.share[0]), dwi, region)._replace(detail=maps(dwi)[1])


def ivim_pseudodiffusion(dwi: Image, region: Region) -> Estimate:
    """D* of the region's blood, mm2/s. Raises Refusal also where too little flows, or D* lies on its bound."""
    told = _told(dwi, region)
    share = ivim_fraction(dwi, region)
    fast = float(told.fit.fast[0])
    if share.value < LEAST_SHARE * share.uncertainty or not BOUNDS.fast[0] * 1.01 < fast < BOUNDS.fast[1] * 0.99:
        found = f"f = {share.value:.3f} ± {share.uncertainty:.3f}, D* = {fast:.3g} mm2/s"
        summary = "IVIM: the signal does not tell how fast the blood moves"
        raise Refusal("not_told", summary, found=found, expected=f"D* within {BOUNDS.fast} mm2/s, f of 2 doubts")
    return _estimate(told, 2, fast, dwi, region)


ASKED = (
    Asked("dwi", "b_count", "methods A0: six b-values or more", REFUSED, low=6, told="few_b_values"),
    Asked("dwi", "b_max", "kurtosis bends above (project)", FLAGGED, "s/mm2", low=400, high=1000),
    Asked(
        "dwi",
        "te_ms",
        "f is weighted by the T2 of blood and tissue: it grows with TE",
        NOT_COMPARABLE,
        "ms",
        apart=10.0,
    ),
    Asked("dwi", "field_t", "D 11 %, f 23 %, D* 47 % between 1.5 and 3 T (methods A4)", NOT_COMPARABLE, "T", apart=0.1),
)
PHANTOM = "vivomap.acquire.phantom.ivim:perfused"
IVIM_DIFFUSION = Biomarker(
    name="ivim_diffusion",
    unit="mm2/s",
    needs=("dwi", "region"),
    compute=ivim_diffusion,
    source=SOURCE,
    title="IVIM diffusion D",
    acquisition=ASKED,
    truth=PHANTOM,
    gives=("ivim_d",),
    dimensions=2,
)
IVIM_FRACTION = Biomarker(
    name="ivim_fraction",
    unit="1",
    needs=("dwi", "region"),
    compute=ivim_fraction,
    source=SOURCE,
    title="IVIM perfusion fraction f",
    acquisition=ASKED,
    truth=PHANTOM,
    gives=("ivim_f",),
    dimensions=2,
)
IVIM_PSEUDODIFFUSION = Biomarker(
    name="ivim_pseudodiffusion",
    unit="mm2/s",
    needs=("dwi", "region"),
    compute=ivim_pseudodiffusion,
    source=SOURCE,
    title="IVIM pseudo-diffusion D*",
    acquisition=ASKED,
    truth=PHANTOM,
    dimensions=2,
)
