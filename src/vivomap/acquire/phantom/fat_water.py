"""A liver whose fat rises evenly from one side to the other, in complex echoes under a field that bends.

The six peaks of liver fat are those of Hamilton (NMR Biomed 2011), in ppm from water. Each seed draws the peaks of this
person's fat about them, and the phase of the echoes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vivomap.core import Image, Region, Voxels, affine_of

Phantom = tuple[tuple[Image, ...], tuple[Region, ...], dict[str, float]]
PEAKS = ((0.60, 0.048), (-0.39, 0.039), (-1.94, 0.004), (-2.60, 0.128), (-3.40, 0.693), (-3.80, 0.087))


@dataclass(frozen=True)
class Echoes:
    """Echo times (ms), field (T), fat at both sides (%), T2* (ms), how far the field bends (Hz), SNR, peaks' spread."""

    times: tuple[float, ...] = (1.2, 2.2, 3.2, 4.2, 5.2, 6.2)
    field_t: float = 3.0
    fat: tuple[float, float] = (10.0, 30.0)
    t2_star: float = 20.0
    bend: float = 80.0
    snr: float = 40.0
    spread: float = 0.05
    shape: tuple[int, int, int] = (6, 16, 24)


def fatty(liver: Echoes = Echoes(), seed: int = 0, noise: float = 1.0) -> Phantom:
    """Magnitude and phase of the echoes in air, the region, and the truth by biomarker name."""
    rng = np.random.default_rng(seed)
    times = np.array(liver.times) / 1000
    columns = liver.shape[2]
    share = (liver.fat[0] + (liver.fat[1] - liver.fat[0]) * (np.arange(columns) + 0.5) / columns) / 100
    lipid, phase = np.zeros(len(times), complex), rng.uniform(-3, 3)
    heights = np.array([a for _, a in PEAKS]) * (1 + liver.spread * rng.standard_normal(len(PEAKS)))
    for (shift, _), height in zip(PEAKS, heights / heights.sum(), strict=True):
        lipid += height * np.exp(2j * np.pi * shift * 42.577 * liver.field_t * times)
    z, y, x = np.meshgrid(*(np.linspace(-1, 1, n) for n in liver.shape), indexing="ij")
    field = liver.bend * (0.6 * x + 0.5 * y * y - 0.3 * z * x + 0.2)
    decay = np.exp((2j * np.pi * field[None] - 1000 / liver.t2_star) * times[:, None, None, None])
    body = 1000 * ((1 - share) + share * lipid[:, None])[:, None, None, :] * decay * np.exp(1j * phase)
    inside = np.pad(np.ones(liver.shape, bool), ((1, 1), (4, 4), (4, 4)))
    signals = np.zeros((len(times), *inside.shape), complex)
    signals[:, inside] = np.broadcast_to(body, (len(times), *liver.shape)).reshape(len(times), -1)
    if liver.snr:
        sd = noise * 1000 / liver.snr
        signals += sd * (rng.standard_normal(signals.shape) + 1j * rng.standard_normal(signals.shape))
    affine = affine_of(np.diag([5.0, 2.0, 2.0, 1.0])[[2, 1, 0, 3]])
    settings = (("field_t", liver.field_t),)
    parts = (("echo", np.abs(signals), "1"), ("echo_phase", np.angle(signals), "rad"))
    images = tuple(Image(r, Voxels.of(v), u, affine, liver.times, "ms", settings) for r, v, u in parts)
    region = Region("liver", Voxels.of(inside), "liver", "liver", affine)
    return images, (region,), {"fat_fraction": float(100 * share.mean()), "t2_star": liver.t2_star}
