"""What each filter makes of a volume (z, y, x): its response map, on the same grid.

A filter is flat (slice by slice, in plane) or solid; made independent of direction by pooling its turns by right
angles or, for Gabor, its orientations and the three planes. Wavelets are not decimated: at level j each number of a
line is followed by 2^(j-1) - 1 zeros. Simoncelli's passes, at level j and wave number w (1: the highest of an axis),

    cos(pi/2 log2(2 w 2^(j-1)))     for  1/4 < w 2^(j-1) <= 1,     else nothing
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import numpy as np
from scipy import ndimage

from vivomap.core.image import Array
from vivomap.maths.filters.convolving import BORDERS, POOLS, Turn, along, over, passed, turned
from vivomap.maths.filters.kernels import gabor, laplacian_of_gaussian, laws, wavelet

PLANES = (Turn((0, 1, 2), (1, 1, 1)), Turn((1, 0, 2), (1, 1, 1)), Turn((2, 0, 1), (1, 1, 1)))  # of a volume


def mean(values: Array, width: int, border: str, flat: bool) -> Array:
    """The mean of a square or cube of an odd number of voxels."""
    size = (1 if flat else width, width, width)
    return np.asarray(ndimage.uniform_filter(values.astype(float), size, mode=BORDERS[border]))


def spots(values: Array, scale: float, cut: float, border: str, flat: bool) -> Array:
    """The Laplacian of a Gaussian of a scale in voxels; the Laplacian counts steps of voxels too."""
    (found,) = over(values.astype(float), [laplacian_of_gaussian(scale, 2 if flat else 3, cut)], border)
    return found


def lines(values: Array, names: str, border: str, pool: str = "") -> Array:
    """Laws lines of two names (flat) or three; `pool` makes them independent of direction."""
    kernels = laws(names)
    deed = partial(along, lines=kernels, border=border)
    return turned(values.astype(float), deed, len(kernels) == 2, pool) if pool else deed(values.astype(float))


def energy(response: Array, reach: int, border: str, flat: bool) -> Array:
    """The mean size of a response within `reach` voxels of each: the energy image of Laws."""
    return mean(np.abs(response), 2 * reach + 1, border, flat)


def waves(
    values: Array, shape: tuple[float, float, float], angles: tuple[float, ...], border: str, flat: bool
) -> Array:
    """The mean size of Gabor waves of `shape` (scale, length, ratio; voxels) over orientations in radians.

    A solid filter takes the three planes of the volume, a flat one its slices. Opposite orientations answer alike,
    so those that differ by half a turn count once.
    """
    scale, length, ratio = shape
    once = sorted({round(a % np.pi, 9) % round(np.pi, 9) for a in angles})
    kernels = [gabor(scale, length, ratio, a) for a in once]
    maps = []
    for plane in PLANES[:1] if flat else PLANES:
        maps += [plane.back(np.abs(m)) for m in over(plane.of(values.astype(float)), kernels, border)]
    return POOLS["mean"](maps)


def details(values: Array, name: str, code: str, level: int, border: str, pool: str = "") -> Array:
    """A separable wavelet: `code` is the low (L) or high (H) pass along x, y and z, or x and y for a flat one."""
    low, high = wavelet(name)
    steps = [{"L": _spaced(low, j), "H": _spaced(high, j)} for j in range(level)]

    def deed(image: Array) -> Array:
        for before, _ in pairwise(steps):
            image = along(image, [before["L"]] * len(code), border)
        return along(image, [steps[-1][letter] for letter in code], border)

    return turned(values.astype(float), deed, len(code) == 2, pool) if pool else deed(values.astype(float))


def _spaced(line: Array, level: int) -> Array:
    """A line with zeros after each of its numbers, for a level counted from 0."""
    spaced = np.zeros(line.size * 2**level)
    spaced[:: 2**level] = line
    return spaced


def rings(values: Array, level: int, flat: bool) -> Array:
    """Simoncelli's wavelet, which knows no direction; the image goes on from its other side."""

    def response(wave: Array) -> Array:
        scaled = wave * 2.0 ** (level - 1)
        inside = (scaled > 0.25) & (scaled <= 1)
        share = np.zeros(scaled.shape)
        share[inside] = np.cos(np.pi / 2 * np.log2(2 * scaled[inside]))
        return share

    return passed(values.astype(float), response, flat)
