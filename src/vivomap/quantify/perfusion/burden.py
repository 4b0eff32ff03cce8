"""How much of a tumour is rich in blood: the 90th centile of rCBV, and the share of voxels above a threshold.

The fraction of tumour burden (FTB) is the share of the region's voxels with a leakage-corrected rCBV above 1.0, or 1.75
(Hu 2012 and 2015), 100 n(rCBV > threshold) / n in %. Both are of the whole lesion: where a reader puts a hot spot does
not repeat.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import special

from vivomap.core import Biomarker, Estimate, Image, Region
from vivomap.quantify.perfusion.series import ASKED
from vivomap.quantify.perfusion.volume import BSW, PHANTOM, STEADY, Blood, blood

NORMAL_P90 = 1.2816  # a tenth of a normal distribution lies so many standard deviations above its mean
HU = f"share of voxels above an rCBV: Hu et al. 2012 and 2015 (from memory); {BSW}"
LOW, HIGH = 1.0, 1.75  # Hu, as above


def rcbv_p90(dsc: Image, region: Region, nawm: Region) -> Estimate:
    """The 90th centile of rCBV in the region.

    Its doubt is half the distance between the centiles 90 ± 100 sqrt(0.09 / n) for n independent voxels, what noise
    adds to it, and what all voxels share.
    """
    found = blood(dsc, region, nawm)
    values = found.values[found.inside.columns]
    reach = 100 * np.sqrt(0.09 / found.mean.scatter.independent)
    low, p90, high = np.percentile(values, np.clip((90 - reach, 90, 90 + reach), 0, 100))
    spread, noise = found.mean.spread, found.mean.scatter.sd
    widened = NORMAL_P90 * (spread - np.sqrt(max(spread**2 - noise**2, 0.0)))
    doubt = float(np.sqrt(((high - low) / 2) ** 2 + widened**2 + _scaled(found, float(p90)) ** 2))
    return Estimate(float(p90), doubt, flags=found.flags, settings=found.settings)


def _scaled(found: Blood, value: float) -> float:
    """What a value of rCBV may be wrong by for reasons that all voxels share, growing with it."""
    return found.shared * abs(value / found.mean.value) if found.mean.value else found.shared


def ftb_low(dsc: Image, region: Region, nawm: Region) -> Estimate:
    """The share of the region's voxels with rCBV above 1.0, %."""
    return _share(blood(dsc, region, nawm), LOW)


def ftb_high(dsc: Image, region: Region, nawm: Region) -> Estimate:
    """The share of the region's voxels with rCBV above 1.75, %."""
    return _share(blood(dsc, region, nawm), HIGH)


def _share(found: Blood, threshold: float) -> Estimate:
    """The share above a threshold, %.

    In doubt are the threshold (by what all voxels share, and by the step from voxel to voxel), noisy voxels near it
    (each in or out), and what noise does to a share: as much as the same noise once more would do.
    """
    columns = found.inside.columns
    values, noise = found.values[columns], float(np.median(found.each[columns]))
    reach = float(np.hypot(_scaled(found, threshold), _step(found) / np.sqrt(12)))
    between = float(np.mean(np.abs(values - threshold) < reach)) / 2
    near = float(np.sqrt(np.count_nonzero(np.abs(values - threshold) < noise))) / 2 / values.size
    share = float(np.mean(values >= threshold))
    again = float(special.ndtr((values - threshold) / max(noise, 1e-12)).mean())
    doubt = float(np.linalg.norm((between, near, again - share, 1 / values.size)))
    settings = (*found.settings, ("threshold", threshold), ("voxel_doubt", noise))
    return Estimate(100 * share, 100 * doubt, flags=found.flags, settings=settings)


def _step(found: Blood) -> float:
    """The median difference from voxel to voxel of the region, along the axis where it is largest."""
    lit, steps = found.inside.lit, []
    volume = np.full(lit.shape, np.nan)
    volume[lit] = found.values[found.inside.columns]
    for axis in range(3):
        apart = np.abs(np.diff(volume, axis=axis))
        steps.append(float(np.median(apart[np.isfinite(apart)])) if np.isfinite(apart).any() else 0.0)
    return max(steps)


def _card(name: str, title: str, unit: str, compute: Callable[..., Estimate], source: str) -> Biomarker:
    """A card of this file: a number of one lesion on the series and its white matter."""
    needs = ("dsc", "region", "nawm")
    return Biomarker(
        name, unit, needs, compute, source, title=title, acquisition=ASKED, truth=PHANTOM, dimensions=2, coverage=STEADY
    )


RCBV_P90 = _card("rcbv_p90", "rCBV, 90th centile", "1", rcbv_p90, BSW)
FTB_LOW = _card("ftb_1_00", "Fraction of tumour burden, rCBV > 1.0", "%", ftb_low, HU)
FTB_HIGH = _card("ftb_1_75", "Fraction of tumour burden, rCBV > 1.75", "%", ftb_high, HU)
