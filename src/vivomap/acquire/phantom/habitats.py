"""A ball of tumour with three habitats of known size, on PET and MR: what every habitat number must find.

Two planes cut the ball of radius R at the heights a R and b R along a line askew to the grid: a resistant cap (hot,
dense, poor in blood), a vital slab, and a necrotic cap. A cap that begins at the height h R has the share

    (1 - h)² (2 + h) / 4

of the ball. In each habitat the features are normal about their means. PET is blurred by its point spread and its noise
is as coarse as that; MR is sharp and its noise white. Around lies muscle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vivomap.acquire.phantom.noise import blurred
from vivomap.acquire.phantom.solids import Floats, Point
from vivomap.core import Image, Region, Voxels, affine_of

Phantom = tuple[tuple[Image, ...], tuple[Region, ...], dict[str, float]]
UNITS = {"suv": "g/ml{SUVbw}", "adc": "mm2/s", "ktrans": "/min", "ct": "[hnsf'U]"}
MEANS = {  # resistant, vital, necrotic, muscle
    "suv": (9.0, 5.0, 2.0, 0.8),
    "adc": (0.80e-3, 1.15e-3, 1.90e-3, 1.40e-3),
    "ktrans": (0.07, 0.24, 0.03, 0.05),
    "ct": (62.0, 42.0, 22.0, 55.0),
}
TEXTURE = {"suv": 0.25, "adc": 0.06e-3, "ktrans": 0.02, "ct": 2.0}  # within a habitat, as coarse as the point spread
NOISE = {"suv": 0.25, "adc": 0.08e-3, "ktrans": 0.02, "ct": 6.0}  # of a voxel; both one standard deviation
ASKEW = np.array([0.36, 0.48, 0.80])  # direction (z, y, x) of the line, of length 1
RESISTANT, VITAL, NECROTIC, MUSCLE = range(4)
FWHM = 2.3548200450309493  # of a Gaussian, in standard deviations


@dataclass(frozen=True)
class Ball:
    """Radius and point spread (FWHM) in mm, heights of the two planes in radii, grid steps (z, y, x) in mm.

    `kinds` is how many habitats there are: 1 makes the whole ball vital. `shift_mm` moves PET along x against MR;
    `noisier` is by how much more than usual every image is noisy. Without blur, a voxel is drawn by itself.
    """

    radius_mm: float = 24.0
    psf_mm: float = 5.0
    planes: tuple[float, float] = (-0.34, 0.40)
    spacing_mm: tuple[float, float, float] = (3.0, 2.0, 2.0)
    kinds: int = 3
    shift_mm: float = 0.0
    noisier: float = 1.0
    features: tuple[str, ...] = ("suv", "adc", "ktrans")


def cap(height: float) -> float:
    """The share of a ball beyond a plane at this height, in radii."""
    return (1 - height) ** 2 * (2 + height) / 4


def shares(ball: Ball) -> tuple[float, float, float]:
    """The shares of the resistant, vital and necrotic habitat."""
    low, high = cap(-ball.planes[0]), cap(ball.planes[1])
    return high, 1 - low - high, low


def habitats(ball: Ball = Ball(), seed: int = 0, noise: float = 1.0) -> Phantom:
    """PET and MR of the ball, the regions "lesion" and "reference_tissue", and the truth by biomarker name.

    A seed other than 0 also lays the ball elsewhere on the grid; `noise` scales the noise.
    """
    rng = np.random.default_rng(seed)
    offset = rng.uniform(-0.5, 0.5, 3) if seed else np.array([0.2, -0.3, 0.4])
    z, y, x = grid(ball, offset)
    radius = np.sqrt(z**2 + y**2 + x**2)
    spacing = np.array(ball.spacing_mm)
    affine = affine_of(np.diag([*spacing, 1.0])[[2, 1, 0, 3]])
    images = []
    for name in ball.features:
        own, step = (ball.psf_mm, ball.shift_mm) if name == "suv" else (0.0, 0.0)
        kind = placed(ball, (z, y, x - step))
        settings = (("psf_mm", own), ("calibration_percent", 0.0), ("modality", "PT" if name == "suv" else "MR"))
        values = seen(name, kind, (ball.spacing_mm, own, ball.psf_mm), noise * ball.noisier, rng)
        images.append(Image(name, Voxels.of(values), UNITS[name], affine, settings=settings))
    lesion = Region("lesion", Voxels.of(radius <= ball.radius_mm), "lesion", "", affine)
    away = np.abs(x - x.max() + 14) <= 8
    muscle = Region("muscle", Voxels.of(away & (np.abs(y) <= 20) & (np.abs(z) <= 20)), "reference_tissue", "", affine)
    return tuple(images), (lesion, muscle), truth(ball)


def grid(ball: Ball, offset: Floats) -> tuple[Floats, Floats, Floats]:
    """Places (z, y, x) in mm from the middle of the ball; muscle goes on to one side."""
    half = np.ceil((ball.radius_mm + 12) / np.array(ball.spacing_mm)).astype(int)
    far = half + np.array([0, 0, round(26 / ball.spacing_mm[2])])
    axes = [(np.arange(-h, f + 1) - o) * s for h, f, o, s in zip(half, far, offset, ball.spacing_mm, strict=True)]
    z, y, x = np.meshgrid(*axes, indexing="ij")
    return z, y, x


def placed(ball: Ball, place: tuple[Floats, Floats, Floats]) -> Floats:
    """Which habitat each place (z, y, x, mm) is of."""
    low, high = (p * ball.radius_mm for p in ball.planes)
    height = sum(a * p for a, p in zip(ASKEW, place, strict=True))
    radius = np.sqrt(sum(p**2 for p in place))
    kind = np.where(height > high, RESISTANT, np.where(height < low, NECROTIC, VITAL))
    kind = kind if ball.kinds > 1 else np.full(kind.shape, VITAL)
    return np.asarray(np.where(radius <= ball.radius_mm, kind, MUSCLE))


def seen(
    name: str, kind: Floats, scanner: tuple[Point, float, float], noise: float, rng: np.random.Generator
) -> Floats:
    """One feature as its scanner (grid steps, point spread, texture of the tissue, mm) shows it."""
    spacing, psf, texture = scanner
    values = np.asarray(MEANS[name])[kind]
    if texture > 0:
        values = values + TEXTURE[name] * coarse(kind.shape, spacing, texture, rng)
    if psf > 0:
        values = blurred(values, spacing, psf / FWHM)
    return np.asarray(values + noise * NOISE[name] * coarse(kind.shape, spacing, psf, rng))


def coarse(
    shape: tuple[int, ...], spacing: tuple[float, float, float], fwhm: float, rng: np.random.Generator
) -> Floats:
    """Normal values of standard deviation 1, alike over `fwhm` mm."""
    rough = rng.standard_normal(shape)
    rough = blurred(rough, spacing, fwhm / FWHM) if fwhm > 0 else rough
    return np.asarray(rough / rough.std())


def truth(ball: Ball) -> dict[str, float]:
    """What is true of the ball, by biomarker name."""
    each = np.array(shares(ball)) if ball.kinds > 1 else np.array([1.0])
    volume = 4 / 3 * np.pi * ball.radius_mm**3 / 1000
    return {
        "habitats": float(len(each)),
        "habitat_entropy": float(-(each * np.log2(each)).sum()),
        "habitat_largest": 100 * float(each.max()),
        "habitat_hottest": 100 * float(each[0]),
        "resistant_volume": volume * float(each[0]),
        "resistant_fraction": 100 * float(each[0]),
        "suv_mean_corrected": float(np.dot(each, MEANS["suv"][: len(each)])) if ball.kinds > 1 else MEANS["suv"][VITAL],
    }
