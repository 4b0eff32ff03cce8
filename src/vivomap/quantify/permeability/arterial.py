"""What the artery brings: the concentration of contrast in blood plasma, measured or of a population.

Plasma holds the contrast that the blood holds: cp = cb / (1 - Hct). Of people, in mmol/L of blood, t in minutes:

    Parker    sum A_n/(s_n sqrt(2 pi)) exp(-(t - T_n)²/(2 s_n²)) + a exp(-b t) / (1 + exp(-s (t - tau)))
    Georgiou  (sum A_i exp(-m_i t)) sum over passes k of a gamma variate of order (k + 1) alpha + k, begun at k tau

and of rats (McGrath, t in s) a ramp to 7 s and two exponentials. A measured artery has a doubt: noise at each time, and
what moves every time together (its baseline, its T1, the haematocrit).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special

from vivomap.core import Flag, Image, Refusal, Region
from vivomap.core.image import Array
from vivomap.quantify.permeability.signal import Constants, Course, concentration, risen, voxel_noise

PARKER = "Parker et al., Magn Reson Med 2006, doi:10.1002/mrm.21066; numbers as in methods A6"
GEORGIOU = "Georgiou et al., Magn Reson Med 2018, doi:10.1002/mrm.27524, table 3; digits beyond it fitted to its curve"
DECAYS = ((0.37426, 0.11265), (0.33114, 1.17376), (10.055, 16.015))  # mmol/L and /min; table: two decimals of each
ORDER, WIDTH_MIN, PASS_MIN = 5.265, 0.032092, 0.128567  # table: 5.26, 0.032, 0.129
FEWEST_ARTERY = 5  # voxels, project


class Arterial(NamedTuple):
    """Plasma concentration (mmol/L) at each time (s), the variance of its noise there, and common doubts (k, time)."""

    times: Array
    plasma: Array
    variance: Array
    common: Array
    flags: tuple[Flag, ...]


def parker(seconds: Array) -> Array:
    """Concentration in blood after the arrival of the bolus, mmol/L; 0 before it."""
    t = np.asarray(seconds, float) / 60
    passes = ((0.809, 0.17046, 0.0563), (0.330, 0.365, 0.132))
    bolus = sum(a / (w * np.sqrt(2 * np.pi)) * np.exp(-((t - at) ** 2) / (2 * w * w)) for a, at, w in passes)
    later = 1.050 * np.exp(-0.1685 * t) * special.expit(38.078 * (t - 0.483))
    return np.where(t >= 0, bolus + later, 0.0)


def georgiou(seconds: Array) -> Array:
    """Concentration in blood after the arrival of the bolus, mmol/L; 0 before it."""
    t = np.asarray(seconds, float) / 60
    total = np.zeros(t.shape)
    for k in range(int(max(t.max(initial=0.0), 0.0) / PASS_MIN) + 1):
        since, order = t - k * PASS_MIN, (k + 1) * ORDER + k
        log = order * np.log(np.maximum(since, 1e-12)) - since / WIDTH_MIN - (order + 1) * np.log(WIDTH_MIN)
        total += np.where(since > 0, np.exp(log - special.gammaln(order + 1)), 0.0)
    return np.asarray(total * sum(a * np.exp(-m * t) for a, m in DECAYS))


def preclinical(seconds: Array) -> Array:
    """Concentration in a rat's blood (McGrath et al., Magn Reson Med 2009, model B), mmol/L; for test data alone."""
    t = np.asarray(seconds, float)
    later = 3.4 * np.exp(-0.045 * (t - 7)) + 1.81 * np.exp(-0.0015 * (t - 7))
    return np.where(t < 0, 0.0, np.where(t <= 7, (3.4 + 1.81) * t / 7, later))


def population(course: Course, given: Constants) -> Arterial:
    """Parker's artery, arriving when the tissue begins to enhance; relaxivity and haematocrit are its common doubts."""
    plasma = parker(course.times - course.onset) / (1 - given.haematocrit)
    common = np.stack((plasma * given.haematocrit_doubt / (1 - given.haematocrit), plasma * given.relaxivity_doubt))
    flag = Flag("population_aif", "the artery is Parker's population: what this patient's artery differs is not in u")
    return Arterial(course.times, plasma, np.zeros(len(plasma)), common, (flag,))


def measured(dce: Image, t1: Image, artery: Region, course: Course, given: Constants) -> Arterial:
    """The artery's own curve: its mean signal with its mean T1. Raises Refusal if too few of its voxels can be used."""
    mask = artery.mask.array.astype(bool)
    if not mask.any():
        raise Refusal("empty_region", "the artery's region has no voxels", expected="at least one voxel")
    signals, rates = dce.voxels.array[:, mask].astype(float).T, np.asarray(t1.voxels.array[mask], float)
    usable = np.isfinite(rates) & (rates > 0) & (signals > 0).all(axis=1)
    count = int(np.count_nonzero(usable))
    if count < FEWEST_ARTERY:
        found = f"{count} of {len(usable)} voxels"
        raise Refusal("too_few_voxels", "artery: too few voxels hold a signal and a T1", found=found, expected="5")
    signals, blood = signals[usable], float(rates[usable].mean())
    curve, root = signals.mean(axis=0), np.sqrt(count)
    sigma = voxel_noise(signals, course.baseline) / root
    plasma = _plasma(curve, blood, dce, course, given)
    slope = (_plasma(curve + sigma, blood, dce, course, given) - plasma) / max(sigma, 1e-30)
    share = sigma / np.sqrt(course.baseline) / curve[: course.baseline].mean()
    lower = _plasma(risen(curve[None], course.baseline, share)[0], blood, dce, course, given)
    blood_doubt = float(rates[usable].std(ddof=1)) / root
    slower = _plasma(curve, blood + max(blood_doubt, 1e-6), dce, course, given)
    cells = plasma * given.haematocrit_doubt / (1 - given.haematocrit)
    at_baseline = np.where(
        np.arange(len(curve)) < course.baseline, 0.0, 1.0
    )  # the baseline's own noise is counted once
    common = np.stack((lower - plasma, slower - plasma, cells))
    variance = (slope * sigma * at_baseline) ** 2
    flags = (Flag("artery_measured", f"the artery is measured in {count} voxels, with a T1 of {blood:.0f} ms"),)
    return Arterial(course.times, plasma, variance, common, flags)


def _plasma(curve: Array, t1_ms: float, dce: Image, course: Course, given: Constants) -> Array:
    blood = concentration(curve[None], np.array([t1_ms]), dce, course, given)[0]
    if not np.isfinite(blood).all():
        raise Refusal(
            "signal_saturated", "artery: a signal is higher than any concentration could give at these angles"
        )
    return np.asarray(blood / (1 - given.haematocrit))
