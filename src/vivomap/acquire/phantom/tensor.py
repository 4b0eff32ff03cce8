"""A curved bundle of nerve fibres in grey matter, whole or with a lesion: what every tensor and tract must find.

The bundle is a quarter of a ring: fibres run along it, its FA rises evenly along its arc, its MD is the same all over.
A tensor that is alike around its fibre has, with a = FA / sqrt(3 - 2 FA²),

    AD = MD (1 + 2 a)    RD = MD (1 - a)

The lesion fills the upper half of the bundle over a part of its arc, where FA is lost by half. It cuts half of the
fibres there, and half of the signal at those places is of lesion.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from vivomap.acquire.phantom.noise import rician
from vivomap.acquire.phantom.solids import Floats
from vivomap.core import Affine, Image, Region, Voxels, affine_of

Phantom = tuple[tuple[Image, ...], tuple[Region, ...], dict[str, float]]


@dataclass(frozen=True)
class Bundle:
    """Radius of the arc and of the bundle (mm), FA at both ends, MD (mm2/s), directions, b (s/mm2), noise, grid."""

    arc_mm: float = 40.0
    radius_mm: float = 6.0
    fa: tuple[float, float] = (0.4, 0.6)
    md: float = 0.8e-3
    directions: int = 33
    unweighted: int = 3
    b: float = 1000.0
    s0: float = 1000.0
    snr: float = 30.0
    spacing_mm: float = 2.0
    lesion: tuple[float, float] = (0.0, 0.0)  # the part of the arc that it fills, 0 to 1
    kept: float = 0.5  # of FA in the lesion


def spread_directions(count: int) -> Floats:
    """Unit vectors (count, 3) that lie evenly over half a sphere, on a spiral of the golden angle."""
    place = np.arange(count) + 0.5
    height, turn = 1 - place / count, np.pi * (1 + 5**0.5) * place
    flat = np.sqrt(1 - height**2)
    return np.column_stack((flat * np.cos(turn), flat * np.sin(turn), height))


def anisotropy(fa: Floats) -> Floats:
    """a of a tensor alike around its fibre: AD = MD (1 + 2 a)."""
    return np.asarray(fa / np.sqrt(3 - 2 * fa**2))


def mean_anisotropy(low: float, high: float) -> float:
    """The mean of a where FA rises evenly from low to high."""
    return float((np.sqrt(3 - 2 * low**2) - np.sqrt(3 - 2 * high**2)) / 2 / (high - low))


@dataclass(frozen=True)
class Place:
    """Each voxel (z, y, x): how far along the arc (0 to 1), whether in the bundle and the lesion; its direction."""

    along: Floats
    bundle: Floats
    lesion: Floats
    tangent: Floats
    affine: Affine


def place_of(bundle: Bundle) -> Place:
    """Where the voxels of the grid lie: the arc runs in the axial plane, from its left end to its posterior one."""
    step = bundle.spacing_mm
    reach = int(np.ceil((bundle.arc_mm + bundle.radius_mm) / step)) + 2
    depth = int(np.ceil(bundle.radius_mm / step)) + 1
    z = (np.arange(2 * depth) - depth + 0.5) * step
    y = x = (np.arange(reach) - 1.5) * step
    height, down, across = np.meshgrid(z, y, x, indexing="ij")
    ring = np.hypot(down, across)
    angle = np.arctan2(down, across)
    along = angle / (np.pi / 2)
    inside = ((ring - bundle.arc_mm) ** 2 + height**2 <= bundle.radius_mm**2) & (along >= 0) & (along <= 1)
    first, last = bundle.lesion
    lesion = inside & (height > 0) & (along >= first) & (along < last)
    tangent = np.stack((-np.sin(angle), np.cos(angle), np.zeros_like(angle)))  # x, y, z in LPS
    rows = np.diag([step, step, step, 1.0])[[2, 1, 0, 3]]
    rows[:3, 3] = (x[0], y[0], z[0])
    return Place(along, inside, lesion, tangent, affine_of(rows))


def anisotropies(bundle: Bundle, place: Place) -> Floats:
    """The true FA of every voxel (z, y, x)."""
    low, high = bundle.fa
    fa = np.where(place.bundle, low + (high - low) * np.clip(place.along, 0, 1), 0.0)
    return np.asarray(np.where(place.lesion, bundle.kept * fa, fa))


def weighted(bundle: Bundle, place: Place, seed: int) -> Image:
    """The diffusion-weighted images of a bundle in grey matter, with their directions in the settings."""
    vectors = np.vstack((np.zeros((bundle.unweighted, 3)), spread_directions(bundle.directions)))
    b = np.repeat((0.0, bundle.b), (bundle.unweighted, bundle.directions))
    a = anisotropy(anisotropies(bundle, place))
    signals = np.empty((len(b), *a.shape))
    for frame, vector in enumerate(vectors):
        along = np.tensordot(vector, place.tangent, 1) ** 2
        rate = bundle.md * (1 - a + 3 * a * along)
        signals[frame] = bundle.s0 * np.exp(-b[frame] * rate)
    if bundle.snr:
        signals = rician(signals, bundle.s0 / bundle.snr, np.random.default_rng((seed, 4)))
    said = ";".join(" ".join(f"{v:.6f}" for v in vector) for vector in vectors)
    values = Voxels.of(signals.astype(np.float32))
    return Image("dwi", values, "1", place.affine, tuple(map(float, b)), "s/mm2", (("directions", said),))


def whole(bundle: Bundle = Bundle(), seed: int = 0, noise: float = 1.0) -> Phantom:
    """A bundle without a lesion: its images, its region, and its mean FA, MD, AD and RD; snr 0 is no noise."""
    place = place_of(bundle)
    a = mean_anisotropy(*bundle.fa)
    truth = {
        "fractional_anisotropy": sum(bundle.fa) / 2,
        "mean_diffusivity": bundle.md,
        "axial_diffusivity": bundle.md * (1 + 2 * a),
        "radial_diffusivity": bundle.md * (1 - a),
    }
    region = Region("tract", Voxels.of(place.bundle), "tract", "brain", place.affine)
    return (weighted(replace(bundle, snr=bundle.snr / noise), place, seed),), (region,), truth
