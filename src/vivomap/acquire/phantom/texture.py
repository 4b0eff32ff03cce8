"""A block of tissue in bands across its columns, whose texture can be counted on paper; and an ellipsoid of known area.

Intensity depends on the column alone, so that of N slices × M rows × K columns every pair of neighbours, every
neighbourhood and every level is known from the one line of K levels. Voxels are twice as thick as wide or more: the
block fills whole voxels of the finer grid, so that interpolation across slices changes nothing but the noise.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np
from scipy.special import elliprg

from vivomap.core import Image, Region, Voxels, affine_of
from vivomap.core.image import Array

Phantom = tuple[tuple[Image, ...], tuple[Region, ...], dict[str, float]]


@dataclass(frozen=True)
class Bands:
    """Slices, rows and columns of the block; voxel (z, y, x) in mm; levels of `width` from `first`; noise (one sd).

    `lowest` and `highest` are the levels that a band may have; bands are two to four columns wide.
    """

    block: tuple[int, int, int] = (8, 16, 40)
    spacing_mm: tuple[float, float, float] = (4.0, 2.0, 2.0)
    role: str = "ct"
    unit: str = "[hnsf'U]"
    first: float = -1000.0
    width: float = 25.0
    lowest: int = 37
    highest: int = 46
    noise: float = 5.0


UPTAKE = Bands((8, 14, 36), (8.0, 4.0, 4.0), "suv", "g/ml{SUVbw}", 0.0, 0.5, 4, 16, 0.1)
MARGIN = 3  # voxels around the block, which hold the bands too


def banded(bands: Bands = Bands(), seed: int = 0, noise: float = 1.0) -> Phantom:
    """The block, its region, and the truth by biomarker name; `noise` scales the noise."""
    rng = np.random.default_rng(seed)
    depth, rows, columns = bands.block
    line = _line(columns, bands, rng)
    wide = np.pad(line, MARGIN, mode="edge")
    values = np.broadcast_to(
        bands.first + bands.width * (wide - 0.5), (depth + 2 * MARGIN, rows + 2 * MARGIN, wide.size)
    )
    inside = np.zeros(values.shape, bool)
    inside[MARGIN:-MARGIN, MARGIN:-MARGIN, MARGIN:-MARGIN] = True
    affine = affine_of(np.diag([*bands.spacing_mm, 1.0])[[2, 1, 0, 3]])
    noisy = values + rng.normal(0, noise * bands.noise, values.shape)
    image = Image(bands.role, Voxels.of(noisy), bands.unit, affine)
    finer = round(bands.spacing_mm[0] / bands.spacing_mm[1])
    truth = {f"{bands.role}_{k}": v for k, v in counted(line, finer * depth, rows).items()}
    return (image,), (Region("lesion", Voxels.of(inside), "lesion", "lung", affine),), truth


def banded_uptake(seed: int = 0, noise: float = 1.0) -> Phantom:
    """The same in uptake: levels 0.5 SUV wide, voxels of 8 × 4 × 4 mm."""
    return banded(UPTAKE, seed, noise)


def _line(columns: int, bands: Bands, rng: np.random.Generator) -> Array:
    """Levels along the columns: bands of two to four columns, no two neighbours alike."""
    line: list[int] = []
    while len(line) < columns:
        level = int(rng.integers(bands.lowest, bands.highest + 1))
        if not line or level != line[-1]:
            line += [level] * int(rng.integers(2, 5))
    return np.array(line[:columns])


def counted(line: Array, depth: int, rows: int) -> dict[str, float]:
    """The truth of depth × rows lines of levels: of levels, of the 26 neighbours in pairs, and of neighbourhoods."""
    share = np.bincount(line) / line.size
    pairs = _pairs([int(v) for v in line], depth, rows)
    total = sum(pairs.values())
    p = {pair: count / total for pair, count in pairs.items()}
    mean = sum(i * v for (i, _), v in p.items())
    spread = sum((i - mean) ** 2 * v for (i, _), v in p.items())
    return {
        "entropy": _entropy(share[share > 0]),
        "uniformity": float((share**2).sum()),
        "joint_entropy": _entropy(np.array([v for v in p.values() if v])),
        "contrast": float(sum((i - j) ** 2 * v for (i, j), v in p.items())),
        "correlation": float(sum((i - mean) * (j - mean) * v for (i, j), v in p.items()) / spread),
        "homogeneity": float(sum(v / (1 + (i - j) ** 2) for (i, j), v in p.items())),
        "coarseness": 1 / _apart(line, share, depth, rows),
    }


def _entropy(share: Array) -> float:
    return float(-(share * np.log2(share)).sum())


def _pairs(line: list[int], depth: int, rows: int) -> dict[tuple[int, int], int]:
    """How often two levels are neighbours, seen from either: the same column 8 ways, the next column 9 ways."""
    found: dict[tuple[int, int], int] = {}
    for z, y in product((-1, 0, 1), repeat=2):
        times = (depth - abs(z)) * (rows - abs(y))
        next_to = list(pairwise(line))
        same = [(v, v) for v in line] if (z, y) != (0, 0) else []
        for pair in (*next_to, *((b, a) for a, b in next_to), *same):
            found[pair] = found.get(pair, 0) + times
    return found


def _apart(line: Array, share: Array, depth: int, rows: int) -> float:
    """Sum over levels of their share times the sum of |level - mean of neighbours| over their voxels."""
    columns = [(k, line[max(k - 1, 0) : k + 2].astype(float)) for k in range(line.size)]
    total = 0.0
    for across, times in _across(depth, rows):
        for k, near in columns:
            mean = (across * near.sum() - line[k]) / (across * near.size - 1)
            total += float(share[line[k]]) * times * abs(float(line[k]) - float(mean))
    return total


def _across(depth: int, rows: int) -> Iterator[tuple[int, int]]:
    """How many lines touch a line, itself included, and how many lines have so many."""
    for (near_z, times_z), (near_y, times_y) in product(((2, 2), (3, depth - 2)), ((2, 2), (3, rows - 2))):
        yield near_z * near_y, times_z * times_y


def ball_like(seed: int = 0, noise: float = 1.0) -> Phantom:
    """CT of an ellipsoid turned in space, its region, and its sphericity from its true area (an elliptic integral).

    `noise` scales that of the image; the region is drawn without any.
    """
    rng = np.random.default_rng(seed)
    semi, spacing = np.sort(rng.uniform(9, 18, 3)), np.array([2.0, 1.0, 1.0])
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    half = np.ceil(20 / spacing).astype(int)
    place = [(np.arange(-n, n + 1) - rng.uniform(-0.5, 0.5)) * s for n, s in zip(half, spacing, strict=True)]
    grid = np.stack(np.meshgrid(*place, indexing="ij"), axis=-1)
    mask = ((grid @ turn / semi) ** 2).sum(axis=-1) <= 1
    affine = affine_of(np.diag([*spacing, 1.0])[[2, 1, 0, 3]])
    ct = Image(
        "ct", Voxels.of(np.where(mask, 40.0, -800.0) + rng.normal(0, 12 * noise, mask.shape)), "[hnsf'U]", affine
    )
    a, b, c = semi
    area = 4 * np.pi * float(elliprg((a * b) ** 2, (a * c) ** 2, (b * c) ** 2))
    truth = {"sphericity": float((36 * np.pi * (4 / 3 * np.pi * a * b * c) ** 2) ** (1 / 3) / area)}
    return (ct,), (Region("lesion", Voxels.of(mask), "lesion", "lung", affine),), truth
