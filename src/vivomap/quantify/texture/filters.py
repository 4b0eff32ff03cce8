"""The filters of IBSI 2 as cards: what brings out edges, spots, waves or detail of one size before a feature is read.

Lengths are in mm, but for mean, Laws and wavelets, which IBSI defines in voxels; and the Laplacian counts steps of
voxels. So responses hang on the voxel size of the card of processing that they stand on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vivomap.core import Refusal
from vivomap.core.image import Array
from vivomap.maths.filters import responses
from vivomap.maths.filters.convolving import BORDERS, POOLS
from vivomap.maths.filters.kernels import GABOR_CUT, laws, wavelet
from vivomap.maths.texture.grid import Size

EVEN = 0.01  # project: sides of voxels that differ by more are not even, in parts of the side


@dataclass(frozen=True)
class Mean:
    """The mean of a square or cube of an odd number of voxels."""

    width: int = 5
    flat: bool = False
    border: str = "mirror"

    def __post_init__(self) -> None:
        _known(self.border)
        if self.width < 1 or self.width % 2 == 0:
            raise Refusal("bad_setting", "a mean is of an odd number of voxels", found=str(self.width))

    @property
    def name(self) -> str:
        """The filter and what it was set to."""
        return f"mean {self.width}{_way(self.flat, self.border)}"

    def reach_mm(self, size: Size) -> float:
        """How far a voxel is looked for."""
        return _far(self.border, self.width * max(size))

    def response(self, values: Array, size: Size) -> Array:
        """The response map of values (z, y, x)."""
        return responses.mean(values, self.width, self.border, self.flat)


@dataclass(frozen=True)
class Spots:
    """Laplacian of a Gaussian: bright where a dark spot of about the scale lies, dark where a bright one does."""

    scale_mm: float
    cut: float = 4.0
    flat: bool = False
    border: str = "mirror"

    def __post_init__(self) -> None:
        _known(self.border)
        if self.scale_mm <= 0 or self.cut <= 0:
            raise Refusal("bad_setting", "a scale is a length above 0", found=f"{self.scale_mm:g}", expected="mm")

    @property
    def name(self) -> str:
        """The filter and what it was set to."""
        return f"log {self.scale_mm:g} mm{_way(self.flat, self.border)}"

    def reach_mm(self, size: Size) -> float:
        """How far a voxel is looked for."""
        return _far(self.border, self.cut * self.scale_mm + max(size))

    def response(self, values: Array, size: Size) -> Array:
        """The response map of values (z, y, x). Raises Refusal if the voxels have uneven sides."""
        _even(size, self.flat, "mean", self.name)
        return responses.spots(values, self.scale_mm / size[2], self.cut, self.border, self.flat)


@dataclass(frozen=True)
class Lines:
    """Laws kernels: two names for slices, three for a volume; with `reach` the energy within so many voxels."""

    kernels: str
    pool: str = "max"
    reach: int = 7
    border: str = "mirror"

    def __post_init__(self) -> None:
        _known(self.border, self.pool)
        laws(self.kernels)

    @property
    def flat(self) -> bool:
        """Whether it runs slice by slice."""
        return len(self.kernels) == 4

    @property
    def name(self) -> str:
        """The filter and what it was set to."""
        energy = f" energy {self.reach}" if self.reach else ""
        return f"laws {self.kernels}{energy}{_pooled(self.pool)}{_way(self.flat, self.border)}"

    def reach_mm(self, size: Size) -> float:
        """How far a voxel is looked for."""
        return _far(self.border, (self.reach + 3) * max(size))

    def response(self, values: Array, size: Size) -> Array:
        """The response map of values (z, y, x). Raises Refusal if it is pooled on voxels of uneven sides."""
        _even(size, self.flat, self.pool, self.name)
        found = responses.lines(values, self.kernels, self.border, self.pool)
        return responses.energy(found, self.reach, self.border, self.flat) if self.reach else found


@dataclass(frozen=True)
class Waves:
    """Gabor waves of one length, averaged over `turns` orientations of half a circle; in slices or in three planes."""

    scale_mm: float
    length_mm: float
    ratio: float = 1.0
    turns: int = 8
    flat: bool = False
    border: str = "mirror"

    def __post_init__(self) -> None:
        _known(self.border)
        if min(self.scale_mm, self.length_mm, self.ratio) <= 0 or self.turns < 1:
            raise Refusal("bad_setting", "a wave has a scale, a length, a ratio and orientations above 0")

    @property
    def name(self) -> str:
        """The filter and what it was set to."""
        shape = f"{self.scale_mm:g} mm wave {self.length_mm:g} mm ratio {self.ratio:g}"
        return f"gabor {shape} turns {self.turns}{_way(self.flat, self.border)}"

    def reach_mm(self, size: Size) -> float:
        """How far a voxel is looked for."""
        return _far(self.border, GABOR_CUT * self.scale_mm * max(1.0, 1 / self.ratio) + max(size))

    def response(self, values: Array, size: Size) -> Array:
        """The response map of values (z, y, x). Raises Refusal if the voxels have uneven sides."""
        _even(size, self.flat, "mean", self.name)
        shape = (self.scale_mm / size[2], self.length_mm / size[2], self.ratio)
        angles = tuple(np.pi * k / self.turns for k in range(self.turns))
        return responses.waves(values, shape, angles, self.border, self.flat)


@dataclass(frozen=True)
class Details:
    """A separable wavelet, not decimated: low (L) and high (H) passes along x, y and z, or x and y for slices."""

    wavelet: str
    passes: str
    level: int = 1
    pool: str = "mean"
    border: str = "mirror"

    def __post_init__(self) -> None:
        _known(self.border, self.pool)
        wavelet(self.wavelet)
        if set(self.passes) - set("LH") or len(self.passes) not in (2, 3) or self.level < 1:
            found = f"{self.passes}, level {self.level}"
            raise Refusal("bad_setting", "there is no such pass of a wavelet", found=found, expected="LLH, level 1")

    @property
    def flat(self) -> bool:
        """Whether it runs slice by slice."""
        return len(self.passes) == 2

    @property
    def name(self) -> str:
        """The filter and what it was set to."""
        way = _way(self.flat, self.border)
        return f"wavelet {self.wavelet} {self.passes} level {self.level}{_pooled(self.pool)}{way}"

    def reach_mm(self, size: Size) -> float:
        """How far a voxel is looked for."""
        return _far(self.border, wavelet(self.wavelet)[0].size * 2**self.level * max(size))

    def response(self, values: Array, size: Size) -> Array:
        """The response map of values (z, y, x). Raises Refusal if it is pooled on voxels of uneven sides."""
        _even(size, self.flat, self.pool, self.name)
        return responses.details(values, self.wavelet, self.passes, self.level, self.border, self.pool)


@dataclass(frozen=True)
class Rings:
    """Simoncelli's wavelet: detail of one octave, in every direction alike. The image is taken as periodic."""

    level: int = 1
    flat: bool = False

    def __post_init__(self) -> None:
        if self.level < 1:
            raise Refusal("bad_setting", "levels of a wavelet are counted from 1", found=str(self.level))

    @property
    def name(self) -> str:
        """The filter and what it was set to."""
        return f"simoncelli level {self.level}{_way(self.flat, 'periodic')}"

    def reach_mm(self, size: Size) -> float:
        """How far a voxel is looked for."""
        return np.inf

    def response(self, values: Array, size: Size) -> Array:
        """The response map of values (z, y, x). Raises Refusal if the voxels have uneven sides."""
        _even(size, self.flat, "mean", self.name)
        return responses.rings(values, self.level, self.flat)


Filter = Mean | Spots | Lines | Waves | Details | Rings


def _known(border: str, pool: str = "") -> None:
    """Raises Refusal if there is no such border or way of pooling."""
    if border not in BORDERS or pool not in ("", *POOLS):
        found = f"{border}, {pool}"
        raise Refusal("unknown_name", "a filter cannot be run so", found=found, expected=", ".join(BORDERS))


def _even(size: Size, flat: bool, pool: str, name: str) -> None:
    """Raises Refusal if a filter that exchanges axes meets voxels of uneven sides."""
    sides = size[1:] if flat else size
    if pool and max(sides) - min(sides) > EVEN * max(sides):
        found, expected = " × ".join(f"{s:g}" for s in sides), "even sides: a card with a voxel size"
        raise Refusal("uneven_voxels", f"{name} needs voxels of even sides", found=found, expected=expected)


def _far(border: str, reach: float) -> float:
    """The reach; without end where the image goes on from its other side."""
    return np.inf if border == "periodic" else reach


def _way(flat: bool, border: str) -> str:
    return f"{' 2D' if flat else ' 3D'} {border}"


def _pooled(pool: str) -> str:
    return f" {pool}" if pool else ""
