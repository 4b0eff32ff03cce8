"""A block of tissue whose ADC rises evenly from one side to the other: what every ADC must find.

    S(b) = S0 exp(-b D(x)),  D from low to high over the block:  mean = (low + high)/2,  P10 = low + 0.1 (high - low)

Noise is Rician: the size of a complex signal with Gaussian noise in both parts.
"""

from dataclasses import dataclass

import numpy as np

from vivomap.core import Image, Region, Voxels, affine_of

Phantom = tuple[tuple[Image, ...], tuple[Region, ...], dict[str, float]]


@dataclass(frozen=True)
class Block:
    """b-values (s/mm2), ADC at both sides (mm2/s), signal without diffusion, its ratio to noise, and the size."""

    b: tuple[float, ...] = (0.0, 100.0, 400.0, 800.0)
    low: float = 0.9e-3
    high: float = 1.3e-3
    s0: float = 1000.0
    snr: float = 50.0
    shape: tuple[int, int, int] = (8, 14, 20)
    spacing_mm: tuple[float, float, float] = (4.0, 1.5, 1.5)


def decaying(block: Block = Block(), seed: int = 0, noise: float = 1.0) -> Phantom:
    """Diffusion-weighted images of the block in air, its region, and the truth by biomarker name; snr 0 is no noise.

    `noise` scales the noise.
    """
    depth, rows, columns = block.shape
    steps = (np.arange(columns) + 0.5) / columns
    adc = np.broadcast_to(block.low + (block.high - block.low) * steps, block.shape)
    inside = np.zeros((depth + 2, rows + 6, columns + 6), bool)
    inside[1:-1, 3:-3, 3:-3] = True
    signals = np.zeros((len(block.b), *inside.shape))
    for frame, b in enumerate(block.b):
        signals[frame][inside] = (block.s0 * np.exp(-b * adc)).ravel()
    if block.snr:
        sigma = noise * block.s0 / block.snr
        parts = np.random.default_rng(seed).normal(0, sigma, (2, *signals.shape))
        signals = np.hypot(signals + parts[0], parts[1])
    affine = affine_of(np.diag([*block.spacing_mm, 1.0])[[2, 1, 0, 3]])
    dwi = Image("dwi", Voxels.of(signals), "1", affine, frames=block.b, frame_unit="s/mm2")
    mean, p10 = (block.low + block.high) / 2, block.low + 0.1 * (block.high - block.low)
    truth = {"fitted_adc": mean, "mean_adc": mean, "adc_p10": p10}
    return (dwi,), (Region("lesion", Voxels.of(inside), "lesion", "liver", affine),), truth
