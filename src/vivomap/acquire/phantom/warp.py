"""A body whose every point is known after it has moved: turned, stretched or warped, as CT or as another kind.

The scene s(p) is known at every point (mm): an ellipsoid of soft tissue, organs with soft edges, a texture of waves.
The moved image shows s(G(q)) with

    G(q) = A (q - c) + c + t + v(q),     v a sum of long waves

so a point p of the still image lies at T(p) = G⁻¹(p), which is found to a thousandth of a voxel. Another modality shows
each tissue in a grey of its own, so that only mutual information sees the two as alike.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vivomap.core import Image, Region, Voxels, affine_of

Floats = NDArray[np.float64]
ORGANS, WAVES = 24, 20
EDGE_MM = 1.0  # over which an organ gives way to its surroundings
LONGEST, SHORTEST = 40.0, 12.0  # mm, of the texture's waves


@dataclass(frozen=True)
class Motion:
    """What moves the body: turns about z, y, x (degrees), a shift (mm), stretches along x, y, z, and waves (mm)."""

    turn: tuple[float, float, float] = (0.0, 0.0, 0.0)
    shift: tuple[float, float, float] = (0.0, 0.0, 0.0)
    stretch: tuple[float, float, float] = (1.0, 1.0, 1.0)
    wave_mm: float = 0.0
    length_mm: float = 90.0
    seed: int = 0

    def undone(self, q: Floats) -> Floats:
        """G: where in the still scene lies what the moved one shows at points q (…, 3), mm."""
        return np.asarray(q @ self._matrix().T + np.array(self.shift) + self._waves(q))

    def done(self, p: Floats) -> Floats:
        """T = G⁻¹: where in the moved scene points p (n, 3) of the still one lie, mm."""
        back = np.linalg.inv(self._matrix())
        q = p @ back.T
        for _ in range(60):
            q = (p - np.array(self.shift) - self._waves(q)) @ back.T
        return np.asarray(q)

    def _matrix(self) -> Floats:
        a, b, c = np.radians(self.turn)
        about_z = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
        about_y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
        about_x = np.array([[1, 0, 0], [0, np.cos(c), -np.sin(c)], [0, np.sin(c), np.cos(c)]])
        return np.asarray(about_z @ about_y @ about_x @ np.diag(self.stretch))

    def _waves(self, q: Floats) -> Floats:
        """v: four waves in each direction, together `wave_mm` root mean square a component."""
        rng = np.random.default_rng(1000 + self.seed)
        out = np.zeros_like(q)
        if self.wave_mm:
            for axis in range(3):
                for _ in range(4):
                    along = rng.standard_normal(3)
                    along *= 2 * np.pi / (self.length_mm * rng.uniform(1.0, 1.6) * np.linalg.norm(along))
                    out[..., axis] += np.sin(q @ along + rng.uniform(0, 2 * np.pi)) * self.wave_mm / np.sqrt(2)
        return out


@dataclass(frozen=True)
class Body:
    """The grid and what lies on it; `noise` is the standard deviation of the CT's noise, HU."""

    shape: tuple[int, int, int] = (56, 72, 72)
    steps: tuple[float, float, float] = (2.0, 2.0, 2.0)
    noise: float = 15.0
    seed: int = 0

    @property
    def affine(self) -> Floats:
        """Indices (z, y, x, 1) to mm; the middle of the grid is the origin."""
        rows = np.zeros((4, 4))
        rows[2, 0], rows[1, 1], rows[0, 2] = self.steps
        rows[:3, 3] = -(rows[:3, :3] @ (np.array(self.shape) - 1)) / 2
        rows[3, 3] = 1
        return rows

    def points(self) -> Floats:
        """The centre of each voxel, mm (z, y, x, 3)."""
        axes = [(np.arange(n) - (n - 1) / 2) * s for n, s in zip(self.shape, self.steps, strict=True)]
        z, y, x = np.meshgrid(*axes, indexing="ij")
        return np.stack((x, y, z), axis=-1)

    @property
    def half(self) -> Floats:
        """Half axes of the body along x, y, z, mm."""
        z, y, x = (n * s / 2 for n, s in zip(self.shape, self.steps, strict=True))
        return np.array([0.78 * x, 0.70 * y, 0.80 * z])

    def scene(self, p: Floats) -> Floats:
        """HU at points (…, 3)."""
        rng = np.random.default_rng(self.seed)
        whole = _inside(p, np.zeros(3), self.half)
        tissue = np.full(p.shape[:-1], 40.0)
        for _ in range(ORGANS):
            centre = rng.uniform(-0.65, 0.65, 3) * self.half
            organ = _inside(p, centre, rng.uniform(0.08, 0.24, 3) * self.half.mean())
            tissue += organ * (rng.choice((-1, 1)) * rng.uniform(30, 160))
        for _ in range(WAVES):
            along = rng.standard_normal(3)
            along *= 2 * np.pi / (rng.uniform(SHORTEST, LONGEST) * np.linalg.norm(along))
            tissue += 12.0 * np.sqrt(2 / WAVES) * np.sin(p @ along + rng.uniform(0, 2 * np.pi))
        return np.asarray(-1000 + whole * (1000 + tissue))


def _inside(p: Floats, centre: Floats, half: Floats) -> Floats:
    """1 inside an ellipsoid, 0 outside, with a soft edge."""
    apart = (p - centre) / half
    far = np.sqrt(np.einsum("...i,...i->...", apart, apart))
    return np.asarray(1 / (1 + np.exp(np.clip((far - 1) * float(half.mean()) / (EDGE_MM / 2), -40, 40))))


def other_kind(hu: Floats) -> Floats:
    """What another modality shows of the same tissues: no grey more for more HU, air dark, fat and bone apart."""
    return np.asarray(
        np.where(hu < -600, 0, 300 + 250 * np.sin(hu / 55.0) - 0.4 * hu) * (1 / (1 + np.exp(-(hu + 500) / 60)))
    )


def moved(body: Body, motion: Motion, noise: float = 1.0, other: bool = False) -> tuple[Image, Image]:
    """The still image and the moved one; `other` shows the moved one in another kind of image. `noise` scales noise."""
    p = body.points()
    rng = np.random.default_rng(7000 + body.seed)
    affine = affine_of(body.affine)
    still, there = body.scene(p), body.scene(motion.undone(p))
    if other:
        there = other_kind(there)
    images = [v + noise * body.noise * rng.standard_normal(v.shape) for v in (still, there)]
    role, unit = ("mr", "1") if other else ("ct", "[hnsf'U]")
    return (
        Image("ct", Voxels.of(images[0].astype(np.float32)), "[hnsf'U]", affine),
        Image(role, Voxels.of(images[1].astype(np.float32)), unit, affine),
    )


def inside(body: Body) -> NDArray[np.bool_]:
    """The voxels of the body that lie 2 mm and more below its skin (z, y, x)."""
    apart = body.points() / (body.half - 2.0)
    return np.asarray(np.einsum("...i,...i->...", apart, apart) <= 1)


def lump(body: Body, motion: Motion, centre: Floats, radius: float, there: bool = False) -> Region:
    """A ball drawn on the still image, or the same flesh as the moved one shows it."""
    p = body.points()
    place = motion.undone(p) if there else p
    mask = np.sum((place - centre) ** 2, axis=-1) <= radius**2
    return Region("lump", Voxels.of(mask), "lesion", affine=affine_of(body.affine))


def still(motion: Motion) -> Motion:
    """The same motion without its waves."""
    return replace(motion, wave_mm=0.0)
