"""Enhancement after contrast: how strongly and how lastingly tissue takes it up, without a model of its kinetics.

With signals S0 before contrast, S1 early and S2 late, in every voxel

    PE  = 100 (S1 - S0) / S0              %; undefined where S0 is not positive
    SER = (S1 - S0) / (S2 - S0)           1; above 1 the signal washes out; undefined where S2 does not exceed S0
    FTV = volume of the voxels with PE of 70 % or more and SER of 0 or more, lone voxels left out     mL

Of three time points the second is early and the third late. Of more, early is the one nearest to 120 s after the first
and late the last. An undefined voxel is NaN in the maps "pe" and "ser", left out of every number, and counted.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from vivomap.core import FLAGGED, NOT_COMPARABLE, Asked, Biomarker, Estimate, Flag, Image, Refusal, Region, Settings
from vivomap.core.image import Array
from vivomap.maths.geometry import cut
from vivomap.maths.peak import Threshold, above
from vivomap.maths.sampling import Place, noise, region_mean
from vivomap.maths.solid import EVERY_NEIGHBOUR, steps_of

LEAST_PE = 70.0  # %, usual for FTV (from memory: Hylton, Radiology 2012)
LEAST_SER = 0.0  # usual for FTV (from memory, as above)
EARLY_S = 120.0  # middle of the 90 to 150 s of methods A6
FEWEST_VOXELS = 20  # project
LEFT_OUT = 0.05  # project: a larger share of undefined voxels is flagged
HYLTON = "PE, SER and FTV: Hylton et al., Radiology 2012 (from memory); thresholds by subtype: PMC5214452 (abstract)"


class Moments(NamedTuple):
    """The places of the three time points in a series, and warnings about them."""

    before: int
    early: int
    late: int
    flags: tuple[Flag, ...]


def moments(seconds: tuple[float, ...], timed: bool = True) -> Moments:
    """Which time points are before, early and late; `timed` says whether they are seconds or numbered only.

    Raises Refusal if there are fewer than two, or if it needs the times to tell which is early.
    """
    if len(seconds) < 2:
        found = f"{len(seconds)} time points"
        raise Refusal("few_time_points", "enhancement needs a time point before contrast and one after", found=found)
    last = len(seconds) - 1
    if len(seconds) <= 3:
        return Moments(0, 1, last, ())
    if not timed:
        summary = f"which of {len(seconds)} time points is the early one cannot be told: their times are not known"
        raise Refusal("frame_times_unknown", summary, expected="seconds of each time point")
    early = 1 + int(np.argmin([abs(s - seconds[0] - EARLY_S) for s in seconds[1:last]]))
    reason = f"contrast is taken to start with the first time point; early is {seconds[early] - seconds[0]:g} s later"
    return Moments(0, early, last, (Flag("contrast_time_assumed", reason),))


@lru_cache(maxsize=1)
def _maps(dce: Image) -> tuple[Image, Image, Moments]:
    """The maps "pe" and "ser", NaN where undefined."""
    series = dce.voxels.array
    if series.ndim != 4:
        raise Refusal("few_time_points", "enhancement needs a time point before contrast and one after")
    when = moments(dce.frames, dce.frame_unit == "s")
    s0, s1, s2 = (series[i].astype(np.float32) for i in (when.before, when.early, when.late))
    rise, late = s1 - s0, s2 - s0
    undefined = np.full(rise.shape, np.nan, np.float32)
    pe = np.divide(100 * rise, s0, out=undefined.copy(), where=s0 > 0)
    ser = np.divide(rise, late, out=undefined, where=(late > 0) & (s0 > 0))
    return dce.like("pe", pe, "%"), dce.like("ser", ser, "1"), when


def _three(when: Moments) -> None:
    """Raises Refusal if no time point is late."""
    if when.late == when.early:
        raise Refusal("few_time_points", "SER needs a third, late time point", found="2 time points", expected="3")


def _said(dce: Image, when: Moments, lit: Array) -> Settings:
    start, voxels = dce.frames[0], float(np.count_nonzero(lit))
    if dce.frame_unit != "s":
        return (("voxels", voxels),)
    early, late = dce.frames[when.early] - start, dce.frames[when.late] - start
    return (("early_s", early), ("late_s", late), ("voxels", voxels))


def _mean(dce: Image, region: Region, chart: Image, asked: Array) -> Estimate:
    """The mean of a map over the asked voxels of the region's box that hold a value."""
    when = _maps(dce)[2]
    values = np.asarray(chart.voxels.array[cut(region.mask).box], float)
    lit = asked & np.isfinite(values)
    count, wanted = int(np.count_nonzero(lit)), int(np.count_nonzero(asked))
    if count < FEWEST_VOXELS:
        found, least = f"{count} of {wanted} voxels", f"{FEWEST_VOXELS} or more"
        raise Refusal("too_few_voxels", f"{chart.role}: too few voxels hold a value", found=found, expected=least)
    share = Flag("left_out", f"{wanted - count} of {wanted} voxels have no {chart.role}")
    flags = (*when.flags, *((share,) if count < wanted * (1 - LEFT_OUT) else ()))
    place = Place(steps_of(region.affine), region.edge_mm, dce.residual_mm)
    mean = region_mean(np.where(lit, values, 0.0), lit, place)
    settings = (*_said(dce, when, lit), ("sd", mean.spread), ("undefined", float(wanted - count)))
    return Estimate(mean.value, mean.uncertainty, chart, flags, settings)


def percent_enhancement(dce: Image, region: Region) -> Estimate:
    """Mean PE of the region, %, with its map "pe". Raises Refusal if fewer than `FEWEST_VOXELS` hold a value.

    Noise s in the divisor S0 makes a mean of ratios too high by (100 + PE) s² / S0², which is a part of the doubt.
    """
    pe, _, when = _maps(dce)
    box, mask = cut(region.mask)
    mean = _mean(dce, region, pe, mask)
    before = dce.voxels.array[when.before][box]
    return _doubted(mean, (100 + mean.value) * _share(before, before, mask))


def _share(before: Array, divisor: Array, mask: Array) -> float:
    """The variance of the noise before contrast over the square of a divisor, by their means under a mask."""
    level = float(np.mean(divisor[mask]))
    return (noise(before, mask) / level) ** 2 if level > 0 else 0.0


def _doubted(estimate: Estimate, bias: float) -> Estimate:
    """The estimate, with a bias of this size as a part of its doubt."""
    return estimate._replace(uncertainty=float(np.hypot(estimate.uncertainty, bias)))


def signal_enhancement_ratio(dce: Image, region: Region) -> Estimate:
    """Mean SER of the region's voxels that enhance by 70 % or more, with its map "ser".

    Below that the ratio is one of noise. Noise s before contrast makes a mean of ratios too high by (2 SER - 1) s² /
    (S2 - S0)², which is a part of the doubt. Raises Refusal without a third time point, or with too few such voxels.
    """
    pe, ser, when = _maps(dce)
    _three(when)
    box, mask = cut(region.mask)
    asked = mask & (pe.voxels.array[box] >= LEAST_PE)
    mean = _mean(dce, region, ser, asked)
    before, late = (dce.voxels.array[i][box].astype(float) for i in (when.before, when.late))
    mean = _doubted(mean, (2 * mean.value - 1) * _share(before, late - before, asked))
    return mean._replace(settings=(*mean.settings, ("least_pe", LEAST_PE)))


def functional_tumour_volume(dce: Image, region: Region) -> Estimate:
    """Volume of the region's voxels with PE and SER at or above their thresholds, lone voxels left out, mL.

    0 where none is. A voxel with PE enough and no SER (its late signal does not exceed the first) is left out, counted.
    Raises Refusal without a third time point.
    """
    pe, ser, when = _maps(dce)
    _three(when)
    box, mask = cut(region.mask)
    rise, ratio = pe.voxels.array[box], ser.voxels.array[box]
    lasting = mask & (ratio >= LEAST_SER)
    hot = lasting & (rise >= LEAST_PE)
    alone = hot & (ndimage.convolve(hot.astype(np.uint8), EVERY_NEIGHBOUR.astype(np.uint8), mode="constant") == 1)
    before = dce.voxels.array[when.before][box]
    level = float(np.median(before[mask]))
    each = noise(before, mask)
    noisy = 100 * each / level * float(np.hypot(1, 1 + LEAST_PE / 100)) if level > 0 else 0.0
    place = Place(steps_of(region.affine), region.edge_mm, dce.residual_mm)
    found = above(rise, lasting & ~alone, Threshold(LEAST_PE, 0.0, noisy), place)
    undefined = np.count_nonzero(mask & (rise >= LEAST_PE) & ~np.isfinite(ratio))
    settings: Settings = (
        *_said(dce, when, found.mask),
        ("least_pe", LEAST_PE),
        ("least_ser", LEAST_SER),
        ("lone_voxels", float(np.count_nonzero(alone))),
        ("undefined", float(undefined)),
    )
    return Estimate(found.mm3 / 1000, found.uncertainty_mm3 / 1000, flags=when.flags, settings=settings)


ASKED = (
    Asked("dce", "frame_s", "methods A6: early images lie 90 to 150 s after contrast", FLAGGED, "s", high=150.0),
    Asked("dce", "tr_ms", "enhancement moves with T1 weighting (project)", NOT_COMPARABLE, "ms", apart=1.0),
    Asked("dce", "flip_deg", "enhancement moves with T1 weighting (project)", NOT_COMPARABLE, "deg", apart=2.0),
)
PHANTOM = "vivomap.acquire.phantom.enhancement:three_shells"
LIFTED = "conservative: noise lifts a mean of ratios, and the whole of that counts as doubt, as does the outline"
PERCENT_ENHANCEMENT = Biomarker(
    name="percent_enhancement",
    unit="%",
    needs=("dce", "region"),
    compute=percent_enhancement,
    source=HYLTON,
    title="Percent enhancement",
    acquisition=ASKED,
    truth=PHANTOM,
    coverage=LIFTED,
    gives=("pe",),
    dimensions=2,
)
SIGNAL_ENHANCEMENT_RATIO = Biomarker(
    name="signal_enhancement_ratio",
    unit="1",
    needs=("dce", "region"),
    compute=signal_enhancement_ratio,
    source=HYLTON,
    title="Signal enhancement ratio",
    acquisition=ASKED,
    truth=PHANTOM,
    coverage=LIFTED,
    gives=("ser",),
    dimensions=2,
)
FUNCTIONAL_TUMOUR_VOLUME = Biomarker(
    name="functional_tumour_volume",
    unit="mL",
    needs=("dce", "region"),
    compute=functional_tumour_volume,
    source=HYLTON,
    title="Functional tumour volume",
    acquisition=ASKED,
    truth=PHANTOM,
    coverage="a little conservative: voxels on the grid and at the threshold are doubted apart, though many are both",
    better="lower",
)
