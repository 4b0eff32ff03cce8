"""Hyperpolarised pyruvate that is injected, turned into lactate, and used up by every pulse; kPL is known.

    dP/dt = u(t) - (R1P + kPL) P        dL/dt = kPL P - R1L L        u a gamma-shaped bolus

goes in small steps of Euler's midpoint between pulses, and each pulse shows sin θ and leaves cos θ. No part of the
analysis is used.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from vivomap.acquire.phantom.uptake import Phantom
from vivomap.core import Image, Region, Voxels, affine_of
from vivomap.core.image import Array

SIDE, STEPS = (3, 8, 8), (15.0, 8.0, 8.0)
FINE = 60  # steps between two pulses
SNR = 20.0  # of the highest lactate in one voxel


@dataclass(frozen=True)
class Injection:
    """kPL and the relaxations of pyruvate and lactate (/s, s), what each pulse turns (degrees), when it comes (s)."""

    kpl: float = 0.02
    t1_pyruvate_s: float = 30.0
    t1_lactate_s: float = 27.5
    flips_deg: tuple[float, float] = (20.0, 20.0)
    step_s: float = 3.0
    frames: int = 30
    flip_scale: float = 1.0
    bolus_s: float = 4.0
    arrival_s: float = 4.0


def found(scan: Injection) -> tuple[Array, Array, float]:
    """The magnetisations (frame,) of pyruvate and lactate that each pulse finds, and the ratio of their areas."""
    angles = np.deg2rad(np.array(scan.flips_deg)) * scan.flip_scale
    rates = (1 / scan.t1_pyruvate_s + scan.kpl, 1 / scan.t1_lactate_s)
    p = lactate = t = 0.0
    seen, areas = np.zeros((2, scan.frames)), np.zeros(2)
    h = scan.step_s / FINE

    def slopes(at: float, p: float, lactate: float) -> tuple[float, float]:
        x = max(at - scan.arrival_s, 0.0) / scan.bolus_s
        return x * x * np.exp(-x) - rates[0] * p, scan.kpl * p - rates[1] * lactate

    for k in range(scan.frames):
        seen[:, k] = p, lactate
        p, lactate = p * np.cos(angles[0]), lactate * np.cos(angles[1])
        if k == scan.frames - 1:
            break
        for _ in range(FINE):
            first = slopes(t, p, lactate)
            middle = slopes(t + h / 2, p + h / 2 * first[0], lactate + h / 2 * first[1])
            before = np.array((p, lactate))
            p, lactate, t = p + h * middle[0], lactate + h * middle[1], t + h
            areas += h * (before + np.array((p, lactate))) / 2
    return seen[0], seen[1], float(areas[1] / areas[0])


def injected(seed: int = 0, noise: float = 1.0, scan: Injection | None = None) -> Phantom:
    """Images of pyruvate and lactate with a lesion of one kPL and uneven perfusion, and its truth.

    A seed other than 0 draws T1 of lactate from 25 to 30 s and the true flip angles 5 % (1 sd) about what is said.
    """
    rng = np.random.default_rng(seed)
    scan = scan or Injection()
    if seed:
        scan = replace(scan, t1_lactate_s=float(rng.uniform(25, 30)), flip_scale=float(rng.normal(1, 0.05)))
    pyruvate, lactate, ratio = found(scan)
    fresh = rng.uniform(0.7, 1.3, SIDE)
    sd = noise * float(lactate.max() * np.sin(np.deg2rad(scan.flips_deg[1]))) / SNR
    affine = affine_of(np.diag([*STEPS, 1.0])[[2, 1, 0, 3]])
    times = tuple(k * scan.step_s for k in range(scan.frames))
    images = []
    for role, curve, flip in zip(("hp_pyruvate", "hp_lactate"), (pyruvate, lactate), scan.flips_deg, strict=True):
        clean = np.sin(np.deg2rad(flip) * scan.flip_scale) * curve[:, None, None, None] * fresh
        signal = clean + sd * rng.standard_normal(clean.shape)
        settings = (("flip_deg", flip), ("tr_ms", 1000 * scan.step_s), ("signal", "real"))
        images.append(Image(role, Voxels.of(signal), "1", affine, times, "s", settings))
    mask = np.zeros(SIDE, bool)
    mask[:, 2:6, 2:6] = True
    region = Region("lesion", Voxels.of(mask), "lesion", "", affine)
    return tuple(images), (region,), {"kpl": scan.kpl, "lactate_ratio": ratio}
