"""Agents beside their references: balls and boxes of known uptake, far enough from their edges to be whole inside.

The organs of a visit are boxes side by side in one body, each drawn one voxel within its edge; the lesion comes first.
Noise is white and grows with the uptake. The truth is the uptake that each was given.
"""

from __future__ import annotations

import numpy as np

from vivomap.acquire.phantom.uptake import Phantom
from vivomap.core import Image, Region, Voxels, affine_of

SIDE = 12  # voxels of an organ
STEPS = (3.0, 2.5, 2.5)
NOISE = 0.04  # of a voxel's uptake
F18, GA68 = 6586.26, 4062.6  # s


def organs(tracer: str, half_life_s: float, parts: dict[str, float], seed: int, noise: float) -> Phantom:
    """A SUV image with a box for each part, its regions, and no truth as yet; a seed other than 0 moves the uptakes."""
    rng = np.random.default_rng(seed)
    scale = float(rng.uniform(0.9, 1.1)) if seed else 1.0
    suv = np.full((SIDE, SIDE, SIDE * len(parts)), 0.3)
    affine = affine_of(np.diag([*STEPS, 1.0])[[2, 1, 0, 3]])
    regions = []
    for k, (name, uptake) in enumerate(parts.items()):
        suv[:, :, k * SIDE : (k + 1) * SIDE] = scale * uptake
        mask = np.zeros(suv.shape, bool)
        mask[2:-2, 2:-2, k * SIDE + 2 : (k + 1) * SIDE - 2] = True
        regions.append(Region(name, Voxels.of(mask), name, "", affine))
    suv = suv * (1 + noise * NOISE * rng.standard_normal(suv.shape))
    settings = (("tracer", tracer), ("half_life_s", half_life_s), ("calibration_percent", 0.0))
    image = Image("suv", Voxels.of(suv), "g/ml{SUVbw}", affine, settings=settings)
    return (image,), tuple(regions), {}


def amyloid(seed: int = 0, noise: float = 1.0) -> Phantom:
    """Florbetapir in the standard cortex at 1.45 of the whole cerebellum: 73.528 Centiloids."""
    ratio = 1.45
    parts = {"centiloid_cortex": 1.1 * ratio, "whole_cerebellum": 1.1, "white_matter": 2.0}
    images, regions, _ = organs("[18F]Florbetapir", F18, parts, seed, noise)
    return images, regions, {"suvr": ratio, "centiloid": 179.64 * ratio - 186.95}


def glioma(seed: int = 0, noise: float = 1.0) -> Phantom:
    """FET in a glioma: a smooth hill of 3.2 times the background at its top, which falls to 1.6 at its rim."""
    images, regions, _ = organs("F-18 FET", F18, {"lesion": 1.0, "brain_background": 1.0}, seed, 0.0)
    rng = np.random.default_rng(seed)
    scale = float(images[0].voxels.array[0, 0, 0])
    z, y, x = np.indices((SIDE, SIDE, SIDE)) - (SIDE - 1) / 2 - (rng.uniform(-0.3, 0.3, (3, 1, 1, 1)) if seed else 0.0)
    suv = np.array(images[0].voxels.array)
    suv[:, :, :SIDE] *= 1 + 2.2 * np.exp(-(z**2 + y**2 + x**2) / (2 * 4.0**2))
    suv += 0.01 * noise * scale * rng.standard_normal(suv.shape)
    image = Image("suv", Voxels.of(suv), images[0].unit, images[0].affine, settings=images[0].settings)
    return (image,), regions, {"tbr_max": 3.2}


def prostate(seed: int = 0, noise: float = 1.0) -> Phantom:
    """PSMA-11 in a lesion between liver and parotid gland: miPSMA 2."""
    parts = {"lesion": 9.0, "blood_pool": 1.6, "liver": 5.0, "parotid": 14.0}
    images, regions, _ = organs("68Ga-PSMA-11", GA68, parts, seed, noise)
    return images, regions, {"mipsma_score": 2.0}


def prostate_by_spleen(seed: int = 0, noise: float = 1.0) -> Phantom:
    """PSMA-1007 in a lesion between spleen and parotid gland, though below the liver: miPSMA 2."""
    parts = {"lesion": 11.0, "blood_pool": 2.5, "spleen": 8.0, "parotid": 18.0, "liver": 13.0}
    images, regions, _ = organs("18F-PSMA-1007", F18, parts, seed, noise)
    return images, regions, {"mipsma_score_spleen": 2.0}


def neuroendocrine(seed: int = 0, noise: float = 1.0) -> Phantom:
    """DOTATATE in a lesion between liver and spleen: Krenning 3."""
    parts = {"lesion": 12.0, "blood_pool": 1.0, "liver": 6.0, "spleen": 22.0}
    images, regions, _ = organs("68Ga-DOTATATE", GA68, parts, seed, noise)
    return images, regions, {"krenning_score": 3.0}
