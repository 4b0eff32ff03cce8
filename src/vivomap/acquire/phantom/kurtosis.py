"""A block of tissue whose decay slows with b: what every kurtosis must find.

    S(b) = S0(x) exp(-b D + b² D² K / 6)        D and K the same all over, S0 from one side to the other

Noise is Rician.
"""

from dataclasses import dataclass

import numpy as np

from vivomap.acquire.phantom.noise import rician
from vivomap.core import Image, Region, Voxels, affine_of

Phantom = tuple[tuple[Image, ...], tuple[Region, ...], dict[str, float]]


@dataclass(frozen=True)
class Hindered:
    """b-values (s/mm2), D (mm2/s), K, signal at both sides, the ratio of their mean to noise, and the size."""

    b: tuple[float, ...] = (0.0, 250.0, 500.0, 750.0, 1000.0, 1500.0, 2000.0)
    diffusion: float = 1.0e-3
    kurtosis: float = 0.9
    s0: tuple[float, float] = (800.0, 1200.0)
    snr: float = 40.0
    shape: tuple[int, int, int] = (6, 14, 20)
    spacing_mm: tuple[float, float, float] = (4.0, 1.5, 1.5)


def hindered(block: Hindered = Hindered(), seed: int = 0, noise: float = 1.0) -> Phantom:
    """Diffusion-weighted images of the block in air, its region, and the truth by biomarker name; snr 0 is no noise."""
    depth, rows, columns = block.shape
    low, high = block.s0
    height = np.broadcast_to(low + (high - low) * (np.arange(columns) + 0.5) / columns, block.shape)
    inside = np.zeros((depth + 2, rows + 6, columns + 6), bool)
    inside[1:-1, 3:-3, 3:-3] = True
    signals = np.zeros((len(block.b), *inside.shape))
    for frame, b in enumerate(block.b):
        fall = b * block.diffusion
        signals[frame][inside] = (height * np.exp(-fall + fall**2 * block.kurtosis / 6)).ravel()
    if block.snr:
        signals = rician(signals, noise * (low + high) / 2 / block.snr, np.random.default_rng((seed, 2)))
    affine = affine_of(np.diag([*block.spacing_mm, 1.0])[[2, 1, 0, 3]])
    dwi = Image("dwi", Voxels.of(signals), "1", affine, frames=block.b, frame_unit="s/mm2")
    truth = {"kurtosis_diffusion": block.diffusion, "apparent_kurtosis": block.kurtosis}
    return (dwi,), (Region("lesion", Voxels.of(inside), "lesion", "brain", affine),), truth
