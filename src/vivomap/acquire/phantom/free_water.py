"""A bundle of fibres soaked with free water: what every free-water fit must find.

    S = S0 [(1 - f) exp(-b gᵀ D g) + f exp(-b 3.0e-3)]

The bundle is that of `tensor`, with one FA; its share of free water rises evenly along the arc. Two shells of b.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vivomap.acquire.phantom.noise import rician
from vivomap.acquire.phantom.tensor import Bundle, anisotropy, place_of, spread_directions
from vivomap.core import Image, Region, Voxels

Phantom = tuple[tuple[Image, ...], tuple[Region, ...], dict[str, float]]
FREE = 3.0e-3  # mm2/s


@dataclass(frozen=True)
class Soaked:
    """Shells of b (s/mm2), directions of each, share of free water at both ends, FA, MD (mm2/s), signal and noise."""

    shells: tuple[float, ...] = (500.0, 1500.0)
    directions: int = 32
    unweighted: int = 4
    share: tuple[float, float] = (0.15, 0.35)
    fa: float = 0.6
    md: float = 0.75e-3
    s0: float = 1000.0
    snr: float = 40.0


def soaked(mixed: Soaked = Soaked(), seed: int = 0, noise: float = 1.0) -> Phantom:
    """The images of the bundle, its region, and the truth by biomarker name; snr 0 is no noise."""
    place = place_of(Bundle())
    around = spread_directions(mixed.directions)
    turned = [np.roll(around, k, axis=1) for k in range(len(mixed.shells))]
    vectors = np.vstack((np.zeros((mixed.unweighted, 3)), *turned))
    counts = (mixed.unweighted, *([mixed.directions] * len(mixed.shells)))
    b = np.repeat((0.0, *mixed.shells), counts)
    low, high = mixed.share
    water = np.where(place.bundle, low + (high - low) * np.clip(place.along, 0, 1), 0.0)
    a = np.where(place.bundle, anisotropy(np.array(mixed.fa)), 0.0)
    signals = np.empty((len(b), *a.shape))
    for frame, vector in enumerate(vectors):
        rate = mixed.md * (1 - a + 3 * a * np.tensordot(vector, place.tangent, 1) ** 2)
        tissue, free = np.exp(-b[frame] * rate), np.exp(-b[frame] * FREE)
        signals[frame] = mixed.s0 * ((1 - water) * tissue + water * free)
    if mixed.snr:
        signals = rician(signals, noise * mixed.s0 / mixed.snr, np.random.default_rng((seed, 1)))
    said = ";".join(" ".join(f"{v:.6f}" for v in vector) for vector in vectors)
    values = Voxels.of(signals.astype(np.float32))
    dwi = Image("dwi", values, "1", place.affine, tuple(map(float, b)), "s/mm2", (("directions", said),))
    truth = {"free_water_fraction": (low + high) / 2, "tissue_anisotropy": mixed.fa}
    return (dwi,), (Region("tract", Voxels.of(place.bundle), "tract", "brain", place.affine),), truth
