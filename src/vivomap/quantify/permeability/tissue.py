"""One lesion's contrast series made ready: concentration in its voxels, its mean curve, and its artery as it arrives.

The artery reaches the tissue later than the place where it was measured. That delay is one for a region, found where
the extended Tofts model comes nearest to its mean curve, and its doubt is a part of every number's.

What moves all voxels together moves a region's mean with it. To first order a curve that is off by d moves the
parameters of the model by N d, N = (J'J)⁻¹ J': noise of the artery by N G (G: what the artery's samples do to the
curve), a wrong T1, baseline, haematocrit, relaxivity or delay by N times what it does to the curve.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy import interpolate, optimize

from vivomap.core import FLAGGED, NOT_COMPARABLE, REFUSED, Asked, Flag, Image, Refusal, Region, Settings
from vivomap.core.image import Array
from vivomap.maths.convolution import delayed
from vivomap.maths.geometry import Box, cut
from vivomap.maths.sampling import Mean, Place, region_mean, scatter
from vivomap.maths.solid import steps_of
from vivomap.maths.tofts import tofts
from vivomap.quantify.permeability.arterial import Arterial, measured, population
from vivomap.quantify.permeability.signal import (
    COARSE_STEP_S,
    LONGEST_STEP_S,
    Constants,
    Course,
    concentration,
    constants,
    course,
    risen,
    timed,
    voxel_noise,
)

FEWEST_VOXELS = 20  # project
LEFT_OUT = 0.05  # project: a larger share of voxels without a value is flagged
MOST_AT_BOUNDS = 0.2  # project: with a larger share of fits on a bound the region has no number (gate of methods A0)
DELAYS_S = np.arange(-2.0, 13.0)  # how much later than the artery a tissue may be reached, project
DELAYS_OF_POPULATION_S = np.arange(-10.0, 11.0)  # the onset of tissue is no exact onset of blood, project

Curve = Callable[[Array, Array], Array]  # times and the plasma as it arrives there: the model's curve
SPLINE_DOUBT = (
    2**0.5
)  # project: the spline between samples is itself wrong by about what it differs from straight lines
ASKED = (  # of the series, by every number that is made of it
    Asked("dce", "frame_s", "methods A0: 5 s preferred", FLAGGED, "s", high=COARSE_STEP_S, told="time_steps_coarse"),
    Asked("dce", "frame_s", "methods A0: 10 s at most", REFUSED, "s", high=LONGEST_STEP_S, told="time_steps_long"),
    Asked("dce", "field_t", "relaxivity and T1 move with the field", NOT_COMPARABLE, "T", apart=0.1),
    Asked("dce", "flip_deg", "the flip angle scales the concentration (project)", FLAGGED, "deg", apart=2.0),
)
FINER = 8  # steps between two frames when the artery is drawn as a smooth curve instead of straight lines


class Tissue(NamedTuple):
    """The region's box with the voxels in use, their concentrations (voxel, time), their mean, and the artery."""

    box: Box
    lit: Array
    seen: Array
    mean: Array
    artery: Arterial
    arriving: Array
    delay: float
    per_t1: Array  # what a T1 that is wrong by the noise of one voxel does to the mean curve
    per_baseline: Array  # and what one voxel's noise in the mean of the frames before contrast does
    flags: tuple[Flag, ...]
    settings: Settings


@lru_cache(maxsize=4)
def tissue(dce: Image, t1: Image, artery: Region | None, region: Region) -> Tissue:
    """Concentrations and artery of a region; without a drawn artery, the population's.

    Raises Refusal if the series fails a gate, or if fewer than `FEWEST_VOXELS` have a signal, a T1 and a concentration.
    """
    times, given, t1 = timed(dce), constants(dce), t1.at(0)
    box, mask = cut(region.mask)
    signals = dce.voxels.array[:, *box][:, mask].astype(float).T
    rates = np.asarray(t1.voxels.array[box][mask], float)
    when = course(times, (_artery_signals(dce, artery) if artery else signals).mean(axis=0))
    made = concentration(signals, rates, dce, when, given)
    usable = np.asarray(np.isfinite(made).all(axis=1))
    count = int(np.count_nonzero(usable))
    if count < FEWEST_VOXELS:
        found = f"{count} of {len(usable)} voxels"
        summary = "permeability: too few voxels have a signal, a T1 and a concentration"
        raise Refusal("too_few_voxels", summary, found=found, expected=f"{FEWEST_VOXELS} or more")
    lit = mask.copy()
    lit[mask] = usable
    signals, rates, seen = signals[usable], rates[usable], made[usable]
    inflow = measured(dce, t1, artery, when, given) if artery else population(when, given)
    mean = seen.mean(axis=0)
    delay, arriving = arrived(
        inflow,
        DELAYS_S if artery else DELAYS_OF_POPULATION_S,
        lambda plasma: float(tofts(times, plasma, mean[None]).squares[0]),
    )
    doubts = _tissue_doubts(dce, signals, (rates, _own_noise(t1, box, lit)), when, given)
    left = Flag("left_out", f"{len(usable) - count} of {len(usable)} voxels have no concentration")
    flags = (*given.flags, *when.flags, *inflow.flags, *((left,) if count < len(usable) * (1 - LEFT_OUT) else ()))
    said: Settings = (
        ("artery", "measured" if artery else "Parker"),
        ("delay_s", delay),
        ("onset_s", when.onset),
        ("baseline_frames", float(when.baseline)),
        ("step_s", float(np.median(np.diff(times)))),
        ("relaxivity", given.relaxivity),
        ("haematocrit", given.haematocrit),
        ("voxels", float(count)),
    )
    return Tissue(box, lit, seen, mean, inflow, arriving, delay, *doubts, flags, said)


def _artery_signals(dce: Image, artery: Region) -> Array:
    mask = artery.mask.array.astype(bool)
    if not mask.any():
        raise Refusal("empty_region", "the artery's region has no voxels", expected="at least one voxel")
    return np.asarray(dce.voxels.array[:, mask].astype(float).T)


def _own_noise(t1: Image, box: Box, lit: Array) -> float:
    """How much the T1 of one voxel scatters about its neighbours, ms."""
    return scatter(np.where(lit, np.asarray(t1.voxels.array[box], float), 0.0), lit).sd


def _tissue_doubts(
    dce: Image, signals: Array, t1: tuple[Array, float], when: Course, given: Constants
) -> tuple[Array, Array]:
    """What the noise of one voxel's T1 and of its baseline does to the mean curve."""
    curve, rate = signals.mean(axis=0)[None], np.array([t1[0].mean()])
    plain = concentration(curve, rate, dce, when, given)[0]
    slower = concentration(curve, rate + t1[1], dce, when, given)[0]
    share = voxel_noise(signals, when.baseline) / np.sqrt(when.baseline) / curve[0, : when.baseline].mean()
    lower = concentration(risen(curve, when.baseline, share), rate, dce, when, given)[0]
    return np.nan_to_num(slower - plain), np.nan_to_num(lower - plain)


def arrived(inflow: Arterial, delays: Array, squares: Callable[[Array], float]) -> tuple[float, Array]:
    """The delay (s) at which the artery explains a curve best, and the plasma as it arrives then.

    `squares` is the sum of squares that a model leaves for an inflow.
    """
    times = inflow.times

    def at(delay: float) -> float:
        return squares(delayed(times, inflow.plasma, delay))

    tried = [at(d) for d in delays]
    best = int(np.argmin(tried))
    low, high = delays[max(best - 1, 0)], delays[min(best + 1, len(delays) - 1)]
    found = optimize.minimize_scalar(at, bounds=(low, high), method="bounded", options={"xatol": 0.01})
    delay = float(found.x if found.fun <= tried[best] else delays[best])
    return delay, delayed(times, inflow.plasma, delay)


def common_covariance(ready: Tissue, slopes: Array, curve: Curve) -> Array:
    """The covariance (p, p) of a model's parameters by what all voxels share: artery, constants and delay.

    `slopes` (time, p) are the model's at the mean curve, `curve` is the model as a function of its plasma.
    """
    times, artery = ready.artery.times, ready.artery
    later, sooner = (delayed(times, artery.plasma, ready.delay + d) for d in (0.1, -0.1))
    by_delay = (curve(times, later) - curve(times, sooner)) / 0.2
    turn = np.linalg.pinv(np.column_stack((slopes, by_delay)))[:-1]  # the delay goes along with what moves all
    plain = curve(times, ready.arriving)
    noises = [np.where(np.arange(len(times)) == i, v**0.5, 0.0) for i, v in enumerate(artery.variance) if v > 0]
    changes = [delayed(times, change, ready.delay) for change in (*artery.common, *noises)]
    moves = [turn @ (curve(times, ready.arriving + change) - plain) for change in changes]
    moves.append(SPLINE_DOUBT * turn @ (between_samples(times, ready.arriving, curve) - plain))
    alone = np.linalg.pinv(slopes)
    moves.append(alone @ by_delay * _delay_doubt(ready, slopes, by_delay, curve))
    return np.asarray(sum(np.outer(m, m) for m in moves))


def between_samples(times: Array, plasma: Array, curve: Curve) -> Array:
    """The model's curve (time,) if the plasma ran smoothly from sample to sample (cubic), not straight."""
    steps = np.diff(times)[:, None] * np.arange(FINER) / FINER
    fine = np.append((times[:-1, None] + steps).ravel(), times[-1])
    return np.asarray(curve(fine, interpolate.CubicSpline(times, plasma)(fine))[::FINER])


def _delay_doubt(ready: Tissue, slopes: Array, by_delay: Array, curve: Curve) -> float:
    """The standard uncertainty of the delay, s, from the residual of the mean curve; the model's slopes are free."""
    rest = ready.mean - curve(ready.artery.times, ready.arriving)
    own = by_delay - slopes @ (np.linalg.pinv(slopes) @ by_delay)
    free = max(len(rest) - slopes.shape[1] - 1, 1)
    strength = float(own @ own)
    return float(np.sqrt(rest @ rest / free / strength)) if strength > 0 else 0.0


def charted(dce: Image, ready: Tissue, found: tuple[Array, Array], kind: tuple[str, str]) -> Image:
    """A map of two frames on the grid of the series: values and their standard uncertainties, each (voxel,).

    NaN outside the region; `kind` is the role and the unit of the map.
    """
    whole = np.full((2, *dce.shape), np.nan, np.float32)
    for frame, values in zip(whole, found, strict=True):
        inside = frame[ready.box]
        inside[ready.lit] = values
    made = dce.like(kind[0], whole, kind[1])
    return replace(made, frames=(0.0, 1.0), settings=(*made.settings, ("second_frame", "standard uncertainty")))


def averaged(dce: Image, region: Region, ready: Tissue, values: Array) -> tuple[Mean, tuple[Flag, ...]]:
    """The mean over the voxels that hold a value (voxel,) with its scatter, and a warning if many do not.

    Raises Refusal `fit_at_bounds` if more than `MOST_AT_BOUNDS` hold none, `too_few_voxels` if few remain.
    """
    known = np.isfinite(values)
    count = int(np.count_nonzero(known))
    without = 1 - count / len(values)
    if without > MOST_AT_BOUNDS:
        summary = "permeability: the model does not hold here: too many fits ended on a bound"
        raise Refusal("fit_at_bounds", summary, found=f"{without:.0%}", expected=f"{MOST_AT_BOUNDS:.0%} or less")
    if count < FEWEST_VOXELS:
        raise Refusal("too_few_voxels", f"permeability: {count} voxels hold a value, fewer than {FEWEST_VOXELS}")
    held, lit = np.zeros(ready.lit.shape), ready.lit.copy()
    lit[ready.lit] = known
    held[lit] = values[known]
    place = Place(steps_of(region.affine), region.edge_mm, dce.residual_mm)
    flag = Flag("left_out", f"{len(values) - count} of {len(values)} fits ended on a bound or have no such number")
    return region_mean(held, lit, place), (flag,) if without > LEFT_OUT else ()
