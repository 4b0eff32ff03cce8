"""Deconvolution by block-circulant singular values, cut where the answer begins to oscillate (oSVD).

    C = step · Q · X       Q the circulant matrix of the input, padded with as many zeros, so that delay does no harm

X is the residue scaled by flow. Its singular parts are added from the largest down until the oscillation index

    O = Σ |x(k) - 2 x(k-1) + x(k-2)| / (L max x)

exceeds its limit; what stood before is kept, each curve with as many parts as its noise allows. Equal singular values
belong together and are added together.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numba
import numpy as np

from vivomap.core.image import Array

OSCILLATION = 0.035  # Wu et al., MRM 2003 (from memory); the default seen in open code (methods A7)
SMALLEST = 0.02  # project: of the largest singular value; smaller ones are noise at any curve's quality
ALIKE = 1e-6  # of the largest: two singular values of one pair
AT_ONCE, BLOCK = 1 << 15, 1 << 12  # curves: of one product, and of one thread
STRIDE = 4  # pairs: how often it is looked at whether x oscillates


class Residue(NamedTuple):
    """For each curve (voxel,): max x in 1/s, the frame at which it stands, and how many parts were kept."""

    top: Array
    at: Array
    kept: Array


class Circulant(NamedTuple):
    """The singular parts of an input: rows (part, frame) that read a curve and that build x, and where pairs end."""

    reads: Array
    builds: Array
    ends: Array

    def weights(self, at: int, kept: int) -> Array:
        """The weights of a curve's frames (frame,) in its x at one place with so many parts."""
        return np.asarray(self.builds[:kept, at] @ self.reads[:kept], float)

    @property
    def gains(self) -> Array:
        """How much white noise of 1 in a curve moves x, by the number of parts kept (part,): mean over its places."""
        each = np.sum(self.reads.astype(float) ** 2, axis=1) / self.builds.shape[1]
        return np.asarray(np.sqrt(np.cumsum(each)))


def circulant(input_curve: Array, step: float) -> Circulant:
    """The singular parts of the block-circulant matrix of an input (frame,), largest first."""
    frames = input_curve.size
    padded = np.concatenate((np.asarray(input_curve, float), np.zeros(frames))) * step
    rows = np.arange(2 * frames)
    left, size, right = np.linalg.svd(padded[(rows[:, None] - rows) % (2 * frames)])
    count = int(np.count_nonzero(size > SMALLEST * size[0]))
    ends = np.flatnonzero(np.append(size[:-1] - size[1:] > ALIKE * size[0], True)) + 1
    ends = ends[ends <= count]
    reads = (left.T[:count, :frames] / size[:count, None]).astype(np.float32)
    return Circulant(reads, np.ascontiguousarray(right[:count], np.float32), ends.astype(np.int64))


def deconvolve(curves: Array, parts: Circulant, limit: float = OSCILLATION) -> Residue:
    """max x, its place and how many parts were kept, of curves (voxel, frame); the cores share them."""
    found = np.empty((3, len(curves)))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, len(curves), AT_ONCE):
            read = np.asarray(curves[start : start + AT_ONCE], np.float32) @ parts.reads.T  # has threads of its own

            def block(first: int, read: Array = read, start: int = start) -> None:
                own = slice(start + first, start + min(first + BLOCK, len(read)))
                _grow(read[first : first + BLOCK], parts.builds, parts.ends, limit, found[:, own])

            list(pool.map(block, range(0, len(read), BLOCK)))
    return Residue(found[0], found[1].astype(int), found[2].astype(int))


compiled = numba.njit(cache=True, nogil=True, fastmath=True)  # curves are finite; called from several threads at once


@compiled
def _add(x: Array, sizes: Array, builds: Array, begin: int, stop: int) -> None:
    """Adds the parts from `begin` to `stop` to x (frame,), two at a time."""
    for part in range(begin, stop, 2):
        a, one = sizes[part], builds[part]
        if part + 1 < stop:
            b, two = sizes[part + 1], builds[part + 1]
            for k in range(x.size):
                x[k] += a * one[k] + b * two[k]
        else:
            for k in range(x.size):
                x[k] += a * one[k]


@compiled
def _roughness(x: Array) -> float:
    """The sum of the second differences of x (frame,)."""
    rough, middle, last = x[0] * 0, x[1:], x[2:]
    for k in range(last.size):
        rough += abs(x[k] - middle[k] - (middle[k] - last[k]))
    return float(rough)


@compiled
def _highest(x: Array) -> int:
    """Where x (frame,) is highest."""
    place = 0
    for k in range(x.size):
        if x[k] > x[place]:
            place = k
    return place


@compiled
def _grow(read: Array, builds: Array, ends: Array, limit: float, found: Array) -> None:
    """Adds parts to each curve's x until it oscillates. `read` (voxel, part), `builds` (part, frame), `ends` of pairs.

    It is looked at after every `STRIDE` pairs; once it oscillates, the last of these are added one pair at a time. The
    top, its place and the parts kept are written to `found` (3, voxel).
    """
    x, good = np.empty_like(builds[0]), np.empty_like(builds[0])
    most = limit * x.size
    for voxel in range(read.shape[0]):
        for k in range(x.size):
            x[k] = 0
        _add(x, read[voxel], builds, 0, ends[0])
        for k in range(x.size):
            good[k] = x[k]
        level, stride, place = 0, STRIDE, _highest(x)
        while level + 1 < ends.size:
            ahead = min(level + stride, ends.size - 1)
            _add(x, read[voxel], builds, ends[level], ends[ahead])
            rough = _roughness(x)
            if rough > most * x[place]:  # the top is at least as high as where it was: mostly that is enough
                place = _highest(x)
            calm = rough <= most * x[place]
            if not calm and stride == 1:
                break
            for k in range(x.size):
                if calm:
                    good[k] = x[k]
                else:
                    x[k] = good[k]
            level, stride = (ahead, stride) if calm else (level, 1)
        place = _highest(good)
        found[0, voxel], found[1, voxel], found[2, voxel] = good[place], place, ends[level]
