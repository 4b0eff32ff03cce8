"""A hot sphere in a warm body, blurred as a scanner blurs: what every uptake must find.

A sphere of radius R (mm), blurred by a Gaussian of standard deviation s (mm), has at the distance r from its centre

    p(r) = (erf((R - r) / q) + erf((R + r) / q)) / 2 - s / (r sqrt(2 pi)) (exp(-(R - r)²/q²) - exp(-(R + r)²/q²))

with q = s sqrt(2), and p(0) = erf(R/q) - sqrt(2/pi) (R/s) exp(-R²/q²). SUV = background + (hot - background) p(r).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from vivomap.core import Image, Region, Voxels, affine_of
from vivomap.core.image import Array

Phantom = tuple[tuple[Image, ...], tuple[Region, ...], dict[str, float]]
LEAN = 55.86 / 70  # of 70 kg, 1.75 m, male (methods A3)
LIVER_MM, LIVER_SUV = 22.0, 2.2  # radius; in reach of every PERCIST rule


@dataclass(frozen=True)
class Sphere:
    """Radius and blur in mm, SUV inside and around, grid steps (z, y, x) in mm, noise (SUV), and what is drawn."""

    radius_mm: float = 18.0
    blur_mm: float = 3.0
    hot: float = 8.0
    background: float = 1.0
    spacing_mm: tuple[float, float, float] = (3.27, 2.5, 2.5)
    offset: tuple[float, float, float] = (0.2, -0.3, 0.4)
    noise: float = 0.05
    drawn_mm: float = 24.0  # radius of the region


def profile(r: Array, radius: float, blur: float) -> Array:
    """The blurred sphere of height 1 at distances r (mm) from its centre."""
    q = blur * math.sqrt(2)
    erf = np.vectorize(math.erf, otypes=[float])
    safe = np.maximum(r, 1e-6)
    inner, outer = np.exp(-(((radius - r) / q) ** 2)), np.exp(-(((radius + r) / q) ** 2))
    off = (erf((radius - r) / q) + erf((radius + r) / q)) / 2 - blur / (safe * math.sqrt(2 * math.pi)) * (inner - outer)
    centre = math.erf(radius / q) - math.sqrt(2 / math.pi) * radius / blur * math.exp(-((radius / q) ** 2))
    return np.where(r < 1e-3, centre, off)


def hot_sphere(sphere: Sphere = Sphere(), seed: int = 0, noise: float = 1.0) -> Phantom:
    """SUV of the hot sphere and a piece of liver, the regions "lesion" and "liver", and the truth by biomarker name.

    A seed other than 0 also lays the sphere elsewhere on the grid; `noise` scales the noise.
    """
    rng = np.random.default_rng(seed)
    offset = rng.uniform(-0.5, 0.5, 3) if seed else sphere.offset
    sphere = replace(sphere, noise=noise * sphere.noise)
    spacing = np.array(sphere.spacing_mm)
    half = np.ceil((sphere.drawn_mm + 10) / spacing).astype(int)
    far = np.ceil(2 * (LIVER_MM + 6) / spacing[2]).astype(int)
    z, y, x = np.meshgrid(
        (np.arange(-half[0], half[0] + 1) - offset[0]) * spacing[0],
        (np.arange(-half[1], half[1] + 1) - offset[1]) * spacing[1],
        (np.arange(-half[2], half[2] + far + 1) - offset[2]) * spacing[2],
        indexing="ij",
    )
    r = np.sqrt(z**2 + y**2 + x**2)
    away = np.sqrt(z**2 + y**2 + (x - (half[2] + far / 2) * spacing[2]) ** 2)
    table = np.linspace(0, float(r.max()), 4000)
    hot = np.interp(r, table, profile(table, sphere.radius_mm, sphere.blur_mm))
    suv = sphere.background + (sphere.hot - sphere.background) * hot
    suv = np.where(away <= LIVER_MM + 3, LIVER_SUV, suv)
    suv = suv + rng.normal(0, sphere.noise, suv.shape)
    affine = affine_of(np.diag([*spacing, 1.0])[[2, 1, 0, 3]])
    settings = (("weight_kg", 70.0), ("height_m", 1.75), ("sex", "M"), ("calibration_percent", 0.0))
    image = Image("suv", Voxels.of(suv), "g/ml{SUVbw}", affine, settings=settings)
    lesion = Region("lesion", Voxels.of(r <= sphere.drawn_mm), "lesion", "", affine)
    liver = Region("liver", Voxels.of(away <= LIVER_MM), "liver", "liver", affine)
    return (image,), (lesion, liver), _truth(sphere)


def _truth(sphere: Sphere) -> dict[str, float]:
    """The closed form, summed over thin shells where there is none."""
    r = np.linspace(0, sphere.drawn_mm, 20001)
    suv = sphere.background + (sphere.hot - sphere.background) * profile(r, sphere.radius_mm, sphere.blur_mm)

    def total(keep: Array) -> float:
        """Integral of SUV over the volume of the kept radii, SUV mm3."""
        inside = np.where(keep, 4 * np.pi * r**2 * suv, 0.0)
        return float(np.sum((inside[1:] + inside[:-1]) / 2 * np.diff(r)))

    def ball(threshold: float) -> float:
        """Volume in mL within the radius where SUV falls to a threshold."""
        return 4 / 3 * math.pi * float(r[suv >= threshold].max()) ** 3 / 1000 if (suv >= threshold).any() else 0.0

    relative = 0.41 * float(suv[0])
    return {
        "suv_max": float(suv[0]),
        "suv_mean": total(r >= 0) / (4 / 3 * math.pi * sphere.drawn_mm**3),
        "sul_peak": LEAN * _peak(r, suv, total),
        "mtv_41": ball(relative),
        "mtv_fixed": ball(4.0),
        "tlg": total(suv >= relative) / 1000,
        "liver_sul": LEAN * LIVER_SUV,
        "liver_sul_sd": LEAN * sphere.noise,
    }


def _peak(r: Array, suv: Array, total: Callable[[Array], float]) -> float:
    """Mean SUV of the sphere of 1 cm3 about the centre."""
    radius = (1000 * 3 / (4 * math.pi)) ** (1 / 3)
    return total(r <= radius) / 1000
