"""The arterial input: ΔR2* of an artery through the passage of the bolus, found by itself or drawn.

Searched for are voxels in which the bolus is high, early and short: whose peak is at least half of the highest and not
later than in most of the brain, the shortest of these. A voxel whose signal sinks into its noise at the peak has lost
the top of its curve and cannot be an input. An artery that only part of a voxel holds gives too low an input; it shows
in a brain that would hold an impossible volume of blood, and is refused.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from vivomap.core import Flag, Image, Refusal, Region
from vivomap.core.image import Array
from vivomap.maths.deconvolution import Circulant, circulant
from vivomap.maths.transit import Heights, heights
from vivomap.quantify.perfusion.series import Series, columns_of, parts, prepared

HIGH, TOP, MANY = 0.5, 99.9, 5.0  # project: of the highest; its centile; over the median peak of the brain
FEW, BEST = 3, 10  # project: fewest voxels of an input found by itself, and most
SUNK = 3.0  # project: a signal below so many noises has sunk into them
HAEMATOCRIT = (0.45, 0.25)  # large and small vessels (from memory: usual figures)
KH = (1 - HAEMATOCRIT[0]) / (1 - HAEMATOCRIT[1])
POSSIBLE = (1.0, 8.0)  # project: mL of blood in 100 mL of brain, median


class Input(NamedTuple):
    """ΔR2* of an artery (frame,), how many voxels it is the mean of, its noise, and warnings."""

    curve: Array
    voxels: int
    noise: float
    flags: tuple[Flag, ...]


def drawn(series: Series, artery: Region, te: float) -> Input:
    """The mean curve of a drawn artery. Raises Refusal if it is empty, saturated or holds only part of an artery."""
    columns = columns_of(series, artery)
    if not columns.size:
        raise Refusal("no_artery", "the drawn artery holds no curve")
    return _input(series, columns, te, ())


def found(series: Series, te: float) -> Input:
    """The mean curve of the best voxels. Raises Refusal if fewer than `FEW` look like an artery."""
    curves, during = series.curves, series.shared.during
    high = curves[during].max(axis=0)
    some = high > max(HIGH * float(np.percentile(high, TOP)), MANY * float(np.median(high)))
    columns = np.flatnonzero(some)
    if columns.size:
        when = curves[during].argmax(axis=0)
        columns = columns[when[columns] <= np.median(when)]
    if columns.size < FEW:
        raise Refusal("no_artery", "no voxels of the brain look like an artery", found=f"{columns.size} voxels")
    width = (series.shared.over @ curves[:, columns]) / high[columns]
    best = columns[np.argsort(width, kind="stable")[:BEST]]
    reason = f"the artery was found by its curve: the mean of {best.size} voxels"
    return _input(series, best, te, (Flag("artery_automatic", reason),))


def _input(series: Series, columns: Array, te: float, flags: tuple[Flag, ...]) -> Input:
    """The mean curve of these voxels, if it can be an input."""
    curves = series.curves[:, columns]
    lowest = series.level[columns] * np.exp(-te * curves.max(axis=0))
    sunk = lowest < SUNK * series.noise[columns]
    if np.mean(sunk) > HIGH:
        summary = "the signal of the artery sinks into its noise, so that the top of its curve is lost"
        raise Refusal("artery_saturated", summary, found=f"{np.count_nonzero(sunk)} of {columns.size} voxels")
    curve = curves[:, ~sunk].mean(axis=1)
    over = series.shared.over
    median = float(np.median(over @ series.curves)) / float(over @ curve) * 100 * KH
    if not POSSIBLE[0] <= median <= POSSIBLE[1]:
        summary = (
            "with this artery the brain would hold an impossible volume of blood: it fills only part of its voxels"
        )
        raise Refusal("artery_partial", summary, found=f"{median:.1f} mL/100 mL", expected="1 to 8 mL/100 mL")
    noise = float(curve[series.passage.before].std(ddof=1))
    return Input(curve, int(np.count_nonzero(~sunk)), noise, flags)


class Source(NamedTuple):
    """A series with its input, the input's singular parts, and how high a residue stands for a transit time."""

    series: Series
    input: Input
    parts: Circulant
    heights: Heights


@lru_cache(maxsize=2)
def source_of(dsc: Image, artery: Region | None) -> Source:
    """The series and its input: the artery that was drawn, or one found where there is none."""
    series, te = prepared(dsc), dsc.number("te_ms") / 1000
    entry = drawn(series, artery, te) if artery is not None else found(series, te)
    singular = circulant(entry.curve, series.step)
    return Source(series, entry, singular, heights(entry.curve, series.step, singular, series.shared.during))


def corrected(series: Series, columns: Array) -> Array:
    """ΔR2* of some voxels (frame, voxel) with what leakage takes off it put back."""
    running = series.shared.running.astype(np.float32)
    return np.asarray(series.curves[:, columns] + running[:, None] * parts(series).k2[columns])
