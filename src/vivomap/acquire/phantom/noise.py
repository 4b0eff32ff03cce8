"""What scanners do to the truth: the blur of PET, its noise that grows with uptake, and the noise of MR magnitude."""

from __future__ import annotations

import numpy as np

from vivomap.acquire.phantom.solids import Floats, Point


def blurred(volume: Floats, spacing: Point, sd: float) -> Floats:
    """The volume (z, y, x) as a Gaussian point spread of `sd` mm shows it; the edges go on as they are."""
    for axis, step in enumerate(spacing):
        reach = int(np.ceil(4 * sd / step))
        kernel = np.exp(-((np.arange(-reach, reach + 1) * step / sd) ** 2) / 2)
        wide = np.pad(volume, [(reach, reach) if a == axis else (0, 0) for a in range(3)], mode="edge")
        weights = kernel / kernel.sum()
        parts = [np.roll(wide, k - reach, axis) * weight for k, weight in enumerate(weights)]
        volume = np.take(np.sum(parts, axis=0), range(reach, wide.shape[axis] - reach), axis)
    return volume


def speckled(suv: Floats, share: float, of: float, rng: np.random.Generator) -> Floats:
    """SUV with noise whose variance grows with the uptake: a `share` of the uptake `of`; neighbours are alike."""
    rough = blurred(rng.standard_normal(suv.shape), (1.0, 1.0, 1.0), 0.7)
    sd = share * np.sqrt(np.maximum(suv, 0) * of)
    return np.asarray(np.maximum(suv + rough / rough.std() * sd, 0))


def rician(signal: Floats, sd: float, rng: np.random.Generator) -> Floats:
    """Magnitude of a signal with noise of `sd` in both channels."""
    return np.asarray(np.hypot(signal + sd * rng.standard_normal(signal.shape), sd * rng.standard_normal(signal.shape)))
