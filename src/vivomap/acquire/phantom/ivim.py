"""A block of tissue with flowing blood in it, more on one side than on the other: what every IVIM must find.

    S(b) = S0 (f(x) exp(-b D*) + (1 - f(x)) exp(-b D)),  f from low to high over the block: mean f = (low + high)/2

The mean signal of the block is that of its mean f. Noise is Rician.
"""

from dataclasses import dataclass

import numpy as np

from vivomap.acquire.phantom.noise import rician
from vivomap.core import Image, Region, Voxels, affine_of

Phantom = tuple[tuple[Image, ...], tuple[Region, ...], dict[str, float]]


@dataclass(frozen=True)
class Perfused:
    """b-values (s/mm2), D and D* (mm2/s), f at both sides, signal at b = 0, its ratio to noise, and the size."""

    b: tuple[float, ...] = (0, 10, 20, 30, 50, 75, 100, 150, 250, 400, 550, 700, 850)
    diffusion: float = 1.2e-3
    pseudodiffusion: float = 0.03
    low: float = 0.12
    high: float = 0.28
    s0: float = 1000.0
    snr: float = 50.0
    shape: tuple[int, int, int] = (6, 14, 20)
    spacing_mm: tuple[float, float, float] = (4.0, 1.5, 1.5)


def perfused(block: Perfused = Perfused(), seed: int = 0, noise: float = 1.0) -> Phantom:
    """Diffusion-weighted images of the block in air, its region, and the truth by biomarker name; snr 0 is no noise."""
    depth, rows, columns = block.shape
    flowing = np.broadcast_to(block.low + (block.high - block.low) * (np.arange(columns) + 0.5) / columns, block.shape)
    inside = np.zeros((depth + 2, rows + 6, columns + 6), bool)
    inside[1:-1, 3:-3, 3:-3] = True
    signals = np.zeros((len(block.b), *inside.shape))
    for frame, b in enumerate(block.b):
        blood, tissue = np.exp(-b * block.pseudodiffusion), np.exp(-b * block.diffusion)
        signals[frame][inside] = (block.s0 * (flowing * blood + (1 - flowing) * tissue)).ravel()
    if block.snr:
        signals = rician(signals, noise * block.s0 / block.snr, np.random.default_rng(seed))
    affine = affine_of(np.diag([*block.spacing_mm, 1.0])[[2, 1, 0, 3]])
    dwi = Image("dwi", Voxels.of(signals), "1", affine, frames=tuple(map(float, block.b)), frame_unit="s/mm2")
    truth = {
        "ivim_diffusion": block.diffusion,
        "ivim_fraction": (block.low + block.high) / 2,
        "ivim_pseudodiffusion": block.pseudodiffusion,
    }
    return (dwi,), (Region("lesion", Voxels.of(inside), "lesion", "liver", affine),), truth
