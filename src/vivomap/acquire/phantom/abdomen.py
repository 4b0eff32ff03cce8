"""A belly at the third lumbar vertebra: ellipses of fat, muscle with strands of fat, and a cavity with bowel.

Areas are π a b of each ellipse less what lies in it. Every voxel is whole; seeds move the belly on its grid, draw how
far the scanner's scale is off, and the stated height about the true one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from vivomap.acquire.phantom.solids import Solid
from vivomap.core import Affine, Image, Region, Voxels, affine_of

Phantom = tuple[tuple[Image, ...], tuple[Region, ...], dict[str, float]]
HEIGHT_M = 1.70


@dataclass(frozen=True)
class Belly:
    """Half axes of skin, muscle and cavity (mm), HU of the tissues, noise and how far the scale is off (HU)."""

    skin: tuple[float, float] = (160.0, 110.0)
    wall: tuple[float, float] = (138.0, 92.0)
    inside: tuple[float, float] = (112.0, 66.0)
    muscle: float = 55.0
    fat: float = -100.0
    noise: float = 10.0
    offset: float = 2.0
    pixel: float = 1.5
    strands: int = 12
    strand_mm: float = 6.0
    bowel: tuple[tuple[float, float, float], ...] = ((-50.0, 0.0, 30.0), (45.0, 10.0, 24.0), (0.0, -25.0, 18.0))


def _solids(belly: Belly, centre: tuple[float, float]) -> dict[str, list[Solid]]:
    """The cylinders of each part, with their centres moved."""
    x, y = centre
    of = {n: [Solid((x, y, 3.0), (*h, 50.0), 0.0, True)] for n, h in (("skin", belly.skin), ("wall", belly.wall))}
    of["inside"] = [Solid((x, y, 3.0), (*belly.inside, 50.0), 0.0, True)]
    middle = [(a + b) / 2 for a, b in zip(belly.wall, belly.inside, strict=True)]
    around = 2 * math.pi * np.arange(belly.strands) / belly.strands
    at = [(x + middle[0] * math.cos(t), y + middle[1] * math.sin(t)) for t in around]
    of["strands"] = [Solid((px, py, 3.0), (belly.strand_mm, belly.strand_mm, 50.0), 0.0, True) for px, py in at]
    of["bowel"] = [Solid((x + dx, y + dy, 3.0), (r, r, 50.0), 0.0, True) for dx, dy, r in belly.bowel]
    return of


def _belly(belly: Belly, seed: int, noise: float, which: str) -> tuple[tuple[Image, ...], tuple[Region, ...]]:
    """The image of three slices, and one region on the middle one."""
    rng = np.random.default_rng(seed)
    shift = rng.uniform(-0.5, 0.5, 2) * belly.pixel if seed else np.zeros(2)
    columns, rows = (2 * math.ceil(h / belly.pixel) + 8 for h in belly.skin)
    sizes = ((3, 3.0), (rows, belly.pixel), (columns, belly.pixel))
    z, y, x = (np.asarray(np.arange(n) * step, np.float64) for n, step in sizes)
    axes = (z, y, x)
    centre = (float(axes[2].mean() + shift[0]), float(axes[1].mean() + shift[1]))
    within = {n: np.any([s.inside(axes) for s in solids], axis=0) for n, solids in _solids(belly, centre).items()}
    hu = np.where(within["skin"], belly.fat, -1000.0)
    hu[within["wall"] & ~within["inside"] & ~within["strands"]] = belly.muscle
    hu[within["inside"] & within["bowel"]] = 30.0
    hu += belly.offset * rng.standard_normal() + rng.normal(0, noise * belly.noise, hu.shape)
    height = HEIGHT_M + 0.01 * float(rng.standard_normal())
    affine = affine_of(np.diag([3.0, belly.pixel, belly.pixel, 1.0])[[2, 1, 0, 3]])
    masks = {
        "muscle": within["wall"] & ~within["inside"],
        "abdominal_cavity": within["inside"],
        "subcutaneous_fat": within["skin"] & ~within["wall"],
    }
    image = Image("ct", Voxels.of(hu), "[hnsf'U]", affine, settings=(("kvp", 120.0), ("height_m", height)))
    return (image,), (_slice(which, masks[which], affine),)


def _slice(name: str, mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], affine: Affine) -> Region:
    only = np.zeros_like(mask)
    only[1] = mask[1]
    return Region(name, Voxels.of(only), name, "abdomen", affine)


def _ellipse(half: tuple[float, float]) -> float:
    """Area in cm2."""
    return math.pi * half[0] * half[1] / 100


def muscle(belly: Belly = Belly(), seed: int = 0, noise: float = 1.0) -> Phantom:
    """The ring of muscle with its strands of fat, and the truth by biomarker name."""
    images, regions = _belly(belly, seed, noise, "muscle")
    strands = belly.strands * _ellipse((belly.strand_mm, belly.strand_mm))
    area = _ellipse(belly.wall) - _ellipse(belly.inside) - strands
    truth = {"muscle_area": area, "muscle_index": area / HEIGHT_M**2, "muscle_density": belly.muscle}
    return images, regions, {**truth, "imat_area": strands}


def cavity(belly: Belly = Belly(), seed: int = 0, noise: float = 1.0) -> Phantom:
    """The cavity with fat about its bowel, and the truth by biomarker name."""
    images, regions = _belly(belly, seed, noise, "abdominal_cavity")
    bowel = sum(_ellipse((r, r)) for _, _, r in belly.bowel)
    return images, regions, {"vat_area": _ellipse(belly.inside) - bowel}


def skin(belly: Belly = Belly(), seed: int = 0, noise: float = 1.0) -> Phantom:
    """The fat below the skin, and the truth by biomarker name."""
    images, regions = _belly(belly, seed, noise, "subcutaneous_fat")
    return images, regions, {"sat_area": _ellipse(belly.skin) - _ellipse(belly.wall)}
