"""The series of a bolus, ready to be measured: ΔR2* of every voxel of the brain, its reference, and what was refused.

    ΔR2*(t) = ln(S_before / S(t)) / TE                                                                       1/s

The reference is the mean ΔR2* of brain that does not leak: voxels whose correction, against the mean of all, differs by
more than 15 % of its area from what is usual, and surely so, are left out, and so are vessels; this is repeated.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from vivomap.core import FLAGGED, NOT_COMPARABLE, REFUSED, Asked, Flag, Image, Refusal, Region
from vivomap.core.image import Array
from vivomap.maths.bolus import Passage, decay_change, object_mask, passage
from vivomap.maths.geometry import cut
from vivomap.maths.leakage import Parts, Shared, split
from vivomap.maths.sampling import Place
from vivomap.maths.solid import steps_of

SLOWEST_S = 1.5  # methods A0: a slower series misses the first pass
EVEN = 0.02  # project: steps between frames differ by no more
LEAST_SNR = 30.0  # methods A0: of a voxel of the region before the bolus
FEWEST_BEFORE = 5  # project: frames of baseline
FEWEST_VOXELS = 20  # project
DEEP = 5.0  # project: the fall of the mean signal over its noise before the bolus
AREA_S = 45.0  # project: areas run from the arrival for so long, past the first and second pass
PASSED = 0.6  # project: by the end of the series the mean ΔR2* has come back below this part of its peak
LEAKS, SURE, VESSEL = 0.15, 3.0, 3.0  # project: of the area of the reference; z; of the median blood volume
SAMPLE = 50_000  # project: voxels that the reference is sought in
ROUNDS = 4  # project
MOST = 0.4  # project: of the brain must be alike
LEAST_K1 = 0.05  # project: a voxel with less blood tells nothing of leakage
ASKED = (  # of the series, by every number that is made of it
    Asked("dsc", "frame_s", "methods A0: 1.5 s at most", REFUSED, "s", high=SLOWEST_S, told="slow_frames"),
    Asked("dsc", "te_ms", "rCBV moves with TE: methods A7", NOT_COMPARABLE, "ms", low=20.0, high=60.0, apart=5.0),
    Asked("dsc", "flip_deg", "T1 leakage grows with the flip angle: methods A7", FLAGGED, "deg", apart=10.0),
    Asked("dsc", "field_t", "the effect of the agent moves with the field", NOT_COMPARABLE, "T", apart=0.1),
)


@dataclass(frozen=True, eq=False)
class Series:
    """ΔR2* (frame, voxel) of the brain (z, y, x), S before the bolus and its noise, and the reference for leakage."""

    curves: Array
    brain: Array
    level: Array
    noise: Array
    passage: Passage
    shared: Shared
    flags: tuple[Flag, ...] = ()

    @property
    def step(self) -> float:
        """Seconds from frame to frame."""
        return self.shared.step

    def chart(self, dsc: Image, role: str, unit: str, values: tuple[Array, Array]) -> Image:
        """A map of two frames on the grid of the image: values (voxel,) and their standard uncertainties.

        Both are NaN outside the brain.
        """
        volume = np.full((2, *self.brain.shape), np.nan, np.float32)
        volume[:, self.brain] = values
        settings = (*dsc.settings, ("second_frame", "standard uncertainty"))
        return replace(dsc.like(role, volume, unit), frames=(0.0, 1.0), settings=settings)


class Inside(NamedTuple):
    """The voxels of a region: as columns of the series, as mask in its box, and where the region lies."""

    columns: Array
    lit: Array
    place: Place
    flags: tuple[Flag, ...]


@lru_cache(maxsize=1)
def prepared(dsc: Image) -> Series:
    """The series of an image (frame, z, y, x) with times in seconds.

    Raises Refusal if its times are unknown, uneven or too slow, TE is not said, no bolus is seen, too little is before
    it, or the series ends before it has passed.
    """
    step, te = _step(dsc), dsc.number("te_ms") / 1000
    signals = dsc.voxels.array.reshape(len(dsc.frames), -1)
    early = max(len(dsc.frames) // 10, 2)
    brain = object_mask(dsc.voxels.array[:early].mean(axis=0))
    inside = signals[:, brain.ravel()]
    when = passage(inside.mean(axis=1)) if inside.size else None
    if when is None:
        raise Refusal("bolus_absent", "DSC: no brain is seen in the series")
    curves, level, noise = decay_change(inside, when.before, te)
    lit = np.isfinite(curves[0])
    _passed(inside.mean(axis=1), curves[:, lit].mean(axis=1), when)
    stop = min(len(dsc.frames), when.last + 1 + round(AREA_S / step))
    shared = _reference(curves[:, lit], Shared(np.zeros(len(curves)), step, slice(when.last, stop), when.before))
    brain = brain.copy()
    brain[brain] = lit
    return Series(curves[:, lit], brain, level[lit], noise[lit], when, shared)


def _step(dsc: Image) -> float:
    """Seconds between frames. Raises Refusal if they are not known, not even or too long."""
    if dsc.voxels.array.ndim != 4 or len(dsc.frames) < 2 * FEWEST_BEFORE:
        raise Refusal("few_time_points", "DSC: a series through the passage of a bolus is needed")
    if dsc.frame_unit != "s":
        raise Refusal("frame_times_unknown", "DSC: the times of the frames are not known", expected="seconds")
    steps = np.diff(dsc.frames)
    step = float(np.median(steps))
    if step <= 0 or np.abs(steps / step - 1).max() > EVEN:
        raise Refusal(
            "uneven_frames", "DSC: the steps between the frames differ", found=f"{steps.min():g} to {steps.max():g} s"
        )
    if step > SLOWEST_S * (1 + EVEN):
        raise Refusal(
            "slow_frames", "DSC: frames are too far apart for the first pass", found=f"{step:g} s", expected="1.5 s"
        )
    return step


def _passed(signal: Array, change: Array, when: Passage) -> None:
    """Raises Refusal unless a bolus is seen in the mean signal, with a baseline before it and its end after it."""
    if when.baseline < FEWEST_BEFORE:
        found, least = f"{when.baseline} frames", f"{FEWEST_BEFORE} or more"
        raise Refusal(
            "short_baseline", "DSC: too little of the series is before the bolus", found=found, expected=least
        )
    wander = float(signal[when.before].std(ddof=1))
    if float(signal[when.before].mean()) - float(signal[when.peak]) < DEEP * wander:
        raise Refusal("bolus_absent", "DSC: the mean signal does not fall as it does when a bolus passes")
    if len(change) - when.peak < 5 or float(change[-3:].mean()) > PASSED * float(change[when.peak]):
        raise Refusal("first_pass_incomplete", "DSC: the series ends before the bolus has passed")


def _reference(curves: Array, shared: Shared) -> Shared:
    """The mean curve of brain that does not leak, from up to `SAMPLE` of the voxels.

    Raises Refusal if less than `MOST` of them are alike.
    """
    some = curves[:, :: max(curves.shape[1] // SAMPLE, 1)]
    whole = shared.over.astype(np.float32) @ some
    tissue = whole < VESSEL * np.median(whole)
    kept = tissue
    for _ in range(ROUNDS):
        shared = Shared(some[:, kept].mean(axis=1), shared.step, shared.during, shared.before)
        parts = split(some, shared)
        usual = float(np.median(parts.k2[tissue] / np.maximum(parts.k1[tissue], LEAST_K1)))
        apart = np.abs(parts.k2 - usual * parts.k1)  # a reference with leaking voxels in it shifts all by as much
        sure = apart > SURE * parts.scatter * shared.spread(1)
        leaks = sure & (apart * float(shared.over @ shared.running) > LEAKS * float(shared.over @ shared.curve))
        kept = tissue & ~leaks
        if np.count_nonzero(kept) < MOST * np.count_nonzero(tissue):
            summary = "DSC: too little of the brain is free of leakage, so that none can be corrected"
            raise Refusal("reference_leaks", summary, found=f"{100 * kept.mean():.0f} %", expected="40 % or more")
    return shared


@lru_cache(maxsize=2)
def parts(series: Series) -> Parts:
    """K1, K2, the corrected area and the scatter of every voxel of the brain."""
    return split(series.curves, series.shared)


def within(series: Series, region: Region, image: Image, what: str) -> Inside:
    """The region's voxels of the series.

    Raises Refusal if the region is empty, if too few of its voxels hold a curve, or if these are too noisy.
    """
    box, mask = cut(region.mask)
    lit = mask & series.brain[box]
    count, drawn = int(np.count_nonzero(lit)), int(np.count_nonzero(mask))
    if count < FEWEST_VOXELS:
        found, least = f"{count} of {drawn} voxels", f"{FEWEST_VOXELS} or more"
        raise Refusal("too_few_voxels", f"{what}: too few voxels hold a curve", found=found, expected=least)
    columns = columns_of(series, region)
    ratio = float(np.median(series.level[columns] / np.maximum(series.noise[columns], 1e-12)))
    if ratio < LEAST_SNR:
        found, least = f"{ratio:.0f}", f"{LEAST_SNR:g}"
        raise Refusal("noisy_series", f"{what}: the signal before the bolus is too noisy", found=found, expected=least)
    flags = (Flag("left_out", f"{drawn - count} of {drawn} voxels hold no curve"),) if count < drawn else ()
    place = Place(steps_of(region.affine), region.edge_mm, image.residual_mm)
    return Inside(columns, lit, place, (*series.flags, *flags))


def columns_of(series: Series, region: Region) -> Array:
    """The columns of the series that a region's voxels of the brain have, in their order."""
    number = np.full(series.brain.shape, -1)
    number[series.brain] = np.arange(series.level.size)
    box, mask = cut(region.mask)
    return np.asarray(number[box][mask & series.brain[box]])
