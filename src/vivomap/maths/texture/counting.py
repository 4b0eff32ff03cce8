"""Counting grey levels side by side: pairs, runs, neighbourhoods and zones, each in one pass over the voxels.

Levels run from 1 to n; 0 is outside. A grid is padded with one layer of 0 on every side and laid flat, so that a
neighbour is a step of fixed length. These loops are compiled: there is one signature for each, kept on disk.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from vivomap.core.image import Array

compiled = numba.njit(cache=True, nogil=True)
IN_PLANE = ((0, 0, 1), (0, 1, -1), (0, 1, 0), (0, 1, 1))
STRETCH = 512  # voxels that are looked at together
IN_SPACE = (*IN_PLANE, *((1, y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)))


class Padded(NamedTuple):
    """Levels (flat, uint16) of a padded grid, the steps to half of the neighbours, the highest level, longest side.

    `middle` is the step that touches what all others lead to: where a zone goes on there, it has them too.
    """

    flat: Array
    steps: Array
    highest: int
    longest: int
    middle: int


class Zones(NamedTuple):
    """Connected voxels of one level: level, number of voxels and least distance of each zone."""

    level: Array
    size: Array
    distance: Array


def padded(levels: Array, highest: int, directions: tuple[tuple[int, int, int], ...] = IN_SPACE) -> Padded:
    """Lay a grid of levels (z, y, x) flat for the counts below, with the neighbours of the given directions."""
    wide = np.pad(levels.astype(np.uint16, copy=False), 1)
    _, rows, columns = wide.shape
    steps = np.array([(z * rows + y) * columns + x for z, y, x in directions], np.int64)
    middle = steps[directions.index((1, 0, 0) if (1, 0, 0) in directions else (0, 1, 0))]
    return Padded(wide.ravel(), steps, highest, max(levels.shape), int(middle))


def pairs(grid: Padded) -> Array:
    """How often level j follows level i in each direction (direction, i, j), both ways; index 0 is level 1."""
    count = _pairs(grid.flat, grid.steps, grid.highest)[:, 1:, 1:]
    both: Array = count + count.transpose(0, 2, 1)
    return both


def runs(grid: Padded) -> Array:
    """How many runs of each level and length there are in each direction (direction, level, length); index 0 is 1."""
    count: Array = _runs(grid.flat, grid.steps, grid.highest, grid.longest)[:, 1:, 1:]
    return count


def neighbours(grid: Padded) -> tuple[Array, Array, Array]:
    """For each level: voxels that have neighbours, sum of |level - mean of neighbours|, and alike neighbours.

    The third is (level, k): voxels with k - 1 neighbours of their own level.
    """
    found, apart, alike = _neighbours(grid.flat, grid.steps, grid.highest)
    return found[1:], apart[1:], alike[1:]


def zones(grid: Padded, distance: Array) -> Zones:
    """The zones of touching voxels of one level; `distance` (z, y, x) is that of each voxel to the edge."""
    far = np.pad(distance.astype(np.uint16, copy=False), 1).ravel()
    return Zones(*_zones(grid.flat, grid.steps, grid.middle, far))


@compiled
def _pairs(flat: Array, steps: Array, highest: int) -> Array:
    count = np.zeros((steps.size, highest + 1, highest + 1), np.int64)
    for i in range(flat.size):
        level = flat[i]
        if level:
            for s in range(steps.size):
                count[s, level, flat[i + steps[s]]] += 1
    return count


@compiled
def _runs(flat: Array, steps: Array, highest: int, longest: int) -> Array:
    count = np.zeros((steps.size, highest + 1, longest + 1), np.int64)
    length = np.zeros(flat.size, np.uint16)  # of the run so far, of voxels of a level
    for s in range(steps.size):
        step, table = int(steps[s]), count[s]
        stretch = min(step, STRETCH)
        for first in range(step, flat.size - step, stretch):
            many = min(stretch, flat.size - step - first)
            here, so_far = flat[first : first + many], length[first : first + many]
            before, earlier = flat[first - step :][:many], length[first - step :][:many]
            after = flat[first + step :][:many]
            for k in range(many):
                so_far[k] = (earlier[k] if before[k] == here[k] else np.uint16(0)) + np.uint16(1)
            for k in range(many):
                table[here[k], so_far[k] if here[k] else 0] += here[k] != after[k]
    return count


@compiled
def _neighbours(flat: Array, steps: Array, highest: int) -> tuple[Array, Array, Array]:
    found = np.zeros(highest + 1, np.int64)
    apart = np.zeros(highest + 1, np.float64)
    alike = np.zeros((highest + 1, 2 * steps.size + 1), np.int64)
    total, near, same = np.zeros(STRETCH, np.uint16), np.zeros(STRETCH, np.uint16), np.zeros(STRETCH, np.uint16)
    edge = int(steps.max())
    for first in range(edge, flat.size - edge, STRETCH):
        length = min(STRETCH, flat.size - edge - first)
        here = flat[first : first + length]
        total[:], near[:], same[:] = 0, 0, 0
        for s in range(steps.size):
            for step in (steps[s], -steps[s]):
                other = flat[first + step : first + step + length]
                for k in range(length):
                    total[k] += other[k]
                    near[k] += other[k] > 0
                    same[k] += other[k] == here[k]
        for k in range(length):
            level = here[k]
            if level:
                alike[level, same[k]] += 1
                if near[k]:
                    found[level] += 1
                    apart[level] += abs(level - total[k] / near[k])
    return found, apart, alike


@compiled
def _root(parent: Array, i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@compiled
def _trees(flat: Array, steps: Array, middle: int) -> Array:
    """A voxel of the same zone for each voxel, the earliest of its zone at the end of the way."""
    parent = np.empty(flat.size, np.int32)
    for i in range(flat.size):
        if flat[i] and flat[i - middle] == flat[i]:
            parent[i] = parent[i - middle]
        elif flat[i]:
            root = i
            parent[i] = i
            for s in range(steps.size):
                before = i - steps[s]
                if flat[before] == flat[i]:
                    other = _root(parent, before)
                    if other != root:
                        parent[max(other, root)] = min(other, root)
                        root = min(other, root)
            parent[i] = root
    return parent


@compiled
def _zones(flat: Array, steps: Array, middle: int, far: Array) -> tuple[Array, Array, Array]:
    parent = _trees(flat, steps, middle)
    count = 0
    for i in range(flat.size):
        if flat[i]:
            if parent[i] == i:
                count += 1
            else:
                parent[i] = parent[parent[i]]
    level, size = np.empty(count, np.int64), np.zeros(count, np.int64)
    distance = np.empty(count, np.int64)
    last = 0
    for i in range(flat.size):
        if flat[i]:
            root = parent[i]
            if root == i:
                parent[i], level[last], distance[last] = -1 - last, flat[i], far[i]  # its place, told from a parent
                last += 1
            zone = -1 - parent[root]
            size[zone] += 1
            distance[zone] = min(distance[zone], far[i])
    return level, size, distance
