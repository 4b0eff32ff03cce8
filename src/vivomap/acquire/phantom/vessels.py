"""The vessels of the lungs: two trees that fork from the hilum outwards, thinner at every fork."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vivomap.acquire.phantom.solids import Axes, Floats

FORKS = 6
HILA = ((-36.0, 2.0, 6.0), (38.0, 4.0, 10.0))  # where the trees of the right and the left lung begin, mm LPS


@lru_cache(maxsize=4)
def branches(seed: int) -> tuple[tuple[Floats, Floats, float, float], ...]:
    """Every branch as start, end (mm LPS) and the radii at both (mm)."""
    rng = np.random.default_rng([seed, 77])
    found: list[tuple[Floats, Floats, float, float]] = []
    for hilum in HILA:
        for _ in range(11):
            toward = rng.normal(size=3) * (0.5, 1.0, 1.2) + (np.sign(hilum[0]) * 0.9, 0, 0)
            _grow(rng, found, np.asarray(hilum), toward / np.linalg.norm(toward), FORKS)
    return tuple(found)


def _grow(rng: np.random.Generator, found: list[Any], start: Floats, toward: Floats, forks: int) -> None:
    radius = 0.7 * 1.33**forks * 0.72
    end = start + toward * rng.uniform(13, 21) * 0.93 ** (FORKS - forks)
    found.append((start, end, radius, radius * 0.8))
    if forks == 0:
        return
    for _ in range(2):
        bend = toward + rng.normal(size=3) * 0.5
        _grow(rng, found, end, bend / np.linalg.norm(bend), forks - 1)


def draw(volume: NDArray[Any], lungs: NDArray[Any], axes: Axes, tree: Any, value: float) -> None:
    """Paint the branches into a volume (z, y, x), only where it is lung."""
    pixel = max(float(axes[2][1] - axes[2][0]), 1.0)
    for start, end, wide, thin in tree:
        low, high = np.minimum(start, end) - wide - pixel, np.maximum(start, end) + wide + pixel
        box = tuple(
            slice(*np.searchsorted(axis, [one, other]))
            for axis, one, other in zip(axes, low[::-1], high[::-1], strict=True)
        )
        z, y, x = (axis[part] - s for axis, part, s in zip(axes, box, start[::-1], strict=True))
        if not (z.size and y.size and x.size):
            continue
        step = end - start
        along = (z[:, None, None] * step[2] + y[None, :, None] * step[1] + x[None, None] * step[0]) / (step @ step)
        along = np.clip(along, 0, 1)
        apart = (z[:, None, None] - along * step[2]) ** 2 + (y[None, :, None] - along * step[1]) ** 2
        apart = np.sqrt(apart + (x[None, None] - along * step[0]) ** 2)
        share = np.clip(0.5 - (apart - wide - along * (thin - wide)) / pixel, 0, 1) * lungs[box]
        volume[box] += (share * (value - volume[box])).astype(volume.dtype)
