"""From the signal of a contrast series to concentration, and the gates that a series must pass.

    R1(t) from S(t)/S0 of a spoiled gradient echo (maths.relaxation)      C(t) = (R1(t) - R10) / r1      mmol/L

S0 is the mean of the frames before the contrast arrives. Arrival is the knee of the curve: a level that turns into a
straight rise, fitted to the frames up to half of the height.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vivomap.core import Flag, Image, Refusal
from vivomap.core.image import Array
from vivomap.maths.relaxation import enhanced_rate

RELAXIVITY, RELAXIVITY_DOUBT = 4.5, 0.1  # /s/(mmol/L) at 1.5 T (methods A6, from memory); its share of doubt: project
HAEMATOCRIT, HAEMATOCRIT_DOUBT = 0.42, 0.03  # from memory: adults 0.36 to 0.48; taken where no blood count is given
LONGEST_STEP_S, COARSE_STEP_S = 10.0, 5.0  # methods A0: 5 s preferred, 10 s limit
FEWEST_BASELINE = 4  # frames, methods A0
KNEES = 8  # places a frame at which the knee is tried


class Constants(NamedTuple):
    """Relaxivity (/s/(mmol/L)) with its relative doubt, haematocrit with its doubt; a doubt is 0 where it is given."""

    relaxivity: float
    relaxivity_doubt: float
    haematocrit: float
    haematocrit_doubt: float
    flags: tuple[Flag, ...]


class Course(NamedTuple):
    """Times from the first frame (s), when the contrast arrives (s), how many frames lie before it, and warnings."""

    times: Array
    onset: float
    baseline: int
    flags: tuple[Flag, ...]


def constants(dce: Image) -> Constants:
    """What the series says of agent and blood (`relaxivity`, `haematocrit`), else what is taken, with its doubt."""
    usual = {"relaxivity": (RELAXIVITY, RELAXIVITY_DOUBT), "haematocrit": (HAEMATOCRIT, HAEMATOCRIT_DOUBT)}
    given = {name: dce.number(name) for name in usual if dce.setting(name) is not None}
    (r1, r1_doubt), (cells, cells_doubt) = (
        (given[name], 0.0) if name in given else taken for name, taken in usual.items()
    )
    assumed = (f"the {n} is not given: {taken[0]:g} is taken" for n, taken in usual.items() if n not in given)
    return Constants(r1, r1_doubt, cells, cells_doubt, tuple(Flag("constant_assumed", reason) for reason in assumed))


def timed(dce: Image) -> Array:
    """Times from the first frame, s. Raises Refusal if they are not known, do not rise, or lie too far apart."""
    if dce.voxels.array.ndim != 4 or dce.frame_unit != "s":
        raise Refusal("frame_times_unknown", "permeability needs the seconds of each time point", found=dce.frame_unit)
    times = np.asarray(dce.frames, float) - dce.frames[0]
    steps = np.diff(times)
    if len(times) < 2 or (steps <= 0).any():
        raise Refusal("frame_times_unknown", "the time points do not rise", expected="seconds that rise")
    longest = float(np.median(steps))
    if longest > LONGEST_STEP_S:
        summary = "permeability: the time points lie too far apart for the first pass of the contrast"
        raise Refusal("time_steps_long", summary, found=f"{longest:g} s", expected=f"{LONGEST_STEP_S:g} s or less")
    return np.asarray(times)


def course(times: Array, curve: Array) -> Course:
    """When the contrast arrives in a mean signal. Raises Refusal if it never does or too few frames lie before."""
    onset = arrival(times, curve)
    baseline = max(int(np.searchsorted(times, onset, side="right")) - 1, 0)  # the frame before the knee may have begun
    if baseline < FEWEST_BASELINE:
        summary = "permeability: too few time points before the contrast arrives"
        raise Refusal("few_baseline_frames", summary, found=str(baseline), expected=f"{FEWEST_BASELINE} or more")
    step = float(np.median(np.diff(times)))
    reason = f"time points every {step:g} s: {COARSE_STEP_S:g} s or less are preferred, or the first pass is blurred"
    return Course(times, onset, baseline, (Flag("time_steps_coarse", reason),) if step > COARSE_STEP_S else ())


def arrival(times: Array, curve: Array) -> float:
    """The knee of a curve, s. Raises Refusal if it does not rise above its first frames by five of their noises."""
    level = float(np.median(curve[:3]))
    noisy = float(np.median(np.abs(np.diff(curve, 2)))) / 0.6745 / np.sqrt(6)
    height = float(curve.max()) - level
    if height <= 5 * noisy or height <= 0:
        raise Refusal("no_enhancement", "permeability: the region does not enhance, so that no contrast arrives")
    last = int(np.argmax(curve >= level + height / 2)) + 1
    seen, at = curve[:last], times[:last]
    fine = np.linspace(times[0], at[-1], KNEES * (last - 1) + 1)[:-1] if last > 1 else times[:1]
    best, knee = np.inf, float(times[0])
    for place in fine:
        shapes = np.stack((np.ones(last), np.maximum(at - place, 0.0)), axis=1)
        rest = seen - shapes @ np.linalg.lstsq(shapes, seen, rcond=None)[0]
        if rest @ rest < best:
            best, knee = float(rest @ rest), float(place)
    return knee


def concentration(signals: Array, t1_ms: Array, dce: Image, when: Course, given: Constants) -> Array:
    """Concentration (voxel, time) in mmol/L of signals (voxel, time); NaN where no concentration gives such a signal.

    Raises Refusal if the series does not tell its repetition time and flip angle.
    """
    tr, flip = dce.number("tr_ms") / 1000, dce.number("flip_deg")
    before = signals[:, : when.baseline].mean(axis=1)
    usable = (before > 0) & np.isfinite(t1_ms) & (t1_ms > 0)
    rate = 1000 / np.where(usable, t1_ms, 1000.0)
    ratio = signals / np.where(usable, before, 1.0)[:, None]
    now = enhanced_rate(ratio, rate[:, None], tr, flip)
    return np.where(usable[:, None], (now - rate[:, None]) / given.relaxivity, np.nan)


def voxel_noise(signals: Array, baseline: int) -> float:
    """The noise of one voxel's signal, from how its frames before the contrast scatter (voxel, time)."""
    return float(np.sqrt(signals[:, :baseline].var(axis=1, ddof=1).mean()))


def risen(signals: Array, baseline: int, share: float) -> Array:
    """The signals (voxel, time) as they would stand above a baseline that is lower by a share."""
    return np.where(np.arange(signals.shape[1]) < baseline, signals, signals * (1 + share))
