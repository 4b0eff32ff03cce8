"""A solid ellipsoid on CT whose volume, axes and density are known: what every size must find.

Semi-axes a (along z), b and c (in plane, mm), turned in plane by an angle:

    volume = 4/3 pi a b c / 1000 mL      long axis = 2 max(b, c) mm      short axis = 2 min(b, c) mm
"""

from dataclasses import dataclass

import numpy as np

from vivomap.core import Image, Region, Voxels, affine_of

Phantom = tuple[tuple[Image, ...], tuple[Region, ...], dict[str, float]]
AIR, MARGIN = -800.0, 3  # HU around the lesion, as in lung; voxels around it


@dataclass(frozen=True)
class Ellipsoid:
    """Semi-axes and grid steps (z, y, x) in mm, place of the centre between voxels (-0.5 to 0.5), turn in plane."""

    semi_mm: tuple[float, float, float] = (14.0, 11.0, 16.0)
    spacing_mm: tuple[float, float, float] = (2.5, 0.7, 0.7)
    offset: tuple[float, float, float] = (0.2, -0.3, 0.4)
    turn_deg: float = 30.0
    hu: float = 40.0
    noise_hu: float = 12.0


def ellipsoid(shape: Ellipsoid = Ellipsoid(), seed: int = 0, noise: float = 1.0) -> Phantom:
    """CT of one ellipsoid, its region (voxels with their centre inside), and the truth by biomarker name.

    A seed other than 0 also lays it elsewhere on the grid and turns it; `noise` scales the noise.
    """
    rng = np.random.default_rng(seed)
    offset = rng.uniform(-0.5, 0.5, 3) if seed else shape.offset
    turn = np.deg2rad(rng.uniform(0, 180) if seed else shape.turn_deg)
    spacing, semi = np.array(shape.spacing_mm), np.array(shape.semi_mm)
    half = np.ceil(np.array([semi[0], max(semi[1:]), max(semi[1:])]) / spacing).astype(int) + MARGIN
    z, y, x = np.meshgrid(
        *((np.arange(-n, n + 1) - o) * s for n, o, s in zip(half, offset, spacing, strict=True)), indexing="ij"
    )
    along, across = np.cos(turn) * x + np.sin(turn) * y, np.cos(turn) * y - np.sin(turn) * x
    mask = (z / semi[0]) ** 2 + (across / semi[1]) ** 2 + (along / semi[2]) ** 2 <= 1
    noisy = rng.normal(0, noise * shape.noise_hu, mask.shape)
    affine = affine_of(np.diag([*spacing, 1.0])[[2, 1, 0, 3]])  # z, y, x steps along S, P, L
    ct = Image("ct", Voxels.of(np.where(mask, shape.hu, AIR) + noisy), "[hnsf'U]", affine)
    mm3 = 4 / 3 * np.pi * float(np.prod(semi))
    truth = {
        "volume": mm3 / 1000,
        "mesh_volume": mm3 / 1000,
        "voxel_count": mm3 / float(np.prod(spacing)),
        "long_axis": 2 * float(max(semi[1:])),
        "short_axis": 2 * float(min(semi[1:])),
        "density": shape.hu,
    }
    return (ct,), (Region("lesion", Voxels.of(mask), "lesion", "lung", affine),), truth
