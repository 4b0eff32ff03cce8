"""Apparent diffusion coefficient: how freely water moves; low where cells are dense.

Signals S taken at two or more b-values (s/mm2) give D in mm2/s from

    S(b) = S0 exp(-b D)

in every voxel; the number is the mean, or the 10th centile, over the region. The map "adc" is the scanner's, or comes
from our own fit. Which b-values were used changes ADC: they stand in the settings.
"""

from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from vivomap.core import (
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
from vivomap.maths.geometry import cut
from vivomap.maths.monoexponential import decay_rate
from vivomap.maths.sampling import Mean, Place, noise, region_mean
from vivomap.maths.solid import steps_of

FEWEST_VOXELS = 20  # project: below this one noisy voxel can move the mean
LEAST_NOISES = 3.0  # project (methods A4): a signal below three times the noise is not fitted
TISSUE = 0.1  # project: of the 99th centile at the lowest b; what is darker is air
NORMAL_P10 = 1.2816  # a tenth of a normal distribution lies so many standard deviations below its mean
OWN_FIT = "log-linear, weighted by the squared mean of the neighbours"
QIBA = "QIBA profile for mean ADC, Boss et al., Radiology 2024, PMC11537247"
NEWITT = "histogram P15 and P25 of breast lesions: wCV below 8.1 %, Newitt et al., Tomography 2020;6:177"


class Inside(NamedTuple):
    """The map (z, y, x) in the box of a region, which voxels hold a value, their mean, and warnings."""

    values: Array
    lit: Array
    mean: Mean
    flags: tuple[Flag, ...]


@lru_cache(maxsize=2)
def _fitted(dwi: Image) -> tuple[Image, float]:
    """The map "adc" of a series of b-values, NaN where no fit was possible, and the noise that it assumed."""
    signals, b = dwi.voxels.array, np.array(dwi.frames)
    if signals.ndim != 4 or len(np.unique(b)) < 2:
        found = ", ".join(f"{v:g}" for v in dwi.frames) or "none"
        raise Refusal("few_b_values", "ADC: two different b-values are needed", found=found, expected="two or more")
    low, high = signals[int(b.argmin())], signals[int(b.argmax())]
    tissue = low > TISSUE * np.percentile(low, 99)
    sigma = noise(high, tissue)
    adc = dwi.like("adc", decay_rate(signals, b, LEAST_NOISES * sigma), "mm2/s")
    settings: Settings = (*dwi.settings, ("fit", OWN_FIT), ("b_values", " ".join(f"{v:g}" for v in dwi.frames)))
    return replace(adc, settings=settings), sigma


def _inside(adc: Image, region: Region) -> Inside:
    """The region's part of a map; 0 and below stand for no value. Raises Refusal if too few voxels remain."""
    box, mask = cut(region.mask)
    values = np.asarray(adc.voxels.array[box], float)
    lit = mask & (values > 0)
    count, drawn = int(np.count_nonzero(lit)), int(np.count_nonzero(mask))
    if count < FEWEST_VOXELS:
        found, least = f"{count} of {drawn} voxels", f"{FEWEST_VOXELS} or more"
        raise Refusal("too_few_voxels", f"ADC: {found} hold a value, fewer than needed", found=found, expected=least)
    flags = (Flag("left_out", f"{drawn - count} of {drawn} voxels hold no ADC"),) if count < drawn else ()
    mean = region_mean(values, lit, Place(steps_of(region.affine), region.edge_mm, adc.residual_mm))
    return Inside(np.where(lit, values, 0.0), lit, mean, flags)


def _said(adc: Image, inside: Inside) -> Settings:
    maker: Settings = (("map", "fitted" if adc.text("fit") else "scanner"),)
    known = tuple((k, v) for k, v in adc.settings if k in ("fit", "b_values"))
    return (*maker, *known, ("sd", inside.mean.spread), ("voxels", float(inside.mean.voxels)))


def _whose(adc: Image) -> Flag:
    if adc.text("fit"):
        return Flag("adc_of_fit", f"ADC is our own fit of b = {adc.text('b_values')} s/mm2")
    return Flag("adc_of_scanner", "ADC is the scanner's own map; its b-values and fit are not known from it")


def fitted_adc(dwi: Image, region: Region) -> Estimate:
    """Mean of our own ADC fit over the region, mm2/s, with its map "adc"; noise is estimated from the highest b.

    Raises Refusal with fewer than two b-values, or if fewer than `FEWEST_VOXELS` could be fitted.
    """
    adc, sigma = _fitted(dwi)
    inside = _inside(adc, region)
    settings = (*_said(adc, inside), ("noise", sigma))
    return Estimate(inside.mean.value, inside.mean.uncertainty, adc, inside.flags, settings)


def mean_adc(adc: Image, region: Region) -> Estimate:
    """Mean ADC of the region, mm2/s. Raises Refusal if fewer than `FEWEST_VOXELS` hold a value."""
    inside = _inside(adc, region)
    flags = (_whose(adc), *inside.flags)
    return Estimate(inside.mean.value, inside.mean.uncertainty, flags=flags, settings=_said(adc, inside))


def adc_p10(adc: Image, region: Region) -> Estimate:
    """The 10th centile of ADC in the region, mm2/s: its densest part, spared from necrosis.

    Its doubt is half the distance between the centiles 10 ± 100 sqrt(0.1 · 0.9 / n) for n independent voxels, and what
    noise takes off it: for a normal spread s with noise t in it, 1.28 (s - sqrt(s² - t²)).
    """
    inside = _inside(adc, region)
    mean = inside.mean
    reach = 100 * np.sqrt(0.1 * 0.9 / mean.scatter.independent)
    low, p10, high = np.percentile(inside.values[inside.lit], np.clip((10 - reach, 10, 10 + reach), 0, 100))
    widened = NORMAL_P10 * (mean.spread - np.sqrt(max(mean.spread**2 - mean.scatter.sd**2, 0.0)))
    place = mean.uncertainty if adc.residual_mm or region.edge_mm else 0.0
    doubt = float(np.sqrt(((high - low) / 2) ** 2 + widened**2 + place**2))
    return Estimate(float(p10), doubt, flags=(_whose(adc), *inside.flags), settings=_said(adc, inside))


ASKED_OF_MAP = (
    Asked("adc", "te_ms", "ADC of tissue with several T2 moves with TE (project)", unit="ms", apart=10.0),
    Asked("adc", "field_t", "limits were measured at one field (project)", unit="T", apart=0.1),
)
ASKED = (
    Asked("dwi", "b_count", "two points make a decay", REFUSED, "1", low=2, told="few_b_values"),
    Asked(
        "dwi",
        "b_max",
        "below, blood adds; above, kurtosis bends (methods A4; the numbers: project)",
        NOT_COMPARABLE,
        "s/mm2",
        low=400,
        high=1500,
    ),
    Asked("dwi", "te_ms", "ADC of tissue with several T2 moves with TE (project)", unit="ms", apart=10.0),
    Asked("dwi", "field_t", "limits were measured at one field (project)", unit="T", apart=0.1),
)
PHANTOM = "vivomap.acquire.phantom.diffusion:decaying"
CODE = ("113041", "DCM", "Apparent Diffusion Coefficient")

FITTED_ADC = Biomarker(
    name="fitted_adc",
    unit="mm2/s",
    needs=("dwi", "region"),
    compute=fitted_adc,
    source=f"mono-exponential fit, weight S² of the neighbours (project); {QIBA}",
    real_change=limits("fitted_adc", "%", QIBA, brain=8, liver=27, prostate=27, breast=15),
    title="Mean ADC, own fit",
    acquisition=ASKED,
    truth=PHANTOM,
    gives=("adc",),
    dimensions=2,
    code=CODE,
)
MEAN_ADC = Biomarker(
    name="mean_adc",
    unit="mm2/s",
    needs=("adc", "region"),
    compute=mean_adc,
    source=QIBA,
    real_change=limits("mean_adc", "%", QIBA, brain=8, liver=27, prostate=27, breast=15),
    title="Mean ADC",
    acquisition=ASKED_OF_MAP,
    truth=PHANTOM,
    dimensions=2,
    code=CODE,
)
ADC_P10 = Biomarker(
    name="adc_p10",
    unit="mm2/s",
    needs=("adc", "region"),
    compute=adc_p10,
    source="10th centile, against necrosis in the mean (methods A4, project)",
    real_change=limits("adc_p10", "%", f"{NEWITT}; taken for P10 (project)", breast=22.4),
    title="ADC, 10th centile",
    acquisition=ASKED_OF_MAP,
    truth=PHANTOM,
    dimensions=2,
    coverage="conservative: what noise takes off a centile is put in doubt and not put back, and voxels that differ "
    "evenly are counted as a sample",
)
