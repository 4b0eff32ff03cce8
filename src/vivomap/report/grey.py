"""Which grey a voxel gets: a window per modality, said under the picture, so that the grey can be read back.

CT by the usual display windows of the body part (level, width in HU; project: common radiological practice), uptake
inverted from zero, diffusion from 0 to 3 × 10⁻³ mm²/s, the rest between percentiles of the slice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vivomap.core import Image
from vivomap.report.words import number, scale

CT_WINDOWS = {"lung": (-600, 1500), "brain": (40, 80), "bone": (400, 1800), "soft tissue": (40, 400)}
LUNG = ("lung", "pulmon", "airway", "bronch")
BRAIN = ("brain", "cereb", "intracran")
BONE = ("bone", "vertebra", "spine", "rib", "femur", "pelvis bone")
UPTAKE_STEPS = (5, 10, 15, 20, 30, 50, 100)  # project: the upper end of the grey, SUV
ADC_TOP = 3e-3  # mm2/s; free water at body temperature
PERCENTILES = (1.0, 99.5)  # project


@dataclass(frozen=True)
class Window:
    """Values from `low` (black, or white where `inverted`) to `high`, with the words that say so."""

    low: float
    high: float
    inverted: bool
    said: str
    bar: tuple[str, str, str] | None = None  # low, high and unit, where the grey has a bar

    def grey(self, values: NDArray[np.floating]) -> NDArray[np.uint8]:
        """Grey from 0 to 255."""
        share = np.clip((values - self.low) / (self.high - self.low), 0, 1)
        return np.asarray(np.rint(255 * (1 - share if self.inverted else share)), np.uint8)


def window_of(image: Image, slice_: NDArray[np.generic], site: str, peak: float) -> Window:
    """The window for a slice (y, x) of an image, by the body part and the highest value inside the lesion."""
    if image.role == "ct":
        return _ct(site)
    factor, unit = scale(image.unit)
    if image.role in ("suv", "activity"):
        top = _step(peak) if image.role == "suv" else max(peak, float(np.max(slice_, initial=0))) or 1.0
        ends = ("0", number(top * factor), unit)
        return Window(0, top, True, f"grey 0 to {ends[1]} {unit}, dark is high", ends)
    if image.role == "adc" and image.unit == "mm2/s":
        return Window(0, ADC_TOP, False, f"grey 0 to {number(ADC_TOP * factor)} {unit}", ("0", number(3), unit))
    low, high = (float(v) for v in np.percentile(np.asarray(slice_, float), PERCENTILES))
    high = high if high > low else low + 1
    return Window(low, high, False, "grey between percentiles 1 and 99.5 of the slice")


def _ct(site: str) -> Window:
    kinds = (("lung", LUNG), ("brain", BRAIN), ("bone", BONE))
    kind = next((k for k, words in kinds if any(w in site.lower() for w in words)), "soft tissue")
    level, width = CT_WINDOWS[kind]
    low, high = level - width / 2, level + width / 2
    return Window(low, high, False, f"{kind} window, {number(low)} to {number(high)} HU")


def _step(highest: float) -> float:
    return float(next((s for s in UPTAKE_STEPS if s >= highest), UPTAKE_STEPS[-1]))
