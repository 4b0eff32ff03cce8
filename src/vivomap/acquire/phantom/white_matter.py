"""A head on FLAIR with lesions of white matter whose places are known, at one visit and the next.

Scalp, skull, cortex with folds (brighter than white matter), ventricles and sulci (dark), a bright rim beside the
ventricles, and a field that is not flat. Lesions are ellipsoids of 6 to 14 mm. At the second visit some are new, some
have grown, the rest are as they were.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vivomap.acquire.phantom.noise import blurred, rician
from vivomap.acquire.phantom.solids import Axes, Floats, Point, Solid, fill
from vivomap.core import Image, Voxels, affine_of

SPACING: Point = (2.0, 1.3, 1.3)
SIZE: Point = (100.0, 170.0, 140.0)
BLUR, NOISE = 0.7, 11.0
WHITE, CORTEX, LIQUOR, SCALP, LESION = 300.0, 360.0, 80.0, 420.0, (400.0, 520.0)
HEAD = Solid((0, 0, 0), (66.0, 80.0, 70.0))


@dataclass(frozen=True)
class Head:
    """Two visits on one grid, and the lesions (mm LPS) that were there at first, that are new, and that have grown."""

    first: Image
    second: Image
    old: tuple[Solid, ...]
    new: tuple[Solid, ...]
    grown: tuple[Solid, ...]

    @property
    def now(self) -> tuple[Solid, ...]:
        """All lesions of the second visit."""
        return (*self.old, *self.new, *self.grown)


def head(seed: int = 0, noise: float = 1.0) -> Head:
    """Two FLAIR images of one head; the second has another gain, and another noise."""
    rng, axes = np.random.default_rng(seed), _axes()
    tissue = _tissue(axes, rng)
    lesions = _lesions(rng, 8)
    old, new, before = lesions[:4], lesions[4:6], lesions[6:]
    grown = tuple(Solid(s.centre, tuple(h * 1.45 for h in s.half), s.turn) for s in before)  # type: ignore[arg-type]
    levels = rng.uniform(*LESION, 8)
    first = _with(tissue, axes, zip((*old, *before), levels[[0, 1, 2, 3, 6, 7]], strict=True))
    second = _with(tissue, axes, zip((*old, *new, *grown), levels, strict=True))
    one, other = (
        _seen(v, axes, rng, noise, gain) for v, gain in ((first, 1.0), (second, float(rng.uniform(0.8, 1.2))))
    )
    return Head(one, other, old, new, grown)


def _axes() -> Axes:
    z, y, x = (np.arange(0, size, step) - size / 2 for size, step in zip(SIZE, SPACING, strict=True))
    return z, y, x


def _tissue(axes: Axes, rng: np.random.Generator) -> Floats:
    """The head without lesions, blur and noise."""
    z, y, x = axes
    far = np.sqrt((z[:, None, None] / 62.0) ** 2 + (y[:, None] / 72.0) ** 2 + (x / 58.0) ** 2)
    phase = rng.uniform(0, 6.28, 3)
    turn = np.arctan2(y[:, None], x)
    folds = 0.035 * np.sin(16 * turn + phase[0]) * np.cos(z[:, None, None] / 6 + phase[1])
    brain = np.full(far.shape, 10.0)
    brain[HEAD.inside(axes)] = SCALP
    brain[Solid((0, 0, 0), (63.0, 77.0, 67.0)).inside(axes)] = 40.0
    brain[far < 1.0] = LIQUOR
    brain[far + folds < 0.97] = CORTEX
    brain[far + 2.5 * folds < 0.90] = WHITE
    for side in (-1, 1):
        horn = Solid((side * 11.0, 0.0, 4.0), (6.0, 26.0, 12.0), side * 8.0)
        fill(brain, axes, Solid(horn.centre, (7.2, 27.2, 13.2), side * 8.0), 345.0)
        fill(brain, axes, horn, LIQUOR)
    return brain


def _lesions(rng: np.random.Generator, count: int) -> tuple[Solid, ...]:
    """Ellipsoids in white matter, away from cortex and ventricles, none near another."""
    found: list[Solid] = []
    while len(found) < count:
        place = rng.uniform(-1, 1, 3) * (44.0, 56.0, 40.0)
        half = rng.uniform(3.0, 7.0, 3)
        deep = np.linalg.norm(place / (58.0, 72.0, 62.0)) + 9.0 / 60
        beside = np.linalg.norm((np.abs(place) - (11.0, 0, 0)) / (16.0, 36.0, 22.0))
        if deep > 0.88 or beside < 1 or any(np.linalg.norm(place - s.centre) < 26 for s in found):
            continue
        (x, y, z), (a, b, c) = ((float(v) for v in w) for w in (place, half))
        found.append(Solid((x, y, z), (a, b, c), float(rng.uniform(0, 180))))
    return tuple(found)


def _with(tissue: Floats, axes: Axes, lesions: object) -> Floats:
    drawn = tissue.copy()
    for solid, level in lesions:  # type: ignore[attr-defined]
        fill(drawn, axes, solid, float(level))
    return drawn


def _seen(drawn: Floats, axes: Axes, rng: np.random.Generator, noise: float, gain: float) -> Image:
    rows = np.zeros((4, 4))
    rows[2, 0], rows[1, 1], rows[0, 2] = SPACING
    rows[:, 3] = axes[2][0], axes[1][0], axes[0][0], 1.0
    field = 1 + 0.08 * np.sin(axes[2] / 50) * np.cos(axes[1] / 60)[:, None]
    seen = rician(gain * field * blurred(drawn, SPACING, BLUR), noise * NOISE, rng)
    return Image(
        "mr", Voxels.of(seen.astype(np.float32)), "1", affine_of(rows), settings=(("series_description", "FLAIR"),)
    )
