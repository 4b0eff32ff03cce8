"""A block whose T2 rises evenly from one side to the other, in a train of spin echoes: what every T2 must find."""

from dataclasses import dataclass

import numpy as np

from vivomap.acquire.phantom.noise import rician
from vivomap.core import Image, Region, Voxels, affine_of

Phantom = tuple[tuple[Image, ...], tuple[Region, ...], dict[str, float]]


@dataclass(frozen=True)
class Train:
    """Echo times and T2 at both sides (ms), signal at echo time 0, its ratio to noise (0: none), and the size."""

    echoes: tuple[float, ...] = (15.0, 30.0, 45.0, 60.0, 75.0, 90.0)
    t2: tuple[float, float] = (60.0, 100.0)
    s0: float = 1000.0
    snr: float = 80.0
    shape: tuple[int, int, int] = (6, 12, 20)


def fading(train: Train = Train(), seed: int = 0, noise: float = 1.0) -> Phantom:
    """The echoes of the block in air, its region, and the truth by biomarker name."""
    columns = train.shape[2]
    t2 = train.t2[0] + (train.t2[1] - train.t2[0]) * (np.arange(columns) + 0.5) / columns
    inside = np.pad(np.ones(train.shape, bool), ((1, 1), (3, 3), (3, 3)))
    signals = np.zeros((len(train.echoes), *inside.shape))
    for k, time in enumerate(train.echoes):
        signals[k][inside] = np.broadcast_to(train.s0 * np.exp(-time / t2), train.shape).ravel()
    if train.snr:
        signals = rician(signals, noise * train.s0 / train.snr, np.random.default_rng(seed))
    affine = affine_of(np.diag([4.0, 1.5, 1.5, 1.0])[[2, 1, 0, 3]])
    echo = Image("echo", Voxels.of(signals), "1", affine, frames=train.echoes, frame_unit="ms")
    region = Region("lesion", Voxels.of(inside), "lesion", "brain", affine)
    return (echo,), (region,), {"t2": float(t2.mean())}
