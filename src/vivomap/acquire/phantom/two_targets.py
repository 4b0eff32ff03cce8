"""Tumours in which CT aims at the same part as PET and MR, or at another; and a cohort of them with a known share.

A quarter of a ball is resistant on PET and MR: the cap beyond a plane. CT is dense in a quarter of the same form, whose
plane is turned by an angle: 0 where both aim at one target. The overlap of the two caps is counted on a fine grid.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from vivomap.acquire.phantom.habitats import NECROTIC, RESISTANT, UNITS, VITAL, seen
from vivomap.acquire.phantom.solids import Floats
from vivomap.core import Image, Region, Voxels, affine_of

Phantom = tuple[tuple[Image, ...], tuple[Region, ...], dict[str, float]]
HEIGHT = 0.34729635533386066  # 2 sin 10°, in radii: beyond it lies a quarter of the ball
ROLES = ("ct", "suv", "adc", "ktrans")
FINE = 120  # points along each axis of the grid that counts


@dataclass(frozen=True)
class Pair:
    """Radius and point spread (FWHM) in mm, the angle between the two caps in degrees, and grid steps in mm."""

    radius_mm: float = 18.0
    psf_mm: float = 5.0
    angle: float = 60.0
    step_mm: float = 2.0


def directions(angle: float) -> tuple[Floats, Floats]:
    """The axes (z, y, x) of the cap on PET and MR and of that on CT; askew to the grid."""
    one, side = np.array([0.36, 0.48, 0.80]), np.array([0.80, -0.60, 0.0])
    turn = np.radians(angle)
    return one, np.cos(turn) * one + np.sin(turn) * side


def two_targets(pair: Pair = Pair(), seed: int = 0, noise: float = 1.0) -> Phantom:
    """CT, PET and MR of the ball, its region, and the true overlap of the targets; `noise` scales the noise."""
    rng = np.random.default_rng(seed)
    half = int(np.ceil((pair.radius_mm + 8) / pair.step_mm))
    offset = rng.uniform(-0.5, 0.5, 3) if seed else np.array([0.2, -0.3, 0.4])
    axes = [(np.arange(-half, half + 1) - o) * pair.step_mm for o in offset]
    place = np.stack(np.meshgrid(*axes, indexing="ij"))
    ball = np.sqrt((place**2).sum(axis=0)) <= pair.radius_mm
    affine = affine_of(np.diag([pair.step_mm] * 3 + [1.0])[[2, 1, 0, 3]])
    spacing, (own, other) = (pair.step_mm,) * 3, directions(pair.angle)
    images = []
    for role in ROLES:
        height = np.tensordot(other if role == "ct" else own, place, 1) / pair.radius_mm
        kind = np.where(height > HEIGHT, RESISTANT, np.where(height < -HEIGHT, NECROTIC, VITAL))
        psf = pair.psf_mm if role == "suv" else 0.0
        values = seen(role, np.where(ball, kind, 3), (spacing, psf, pair.psf_mm), noise, rng)
        settings = (("psf_mm", psf), ("frame_of_reference", "1.2.3"))
        images.append(Image(role, Voxels.of(values), UNITS[role], affine, settings=settings))
    region = Region("lesion", Voxels.of(ball), "lesion", "", affine)
    return tuple(images), (region,), {"target_overlap": overlap(pair.angle)}


@lru_cache(maxsize=8)
def overlap(angle: float) -> float:
    """The overlap of the two caps: twice what both hold over what each holds."""
    axis = (np.arange(FINE) + 0.5) / FINE * 2 - 1
    place = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"))
    ball = (place**2).sum(axis=0) <= 1
    one, other = (np.tensordot(d, place, 1)[ball] > HEIGHT for d in directions(angle))
    return float(2 * np.count_nonzero(one & other) / (np.count_nonzero(one) + np.count_nonzero(other)))


def cohort(count: int = 40, planted: float = 0.3, seed: int = 0, noise: float = 1.0) -> Iterator[tuple[bool, Phantom]]:
    """Small tumours, of which a share is planted to have another target on CT; each says whether it has."""
    rng = np.random.default_rng([seed, 30])
    other = rng.permutation(count) < round(planted * count)
    for number, differs in enumerate(other):
        angle = float(rng.uniform(70, 110)) if differs else 0.0
        made = two_targets(Pair(14.0, 5.0, angle, 3.0), 1000 * seed + number + 1, noise)
        yield bool(differs), made
