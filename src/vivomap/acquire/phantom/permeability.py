"""Tissue that contrast leaks into, with an artery beside it: what every permeability must find.

The artery is Parker's, in whole blood, arriving at a known time, and the tissue follows its model on a grid twenty
times finer than the frames. Signals are those of a spoiled gradient echo at two to twenty degrees (for T1) and during
the contrast, with the noise of a magnitude. Ktrans rises evenly across the tissue; ve and vp are the same everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vivomap.acquire.phantom.noise import rician
from vivomap.core import Image, Region, Settings, Voxels, affine_of

Phantom = tuple[tuple[Image, ...], tuple[Region, ...], dict[str, float]]
Floats = NDArray[np.float64]
FINER = 20


@dataclass(frozen=True)
class Leak:
    """The scan (s, degrees, noise as a share of full magnetisation) and the tissue (/min, 1, s)."""

    step: float = 3.0
    frames: int = 100
    arrival: float = 22.0
    ktrans: tuple[float, float] = (0.10, 0.25)
    ve: float = 0.3
    vp: float = 0.05
    flow: float = 0.0  # /min; 0 is plasma that is never short of contrast
    t1_s: tuple[float, float] = (1.2, 1.6)  # tissue, blood
    noise: float = 4e-4
    flip: float = 18.0
    tr: float = 0.005
    flips: tuple[float, ...] = (2.0, 5.0, 8.0, 12.0, 18.0)
    haematocrit: float = 0.42
    relaxivity: float = 4.5
    shape: tuple[int, int, int] = (6, 10, 16)


def enhancing(leak: Leak = Leak(), seed: int = 0, noise: float = 1.0) -> Phantom:
    """A T1 series and a contrast series of tissue and artery, their regions, and the truth by biomarker name."""
    leak = replace(leak, noise=noise * leak.noise)
    depth, rows, columns = leak.shape
    grid = (depth, rows + 6, columns + 4)
    tissue, artery = np.zeros(grid, bool), np.zeros(grid, bool)
    tissue[:, 6:, 2:-2] = True
    artery[:, 1:5, 4:9] = True
    across = leak.ktrans[0] + np.diff(leak.ktrans)[0] * (np.arange(columns) + 0.5) / columns
    fine = np.arange((leak.frames - 1) * FINER + 1) * leak.step / FINER
    plasma = blood(fine - leak.arrival) / (1 - leak.haematocrit)
    each, of = np.unique(across, return_inverse=True)
    curves = np.stack([followed(fine, plasma, k, leak) for k in each])[of, ::FINER]
    series = np.zeros((leak.frames, *grid))
    inside = np.broadcast_to(curves.T[:, None, None, :], (leak.frames, depth, rows, columns))
    series[:, tissue] = inside.reshape(leak.frames, -1)
    series[:, artery] = (plasma * (1 - leak.haematocrit))[::FINER, None]
    rate = np.where(artery, 1 / leak.t1_s[1], 1 / leak.t1_s[0])
    lit, rng = tissue | artery, np.random.default_rng(seed)
    dynamic = echo(rate + leak.relaxivity * series, leak.tr, leak.flip) * lit
    angles = np.stack([echo(rate, leak.tr, flip) * lit for flip in leak.flips])
    affine = affine_of(np.diag([4.0, 2.0, 2.0, 1.0])[[2, 1, 0, 3]])
    said: Settings = (("tr_ms", 1000 * leak.tr), ("flip_deg", leak.flip))
    known: Settings = (("relaxivity", leak.relaxivity), ("haematocrit", leak.haematocrit))
    times = tuple(float(t) for t in np.arange(leak.frames) * leak.step)
    dce = Image("dce", Voxels.of(rician(dynamic, leak.noise, rng)), "1", affine, times, "s", (*said, *known))
    vfa = Image("vfa", Voxels.of(rician(angles, leak.noise, rng)), "1", affine, leak.flips, "deg", said[:1])
    regions = (Region("lesion", Voxels.of(tissue), "lesion", "breast", affine),)
    vessel = Region("aorta", Voxels.of(artery), "artery", "", affine)
    truth = _truth(leak, across, fine, plasma) | {"tofts_residual": _residual(leak, curves)}
    return (dce, vfa), (*regions, vessel), truth


SLOWLY = Leak(1.5, 200, 16.5, (0.15, 0.15), 0.2, 0.06, 0.4, noise=2e-4)


def exchanging(leak: Leak = SLOWLY, seed: int = 0, noise: float = 1.0) -> Phantom:
    """The same with plasma that flows slowly enough to be short of contrast: `ktrans` is then PS. Frames are fast."""
    return enhancing(leak, seed, noise)


def barrier(leak: Leak = Leak(ktrans=(0.01, 0.02), ve=1e6, vp=0.06), seed: int = 0, noise: float = 1.0) -> Phantom:
    """The same where what leaks does not come back, as behind a nearly whole blood-brain barrier."""
    return enhancing(leak, seed, noise)


def blood(seconds: Floats) -> Floats:
    """Parker's concentration in whole blood, mmol/L, none before arrival."""
    t = seconds / 60
    first = 0.809 / (0.0563 * np.sqrt(2 * np.pi)) * np.exp(-((t - 0.17046) ** 2) / (2 * 0.0563**2))
    second = 0.330 / (0.132 * np.sqrt(2 * np.pi)) * np.exp(-((t - 0.365) ** 2) / (2 * 0.132**2))
    late = 1.05 * np.exp(-0.1685 * t) / (1 + np.exp(np.minimum(-38.078 * (t - 0.483), 700)))
    return np.where(t >= 0, first + second + late, 0.0)


def followed(fine: Floats, plasma: Floats, leaks: float, leak: Leak) -> Floats:
    """Concentration in tissue by small steps of its two equations; each step is a midpoint rule."""
    step, per_s = fine[1] - fine[0], leaks / 60
    inner, outer, whole = 0.0, 0.0, np.zeros(len(fine))
    for i in range(len(fine)):
        if leak.flow == 0:
            inner = plasma[i]
            if i:
                middle = (plasma[i] + plasma[i - 1]) / 2
                outer = (outer * (leak.ve - per_s * step / 2) + per_s * step * middle) / (leak.ve + per_s * step / 2)
        elif i:
            came, flow = (plasma[i] + plasma[i - 1]) / 2, leak.flow / 60
            matrix = np.array([[-(flow + per_s) / leak.vp, per_s / leak.vp], [per_s / leak.ve, -per_s / leak.ve]])
            now, drive = np.array([inner, outer]), np.array([flow / leak.vp * came, 0.0])
            half = matrix * step / 2
            inner, outer = np.linalg.solve(np.eye(2) - half, (np.eye(2) + half) @ now + step * drive)
        whole[i] = leak.vp * inner + leak.ve * outer
    return whole


def echo(rate: Floats, tr: float, flip: float) -> Floats:
    """A spoiled gradient echo at full magnetisation 1, rates in /s, TR in s."""
    left, angle = np.exp(-tr * rate), np.deg2rad(flip)
    return np.asarray(np.sin(angle) * (1 - left) / (1 - np.cos(angle) * left))


def _residual(leak: Leak, curves: Floats) -> float:
    """What the noise of the signal is in concentration, mmol/L, as the root of its mean square over the frames."""
    rate, step = 1 / leak.t1_s[0], 1e-6
    more, less = (echo(rate + leak.relaxivity * (curves + d), leak.tr, leak.flip) for d in (step, -step))
    noise = leak.noise * 2 * step / (more - less)
    return float(np.sqrt((noise**2).mean(axis=1)).mean())


def _truth(leak: Leak, across: Floats, fine: Floats, plasma: Floats) -> dict[str, float]:
    mean = float(across.mean())
    curve = np.mean([followed(fine, plasma, k, leak) for k in np.unique(across)], axis=0)
    area = np.concatenate(([0.0], np.cumsum((curve[1:] + curve[:-1]) / 2 * np.diff(fine)))) / 60
    truth = {"t1": 1000 * leak.t1_s[0], "ve": leak.ve, "vp": leak.vp, "ktrans": mean, "kep": mean / leak.ve}
    for name in ("ktrans", "ve", "vp", "kep"):
        truth[f"{name}_population"] = truth[name]
    for seconds in (60, 90):
        ends = np.interp((leak.arrival, leak.arrival + seconds), fine, area)
        truth[f"iauc{seconds}"] = float(ends[1] - ends[0])
    truth |= {"patlak_ktrans": mean, "patlak_vp": leak.vp}
    if leak.flow:
        truth |= {"plasma_flow": leak.flow, "exchange_ps": mean, "exchange_vp": leak.vp, "exchange_ve": leak.ve}
    return truth
