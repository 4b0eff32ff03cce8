"""Convolution along lines and over grids, and what lies beyond the border of an image.

A border is zero, nearest (the outermost voxel goes on), mirror (voxels come again, the outermost first) or periodic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import permutations, product
from typing import Any, NamedTuple

import numpy as np
from scipy import fft, ndimage

from vivomap.core.image import Array

BORDERS: dict[str, Any] = {
    "zero": "constant",
    "nearest": "nearest",
    "mirror": "reflect",
    "periodic": "wrap",
}  # as scipy calls them
PADS: dict[str, Any] = {
    "zero": "constant",
    "nearest": "edge",
    "mirror": "symmetric",
    "periodic": "wrap",
}  # as numpy calls them
POOLS: dict[str, Callable[[Sequence[Array]], Array]] = {
    "max": lambda maps: np.maximum.reduce(list(maps)),
    "mean": lambda maps: np.asarray(sum(maps[1:], start=maps[0]) / len(maps)),
}


class Turn(NamedTuple):
    """A turn by right angles: how axes are exchanged, and which are then reversed (-1)."""

    axes: tuple[int, ...]
    signs: tuple[int, ...]

    def of(self, values: Array) -> Array:
        """The values, turned."""
        return values.transpose(self.axes)[tuple(slice(None, None, s) for s in self.signs)]

    def back(self, values: Array) -> Array:
        """The values, turned back."""
        return values[tuple(slice(None, None, s) for s in self.signs)].transpose(np.argsort(self.axes))


def turns(flat: bool) -> Iterator[Turn]:
    """The 24 turns of a volume (z, y, x) onto its axes, or the four in plane of its slices."""
    for axes in permutations(range(3)):
        for signs in product((1, -1), repeat=3):
            turned = np.zeros((3, 3))
            turned[range(3), axes] = signs
            if np.linalg.det(turned) > 0 and not (flat and (axes[0], signs[0]) != (0, 1)):
                yield Turn(axes, signs)


def turned(values: Array, deed: Callable[[Array], Array], flat: bool, pool: str) -> Array:
    """What a filter makes of the image in every turn, turned back and pooled: its greatest or mean response."""
    return POOLS[pool]([turn.back(deed(np.ascontiguousarray(turn.of(values)))) for turn in turns(flat)])


def along(values: Array, lines: Sequence[Array], border: str) -> Array:
    """Convolution of the values (z, y, x) with a line along x, one along y, and where there are three one along z."""
    for line, axis in zip(lines, (2, 1, 0), strict=False):
        values = ndimage.convolve1d(values, line, axis=axis, mode=BORDERS[border])
    return values


def over(values: Array, kernels: Sequence[Array], border: str) -> Iterator[Array]:
    """Convolution with grids of one odd shape (y, x), slice by slice, or (z, y, x); complex where the grids are."""
    shape = kernels[0].shape
    axes = tuple(range(3 - len(shape), 3))
    half = [0] * (3 - len(shape)) + [n // 2 for n in shape]
    wide = np.pad(values, [(h, h) for h in half], mode=PADS[border])
    sides = [fft.next_fast_len(wide.shape[axis]) for axis in axes]
    spectrum = fft.fftn(wide, sides, axes)
    place = tuple(slice(2 * h, 2 * h + n) for h, n in zip(half, values.shape, strict=True))
    for kernel in kernels:
        found = fft.ifftn(spectrum * fft.fftn(kernel, sides), axes=axes)[place]
        yield found if np.iscomplexobj(kernel) else found.real


def passed(values: Array, response: Callable[[Array], Array], flat: bool) -> Array:
    """A filter given by its response to the wave number, as a share of the highest along an axis; periodic.

    The wave numbers run evenly from -1 to 1 over each axis, both ends counted: the grid of the IBSI reference maps.
    """
    axes = (1, 2) if flat else (0, 1, 2)
    lines = np.meshgrid(*(np.linspace(-1, 1, values.shape[k]) for k in axes), indexing="ij", sparse=True)
    share = fft.ifftshift(response(np.sqrt(sum(x**2 for x in lines))))
    return np.asarray(fft.ifftn(fft.fftn(values, axes=axes) * share, axes=axes).real)
