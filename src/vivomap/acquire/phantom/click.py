"""A lesion to be clicked on, whose volume is known: in lung on CT, in white matter on FLAIR, in tissue on PET.

An ellipsoid (semi-axes a, b, c in mm, volume 4/3 pi a b c) lies in a background that is not flat, with a vessel, a
wall or the cortex beside it; then comes the blur of the scanner, and its noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vivomap.acquire.phantom.noise import blurred
from vivomap.acquire.phantom.solids import Floats, Point, Solid, fill
from vivomap.core import Image, Region, Voxels, affine_of

Phantom = tuple[tuple[Image, ...], tuple[Region, ...], dict[str, float]]


@dataclass(frozen=True)
class Scene:
    """What is imaged: role, unit, levels, grid steps (z, y, x) in mm, blur (sd, mm), noise, and what lies near."""

    role: str
    unit: str
    lesion: float
    around: float
    spacing: Point
    blur: float
    noise: float
    beside: float  # the level of the vessel or the wall
    vessel: float = 0.0  # its radius in mm; 0 for none
    wall: float = 0.0  # how far from the lesion a wall begins, mm; 0 for none


CT = Scene("ct", "[hnsf'U]", 40.0, -850.0, (1.25, 0.8, 0.8), 0.6, 25.0, 30.0, vessel=1.8)
FLAIR = Scene("mr", "1", 480.0, 300.0, (1.5, 1.0, 1.0), 0.6, 12.0, 370.0, wall=4.0)
PET = Scene("suv", "g/ml{SUVbw}", 9.0, 1.5, (3.0, 3.0, 3.0), 2.5, 0.25, 2.0)
SCENES = {"ct": CT, "mr": FLAIR, "suv": PET}


def clicked(role: str = "ct", seed: int = 0, noise: float = 1.0) -> tuple[Phantom, Point]:
    """The images, the true region, its truth, and a click (x, y, z in mm LPS) somewhere in the middle of the lesion."""
    scene = SCENES[role]
    rng = np.random.default_rng(seed)
    least = 4.0 if role != "suv" else 9.0
    half = tuple(float(v) for v in rng.uniform(least, least + 5.0, 3))
    lesion = Solid((0.0, 0.0, 0.0), (half[0], half[1], half[2]), float(rng.uniform(0, 180)))
    reach = 24.0 if role != "suv" else 42.0
    counts = [int(2 * reach / step) for step in scene.spacing]
    axes = [(np.arange(n) - n / 2 + rng.uniform(-0.5, 0.5)) * s for n, s in zip(counts, scene.spacing, strict=True)]
    z, y, x = (np.asarray(a, float) for a in axes)
    clean = _drawn(scene, lesion, (z, y, x), rng)
    noisy = blurred(clean, scene.spacing, scene.blur) + rng.normal(0, noise * scene.noise, clean.shape)
    rows = np.zeros((4, 4))
    rows[2, 0], rows[1, 1], rows[0, 2] = scene.spacing
    rows[:, 3] = x[0], y[0], z[0], 1.0
    affine = affine_of(rows)
    mask = lesion.inside((z, y, x))
    click = rng.uniform(-0.35, 0.35, 3) * min(half)
    image = Image(scene.role, Voxels.of(noisy), scene.unit, affine)
    truth = {"volume": lesion.volume / 1000}
    phantom = (image,), (Region("lesion", Voxels.of(mask), "lesion", "", affine),), truth
    return phantom, (float(click[0]), float(click[1]), float(click[2]))


def _drawn(scene: Scene, lesion: Solid, axes: tuple[Floats, Floats, Floats], rng: np.random.Generator) -> Floats:
    """The scene without blur and noise: a background that slopes by a tenth of the contrast, a lesion, what is near."""
    z, y, x = axes
    contrast = scene.lesion - scene.around
    slope = 0.1 * contrast * rng.uniform(-1, 1) / (x[-1] - x[0])
    drawn = np.broadcast_to(scene.around + slope * x, (z.size, y.size, x.size)).copy()
    if scene.vessel:
        tilt = rng.uniform(-0.5, 0.5, 2)
        far = np.hypot(y[:, None] - tilt[0] * x, z[:, None, None] - tilt[1] * x)
        drawn[(far <= scene.vessel) & (x >= 0)] = scene.beside
    if scene.wall:
        drawn[:, y > max(lesion.half[:2]) + scene.wall, :] = scene.beside
    fill(drawn, axes, lesion, scene.lesion)
    return drawn
