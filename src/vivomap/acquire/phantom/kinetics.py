"""Dynamic PET of tissues whose rate constants are known, on blood that has a formula.

    blood   P(t) = (A1 t - A2 - A3) exp(-l1 t) + A2 exp(-l2 t) + A3 exp(-l3 t)        Feng's form, t in min
    tissue  C(t) = a part of P carried through exponentials:
            balanced  K1 P (x) exp(-k2 t)                                              VT = K1/k2
            trapped   K1 P (x) [k3 + k2 exp(-(k2 + k3) t)] / (k2 + k3)                 Ki = K1 k3/(k2 + k3)

Each term of P carried through an exponential has a closed form. A frame counts decays: its value is the mean of the
curve weighted by exp(-l t), as a scanner that corrects it for its own mean decay gives it. No part of the
analysis is used.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from vivomap.acquire.phantom.uptake import Phantom
from vivomap.core import Image, Region, Voxels, affine_of
from vivomap.core.image import Array

A, RATES = (851.1, 21.88, 20.81), (4.134, 0.1191, 0.01043)  # Feng 1993, from memory; kBq/mL, /min
FRAMES_S = (10,) * 12 + (30,) * 6 + (60,) * 5 + (120,) * 5 + (300,) * 8 + (600,) * 2  # 80 min
SIDE, SHARE = 10, 0.05  # voxels of a tissue; noise of a voxel, of the mean tissue in a frame of 5 min
STEPS = (4.0, 4.0, 4.0)
TRAPPED = (0.10, 0.15, 0.08)  # K1 mL/min/mL, k2, k3 /min: grey matter or tumour with FDG
BALANCED, REFERENCE = (0.30, 0.10), (0.30, 0.149)  # K1, k2 of PiB in cortex and cerebellum, and of a healthy one
Curve = Callable[[Array], Array]


def blood(t: Array) -> Array:
    """Tracer in blood at minutes after injection."""
    (a1, a2, a3), (l1, l2, l3) = A, RATES
    return (a1 * t - a2 - a3) * np.exp(-l1 * t) + a2 * np.exp(-l2 * t) + a3 * np.exp(-l3 * t)


def carried(t: Array, k: float) -> Array:
    """The blood carried through exp(-k t), term by term in closed form."""
    (a1, a2, a3), (l1, l2, l3) = A, RATES

    def term(rate: float) -> Array:
        return (np.exp(-rate * t) - np.exp(-k * t)) / (k - rate)

    ramp = (t * np.exp(-l1 * t) - term(l1)) / (k - l1)
    return a1 * ramp - (a2 + a3) * term(l1) + a2 * term(l2) + a3 * term(l3)


def balanced_tissue(k1: float, k2: float) -> Curve:
    """One tissue: what goes in comes out."""
    return lambda t: k1 * carried(t, k2)


def trapped_tissue(k1: float, k2: float, k3: float) -> Curve:
    """Two tissues: part of what goes in stays."""
    return lambda t: k1 / (k2 + k3) * (k3 * carried(t, 0.0) + k2 * carried(t, k2 + k3))


def frame_means(curve: Curve, half_life_s: float) -> Array:
    """The curve as frames hold it: means weighted by decay."""
    rate, start, found = math.log(2) / (half_life_s / 60), 0.0, []
    for length in np.array(FRAMES_S) / 60:
        t = start + (np.arange(400) + 0.5) / 400 * length
        weights = np.exp(-rate * t)
        found.append(float((curve(t) * weights).sum() / weights.sum()))
        start += length
    return np.array(found)


def filmed(parts: dict[str, Curve], tracer: tuple[str, float], seed: int, noise: float) -> Phantom:
    """A dynamic series with one box for each curve; noise falls with the root of the counts of a frame."""
    rng = np.random.default_rng(seed)
    affine = affine_of(np.diag([*STEPS, 1.0])[[2, 1, 0, 3]])
    lengths = np.array(FRAMES_S, float)
    starts = np.concatenate(([0.0], np.cumsum(lengths)[:-1]))
    left = np.exp(-math.log(2) / tracer[1] * starts)
    volume = np.zeros((len(lengths), SIDE, SIDE, SIDE * len(parts)))
    regions = []
    for k, (name, curve) in enumerate(parts.items()):
        means = frame_means(curve, tracer[1])
        sd = noise * SHARE * np.sqrt(np.maximum(means, 0) * means[-1] * 300 / lengths / left)
        box = (slice(None), slice(None), slice(None), slice(k * SIDE, (k + 1) * SIDE))
        shape = volume[box].shape
        volume[box] = means[:, None, None, None] + sd[:, None, None, None] * rng.standard_normal(shape)
        mask = np.zeros(volume.shape[1:], bool)
        mask[2:-2, 2:-2, k * SIDE + 2 : (k + 1) * SIDE - 2] = True
        regions.append(Region(name, Voxels.of(mask), name, "", affine))
    settings = (
        ("tracer", tracer[0]),
        ("half_life_s", tracer[1]),
        ("decay_correction", "ADMIN"),
        ("plasma_over_blood", 1.0),
        ("frame_duration_s", " ".join(f"{n:g}" for n in lengths)),
    )
    frames = tuple(float(s) for s in starts)
    image = Image("pet_dynamic", Voxels.of(volume), "kBq/mL", affine, frames, "s", settings)
    return (image,), tuple(regions), {}


def trapped(seed: int = 0, noise: float = 1.0) -> Phantom:
    """FDG in tissue that traps it."""
    k1, k2, k3 = TRAPPED
    parts = {"lesion": trapped_tissue(*TRAPPED), "blood_pool": blood}
    images, regions, _ = filmed(parts, ("FDG", 6586.26), seed, noise)
    return images, regions, {"patlak_ki": k1 * k3 / (k2 + k3)}


def balanced(seed: int = 0, noise: float = 1.0) -> Phantom:
    """PiB in cortex and cerebellum: one tissue each, so that Logan's plots are straight from the start."""
    parts = {"lesion": balanced_tissue(*BALANCED), "blood_pool": blood}
    parts["whole_cerebellum"] = balanced_tissue(*REFERENCE)
    images, regions, _ = filmed(parts, ("[11C]PiB", 1221.8), seed, noise)
    vt, other = BALANCED[0] / BALANCED[1], REFERENCE[0] / REFERENCE[1]
    return images, regions, {"logan_vt": vt, "logan_dvr": vt / other}
