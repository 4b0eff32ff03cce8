"""Three shells that enhance differently: what every enhancement must find.

The signal is S0 before contrast, S1 = S0 (1 + PE/100) early and S2 = S0 + (S1 - S0)/SER late. Voxels are whole: each
has the shell of its centre, so partial volume biases nothing but the count of voxels.
"""

from dataclasses import dataclass

import numpy as np

from vivomap.core import Image, Region, Voxels, affine_of

Phantom = tuple[tuple[Image, ...], tuple[Region, ...], dict[str, float]]
ENOUGH = 70.0  # %, the PE from which a shell counts


@dataclass(frozen=True)
class Shells:
    """Outer radii (mm) from the core out, their PE (%) and SER (1), signal before contrast, noise, and the grid."""

    radii_mm: tuple[float, float, float] = (8.0, 14.0, 20.0)
    pe: tuple[float, float, float] = (150.0, 90.0, 30.0)
    ser: tuple[float, float, float] = (1.2, 0.9, 0.7)
    s0: float = 400.0
    noise: float = 4.0
    spacing_mm: tuple[float, float, float] = (2.0, 1.0, 1.0)
    seconds: tuple[float, float, float] = (0.0, 120.0, 450.0)


def three_shells(shells: Shells = Shells(), seed: int = 0, noise: float = 1.0) -> Phantom:
    """A series of three time points, the region of all shells, and the truth by biomarker name.

    A seed other than 0 also lays the shells elsewhere on the grid; `noise` scales the noise.
    """
    rng = np.random.default_rng(seed)
    offset = rng.uniform(-0.5, 0.5, 3) if seed else np.full(3, 0.3)
    spacing = np.array(shells.spacing_mm)
    half = np.ceil(shells.radii_mm[2] / spacing).astype(int) + 3
    z, y, x = np.meshgrid(
        *((np.arange(-n, n + 1) - o) * s for n, o, s in zip(half, offset, spacing, strict=True)), indexing="ij"
    )
    r = np.sqrt(z**2 + y**2 + x**2)
    shell = np.searchsorted(shells.radii_mm, r)
    pe, ser = (np.array([*values, outside])[shell] for values, outside in ((shells.pe, 0.0), (shells.ser, 1.0)))
    rise = shells.s0 * pe / 100
    clean = np.stack([np.full(r.shape, shells.s0), shells.s0 + rise, shells.s0 + rise / ser])
    series = clean + rng.normal(0, noise * shells.noise, clean.shape)
    affine = affine_of(np.diag([*spacing, 1.0])[[2, 1, 0, 3]])
    dce = Image("dce", Voxels.of(series), "1", affine, frames=shells.seconds, frame_unit="s")
    region = Region("lesion", Voxels.of(r <= shells.radii_mm[2]), "lesion", "breast", affine)
    return (dce,), (region,), _truth(shells)


def _truth(shells: Shells) -> dict[str, float]:
    """Means over shells by their volumes; a noisy S0 lifts the mean of PE by (1 + PE/100) (noise/S0)²."""
    outer = 4 / 3 * np.pi * np.array(shells.radii_mm) ** 3
    volume = np.diff(outer, prepend=0.0)
    pe, ser = np.array(shells.pe), np.array(shells.ser)
    counted = volume * (pe >= ENOUGH)
    return {
        "percent_enhancement": float((volume * pe).sum() / volume.sum()),
        "signal_enhancement_ratio": float((counted * ser).sum() / counted.sum()),
        "functional_tumour_volume": float(counted.sum()) / 1000,
    }
