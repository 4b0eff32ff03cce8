"""Volumes smoothed by a Gaussian along each axis, in place, at a cost that grows with their voxels alone.

Beyond the edge the last value goes on. Compiled, because it stands in the innermost loop of a registration.
"""

from __future__ import annotations

import numba
import numpy as np

from vivomap.core.image import Array
from vivomap.maths.slabs import over

REACH = 2.5  # standard deviations on either side; project: what lies beyond is 1.2 % of the weight
compiled = numba.njit(cache=True, nogil=True, fastmath=True)  # values are finite


def kernel(sd: float) -> Array:
    """The weights of a Gaussian of `sd` voxels, float32 and of sum 1; one weight where sd is 0."""
    if sd <= 0:
        return np.ones(1, np.float32)
    reach = max(1, int(np.ceil(REACH * sd)))
    weights = np.exp(-((np.arange(-reach, reach + 1) / sd) ** 2) / 2)
    return np.asarray(weights / weights.sum(), np.float32)


def smooth(volumes: Array, sd: tuple[float, float, float], room: Array) -> None:
    """Smooth float32 volumes (part, z, y, x) in place by `sd` voxels along (z, y, x); `room` is at least as large."""
    deep, down, across = (kernel(s) for s in sd)
    planes = volumes.shape[0] * volumes.shape[1]
    over(planes, lambda a, b: _in_plane(volumes, room, (down, across), a, b))
    over(planes, lambda a, b: _deep(room, volumes, deep, a, b))


@compiled
def _in_plane(source: Array, target: Array, weights: tuple[Array, Array], first: int, last: int) -> None:
    """Along columns and rows, plane by plane; planes are counted through all volumes."""
    down, across = weights
    depth, rows, columns = source.shape[1], source.shape[2], source.shape[3]
    high, wide = down.size // 2, across.size // 2
    line = np.empty(columns + 2 * wide, np.float32)
    plane = np.empty((rows, columns), np.float32)
    for q in range(first, last):
        part, z = q // depth, q % depth
        for y in range(rows):
            for x in range(columns):
                line[x + wide] = source[part, z, y, x]
            for x in range(wide):
                line[x], line[columns + wide + x] = line[wide], line[columns + wide - 1]
            for x in range(columns):
                plane[y, x] = across[wide] * line[x + wide]
            for t in range(wide):
                for x in range(columns):
                    plane[y, x] += across[t] * (line[x + t] + line[x + 2 * wide - t])
        for y in range(rows):
            for x in range(columns):
                target[part, z, y, x] = down[high] * plane[y, x]
            for t in range(high):
                above, below = max(y + t - high, 0), min(y + high - t, rows - 1)
                for x in range(columns):
                    target[part, z, y, x] += down[t] * (plane[above, x] + plane[below, x])


@compiled
def _deep(source: Array, target: Array, weights: Array, first: int, last: int) -> None:
    """From plane to plane."""
    depth, rows, columns = source.shape[1], source.shape[2], source.shape[3]
    reach = weights.size // 2
    for q in range(first, last):
        part, z = q // depth, q % depth
        for y in range(rows):
            for x in range(columns):
                target[part, z, y, x] = weights[reach] * source[part, z, y, x]
            for t in range(reach):
                above, below = max(z + t - reach, 0), min(z + reach - t, depth - 1)
                for x in range(columns):
                    target[part, z, y, x] += weights[t] * (source[part, above, y, x] + source[part, below, y, x])
