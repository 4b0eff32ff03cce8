"""A block whose saturation rises evenly, imaged without and with the pulse: what every MTR must find."""

from dataclasses import dataclass

import numpy as np

from vivomap.acquire.phantom.noise import rician
from vivomap.core import Image, Region, Voxels, affine_of

Phantom = tuple[tuple[Image, ...], tuple[Region, ...], dict[str, float]]


@dataclass(frozen=True)
class Pair:
    """MTR at both sides (%), signal without the pulse, its ratio to noise (0: none), and the size."""

    mtr: tuple[float, float] = (30.0, 50.0)
    s0: float = 600.0
    snr: float = 40.0
    shape: tuple[int, int, int] = (6, 12, 20)


def saturated(pair: Pair = Pair(), seed: int = 0, noise: float = 1.0) -> Phantom:
    """The two images of the block in air, its region, and the truth by biomarker name."""
    columns = pair.shape[2]
    mtr = pair.mtr[0] + (pair.mtr[1] - pair.mtr[0]) * (np.arange(columns) + 0.5) / columns
    inside = np.pad(np.ones(pair.shape, bool), ((1, 1), (3, 3), (3, 3)))
    off, on = np.zeros(inside.shape), np.zeros(inside.shape)
    off[inside] = pair.s0
    on[inside] = np.broadcast_to(pair.s0 * (1 - mtr / 100), pair.shape).ravel()
    if pair.snr:
        rng = np.random.default_rng(seed)
        off, on = (rician(image, noise * pair.s0 / pair.snr, rng) for image in (off, on))
    affine = affine_of(np.diag([4.0, 1.0, 1.0, 1.0])[[2, 1, 0, 3]])
    images = (Image("mt_off", Voxels.of(off), "1", affine), Image("mt_on", Voxels.of(on), "1", affine))
    return images, (Region("lesion", Voxels.of(inside), "lesion", "brain", affine),), {"mtr": float(mtr.mean())}
