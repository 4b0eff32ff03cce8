"""A lung of two kinds of tissue, each of normally distributed HU, beside a trachea and an aorta.

    share below h = w Φ((h - m1)/s1) + (1 - w) Φ((h - m2)/s2)

with the noise of the scan in s1 and s2. Each seed draws how far the scanner's scale is off, and blood.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from vivomap.core import Affine, Image, Region, Voxels, affine_of

Phantom = tuple[tuple[Image, ...], tuple[Region, ...], dict[str, float]]


@dataclass(frozen=True)
class Tissue:
    """The share that is destroyed, mean HU and spread of it and of the rest, noise and doubt of the scale (HU)."""

    destroyed: float = 0.2
    empty: tuple[float, float] = (-975.0, 12.0)
    healthy: tuple[float, float] = (-860.0, 30.0)
    noise: float = 12.0
    offset: float = 2.0
    blood_u: float = 5.0
    shape: tuple[int, int, int] = (10, 40, 60)

    def below(self, hu: float, noise: float = 1.0) -> float:
        """The share of the lung below a density, with noise of so many times the usual."""
        pairs = ((self.destroyed, self.empty), (1 - self.destroyed, self.healthy))
        return sum(w * _normal((hu - m) / math.hypot(s, noise * self.noise)) for w, (m, s) in pairs)

    def centile(self, share: float, noise: float = 1.0) -> float:
        """The density below which a share of the lung lies, by bisection."""
        low, high = -1200.0, -500.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if self.below(middle, noise) < share else (low, middle)
        return middle


def _normal(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2))


def emphysema(tissue: Tissue = Tissue(), seed: int = 0, noise: float = 1.0) -> Phantom:
    """The image, its regions (the lung first) and the truth by biomarker name."""
    rng = np.random.default_rng(seed)
    shape = tissue.shape
    kind = rng.random(shape) < tissue.destroyed
    (empty, thin), (healthy, spread) = tissue.empty, tissue.healthy
    hu = np.where(kind, rng.normal(empty, thin, shape), rng.normal(healthy, spread, shape))
    volume = np.full((shape[0] + 2, shape[1] + 6, shape[2] + 40), 40.0)
    inside = (slice(1, -1), slice(3, -3))
    volume[(*inside, slice(3, 3 + shape[2]))] = hu
    places = {"trachea": (slice(shape[2] + 8, shape[2] + 18), -1000.0)}
    places["blood"] = (slice(shape[2] + 23, shape[2] + 35), 45.0 + tissue.blood_u * rng.standard_normal())
    affine = affine_of(np.diag([3.0, 1.5, 1.5, 1.0])[[2, 1, 0, 3]])
    regions = [_region("lung", volume.shape, (*inside, slice(3, 3 + shape[2])), affine)]
    for name, (columns, value) in places.items():
        volume[(*inside, columns)] = value
        regions.append(_region(name, volume.shape, (*inside, slice(columns.start + 1, columns.stop - 1)), affine))
    volume += tissue.offset * rng.standard_normal() + rng.normal(0, noise * tissue.noise, volume.shape)
    settings = (("kvp", 120.0), ("blood_hu", 45.0), ("blood_hu_u", tissue.blood_u))
    image = Image("ct", Voxels.of(volume), "[hnsf'U]", affine, settings=settings)
    share, perc = 100 * tissue.below(-950.0, noise), tissue.centile(0.15, noise) + 1000
    truth = {"laa_950": share, "laa_950_calibrated": share, "perc15": perc, "perc15_calibrated": perc}
    return (image,), tuple(regions), truth


def _region(name: str, shape: tuple[int, ...], place: tuple[slice, ...], affine: Affine) -> Region:
    mask = np.zeros(shape, bool)
    mask[place] = True
    return Region(name, Voxels.of(mask), name, "chest", affine)
