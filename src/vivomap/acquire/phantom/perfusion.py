"""A brain through which a bolus passes, with a tumour that leaks: what every perfusion number must find.

Blood holds, in mM, a sum of gamma variates: first pass, second pass and what stays,

    Cb(t) = Σ A (t - t0)^a exp(-(t - t0)/b)

and tissue v (Cb ⊗ exp(-t/MTT)/MTT) of it in its vessels; what leaks out is Ce(t) = Ktrans Cb ⊗ exp(-kep t). All of
these have closed forms. The signal is that of a spoiled gradient echo,

    S = S0 sin α (1 - E1)/(1 - cos α E1) exp(-TE R2*)     E1 = exp(-TR R1)
    R1 = 1/T1 + r1 Ce      R2* = R2*0 + r v (Cb ⊗ h) + r2 Ce

so that leakage makes it brighter by R1 (T1 leakage) and darker by R2* (T2* leakage) at once. Noise is Rician. The
tumour's blood volume rises evenly from one side to the other: mean, centiles and shares above a threshold are known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from vivomap.acquire.phantom.noise import rician
from vivomap.acquire.phantom.solids import Floats
from vivomap.core import Image, Region, Voxels, affine_of

Phantom = tuple[tuple[Image, ...], tuple[Region, ...], dict[str, float]]
PASSES = ((3.0, 0.0, 3, 1.4), (0.6, 9.0, 3, 3.3), (0.5, 11.0, 0, 900.0))  # peak (mM), later by (s), a, b (s)
KH = 0.55 / 0.75  # plasma in a mL of blood: artery over capillary
WHITE, GREY = 0.02, 0.04  # mL of blood per mL
BLOOD_EFFECT = 87.0  # 1/s per mM of blood and mL/mL (from memory: the usual figure for 1.5 T)


@dataclass(frozen=True)
class Leak:
    """Ktrans and kep (1/s), and what a leaked mM does to R1 and R2* (1/s)."""

    ktrans: float = 0.0
    kep: float = 0.0
    r1: float = 4.0
    r2: float = 5.0


NONE = Leak()
BRIGHTER = Leak(ktrans=0.03 / 60)  # T1 leakage prevails
DARKER = Leak(ktrans=0.04 / 60, r1=0.5, r2=40.0)  # T2* leakage prevails


@dataclass(frozen=True)
class Brain:
    """The sequence (s, degrees), noise (S before the bolus over it; 0 is none), the tumour, and the grid."""

    te: float = 0.03
    tr: float = 1.5
    flip: float = 60.0
    frames: int = 80
    arrival: float = 30.0
    snr: float = 100.0
    leak: Leak = BRIGHTER
    mtt: tuple[float, float, float] = (5.0, 4.0, 5.0)  # white and grey matter, tumour
    low: float = 0.6  # of white matter, at one side of the tumour
    high: float = 2.6
    spacing_mm: tuple[float, float, float] = (5.0, 2.0, 2.0)


def _after(t: Floats, a: int, b: float, away: float) -> Floats:
    """∫ u^a exp(-u/b) exp(-away (t - u)) du from 0 to t; 0 before."""
    late, k = np.maximum(t, 0.0), 1 / b - away
    decay = np.exp(-k * late)
    total = (1 - decay) / k
    for power in range(1, a + 1):
        total = (power * total - late**power * decay) / k
    return np.asarray(np.exp(-away * late) * total)


def blood(t: Floats) -> Floats:
    """Contrast in blood, mM, t seconds after it comes."""
    late = np.maximum(t, 0.0)
    return np.asarray(sum(peak * _gamma(late - delay, a, b) / _top(a, b) for peak, delay, a, b in PASSES))


def _gamma(t: Floats, a: int, b: float) -> Floats:
    late = np.maximum(t, 0.0)
    return np.asarray(np.where(t > 0, late**a * np.exp(-late / b), 0.0))


def _top(a: int, b: float) -> float:
    return float((a * b) ** a * np.exp(-a)) if a else 1.0


def washed(t: Floats, away: float) -> Floats:
    """Cb ⊗ exp(-away t), mM s."""
    parts = (peak / _top(a, b) * _after(t - delay, a, b, away) for peak, delay, a, b in PASSES)
    return np.asarray(sum(parts))


def signal(brain: Brain, t: Floats, volume: Floats | float, mtt: float, leak: Leak = NONE) -> Floats:
    """The signal (S0 = 1 before the bolus) of tissue, (frame, ...) for volumes of blood (...) in mL/mL."""
    since = t - brain.arrival
    vessel = BLOOD_EFFECT * washed(since, 1 / mtt) / mtt
    leaked = leak.ktrans * washed(since, leak.kep)
    e1 = np.exp(-brain.tr * (1 / 1.2 + leak.r1 * leaked))  # T1 of 1.2 s
    bright = (1 - e1) / (1 - np.cos(np.radians(brain.flip)) * e1)
    shape = (-1, *(1,) * np.ndim(volume))
    relative = (bright / bright[0] * np.exp(-brain.te * leak.r2 * leaked)).reshape(shape)
    return np.asarray(relative * np.exp(-brain.te * np.asarray(volume) * vessel.reshape(shape)))


def perfused(brain: Brain = Brain(), seed: int = 0, noise: float = 1.0) -> Phantom:
    """The series, regions (tumour, normal white matter, artery), and the truth by biomarker name."""
    brain = replace(brain, snr=brain.snr / noise)
    t = np.arange(brain.frames, dtype=float) * brain.tr
    series = np.zeros((brain.frames, 5, 40, 48))
    series[:, 1:-1, 4:-4, 4:24] = signal(brain, t, GREY, brain.mtt[1])[:, None, None, None]
    series[:, 1:-1, 4:-4, 24:-4] = signal(brain, t, WHITE, brain.mtt[0])[:, None, None, None]
    tumour, white, artery = (np.zeros(series.shape[1:], bool) for _ in range(3))
    tumour[1:-1, 6:18, 24:44] = white[1:-1, 22:34, 28:40] = artery[1:-1, 20:22, 10:12] = True
    steps = (np.arange(20) + 0.5) / 20
    relative = brain.low + (brain.high - brain.low) * steps
    series[:, 1:-1, 6:18, 24:44] = signal(brain, t, WHITE * relative, brain.mtt[2], brain.leak)[:, None, None, :]
    in_blood = np.exp(-brain.te * BLOOD_EFFECT * blood(t - brain.arrival))
    series[:, artery] = in_blood[:, None]
    series *= 1000.0
    if brain.snr:
        series = rician(series, 1000 / brain.snr, np.random.default_rng(seed))
    affine = affine_of(np.diag([*brain.spacing_mm, 1.0])[[2, 1, 0, 3]])
    said = (("te_ms", 1000 * brain.te), ("tr_ms", 1000 * brain.tr), ("flip_deg", brain.flip))
    dsc = Image("dsc", Voxels.of(series), "1", affine, frames=tuple(t), frame_unit="s", settings=said)
    named = (("lesion", tumour), ("nawm", white), ("artery", artery))
    regions = tuple(Region(name, Voxels.of(mask), name, "brain", affine) for name, mask in named)
    return (dsc,), regions, _truth(brain)


def darkened(seed: int = 0, noise: float = 1.0) -> Phantom:
    """The same with T2* leakage, which is nearly linear in what has leaked: K1 and K2 have a closed form."""
    return perfused(Brain(leak=DARKER), seed, noise)


def flowing(seed: int = 0, noise: float = 1.0) -> Phantom:
    """The same without leakage and at a short echo time, at which the signal of the artery does not sink into noise."""
    return perfused(Brain(te=0.01, snr=200.0, leak=NONE), seed, noise)


AREA_S = 45.0  # what an area is taken over, after the bolus comes
GREYS, WHITES = 3 * 32 * 20 - 12, 3 * 32 * 20 - 3 * 12 * 20  # voxels that do not leak


def _truth(brain: Brain) -> dict[str, float]:
    """What is true of the tumour, by biomarker name; K1 and K2 to first order, for equal transit times."""
    low, high = brain.low, brain.high
    mean, reference = (low + high) / 2, (GREY * GREYS + WHITE * WHITES) / (GREYS + WHITES)
    steps = low + (high - low) * (np.arange(20) + 0.5) / 20
    t = np.arange(brain.frames, dtype=float) * brain.tr
    seen = signal(brain, t, WHITE * steps, brain.mtt[2], brain.leak).mean(axis=1)
    lowest = seen.min()
    leaks = brain.leak.ktrans * (_brightening(brain) * brain.leak.r1 - brain.leak.r2)
    volume = KH * mean * WHITE
    flow = {"cbv": 100 * volume, "cbf": 6000 * volume / brain.mtt[2] / 1.04, "mtt": brain.mtt[2]}
    return {
        **flow,
        **{f"{name}_automatic": value for name, value in flow.items()},
        "rcbv": mean,
        "rcbv_p90": low + 0.9 * (high - low),
        "rcbv_voxel_doubt": _noise_of_one(brain, t) if brain.snr else 0.0,
        "ftb_1_00": 100 * (high - 1.0) / (high - low),
        "ftb_1_75": 100 * (high - 1.75) / (high - low),
        "leakage_k1": mean * WHITE / reference,
        "leakage_k2": leaks / (BLOOD_EFFECT * reference),
        "time_to_peak": _peak_after(brain),
        "signal_recovery": 100 * float((seen[-10:].mean() - lowest) / (1 - lowest)),
    }


def _peak_after(brain: Brain) -> float:
    """Seconds from when brain that does not leak is at a tenth of its peak to when the tumour peaks."""
    fine = np.arange(0.0, 30.0, 0.01) + brain.arrival
    tumour = signal(brain, fine, WHITE * (brain.low + brain.high) / 2, brain.mtt[2], brain.leak)
    shape = np.asarray(sum(n * v * washed(fine - brain.arrival, 1 / m) / m for n, v, m in _mixture(brain)))
    start = int(np.argmax(shape >= shape.max() / 10))
    return 0.01 * float(tumour.argmin() - start)


def _mixture(brain: Brain) -> tuple[tuple[float, float, float], ...]:
    """Share, blood volume and transit time of white and grey matter that do not leak."""
    whole = WHITES + GREYS
    return (WHITES / whole, WHITE, brain.mtt[0]), (GREYS / whole, GREY, brain.mtt[1])


def _brightening(brain: Brain) -> float:
    """How much less ΔR2* seems to be for R1 higher by 1/s, at T1 of 1.2 s."""
    e1, cosine = np.exp(-brain.tr / 1.2), np.cos(np.radians(brain.flip))
    slope = brain.tr * e1 * (1 / (1 - e1) - cosine / (1 - cosine * e1))
    return float(slope / brain.te)


def _noise_of_one(brain: Brain, t: Floats) -> float:
    """The standard deviation of one tumour voxel's area that noise makes, over the area of white matter."""
    shape = np.asarray(sum(n * v * washed(t - brain.arrival, 1 / m) / m for n, v, m in _mixture(brain)))
    sums = np.cumsum(shape) * brain.tr - shape * brain.tr / 2
    during = (t >= brain.arrival - brain.tr) & (t <= brain.arrival - brain.tr + AREA_S)
    against = np.linalg.pinv(np.column_stack((shape, -sums)))[1]
    weights = brain.tr * during + brain.tr * sums[during].sum() * against
    early = t < brain.arrival - brain.tr / 2
    weights[early] -= weights.sum() / early.sum()
    middle = WHITE * (brain.low + brain.high) / 2
    seen = signal(brain, t, middle, brain.mtt[2], brain.leak)
    white = WHITE * BLOOD_EFFECT * washed(t - brain.arrival, 1 / brain.mtt[0]) / brain.mtt[0]
    area = brain.tr * white[during].sum()
    return float(np.linalg.norm(weights / seen) / brain.snr / brain.te / area)
