"""The course of an elongated solid: how far along it every voxel lies, and the lines that run along it.

On a straight or bent strand of length L the slowest wave that fits into it is cos(π s / L), s the way along it. It is
the first mode of the graph that joins each voxel to its neighbours, and asks for no ends and no tracking: what lies
inside the strand (a lesion) does not bend it. The second mode of a strand has half that wavelength; a solid whose
second mode is nearly as slow as its first has no course of its own.
"""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np
from scipy import ndimage, sparse
from scipy.sparse.linalg import eigsh

from vivomap.core import Refusal
from vivomap.core.image import Array
from vivomap.maths.solid import Steps

HALF = [o for o in product((-1, 0, 1), repeat=3) if o > (0, 0, 0)]  # one of each pair of opposite neighbours
EVERY = np.ones((3, 3, 3), bool)
WHOLE = 0.9  # project: of the voxels that must hang together
ELONGATED = 2.0  # project: of the second mode to the first; a long strand has 4
SECTIONS = 12  # project: few enough that each holds layers of voxels, many enough to follow a bend
STRIDE = 0.25  # of a voxel: steps of a line


class Strand(NamedTuple):
    """The voxels (n, 3) of the part that hangs together, their way along it (0 to 1), length in mm, voxels left out."""

    voxels: Array
    along: Array
    length_mm: float
    apart: int


def strand(mask: Array, steps: Steps) -> Strand:
    """The course of a mask (z, y, x); it begins at the end that is right, in front or below, whichever differs most.

    `steps` are the columns of the affine, mm in LPS. Raises Refusal if the mask is empty, interrupted, or no strand.
    """
    parts, count = ndimage.label(mask, EVERY)
    if count == 0:
        raise Refusal("empty_region", "the region has no voxels", expected="at least one voxel")
    sizes = np.bincount(parts.ravel())[1:]
    largest = int(sizes.argmax())
    if sizes[largest] < WHOLE * sizes.sum():
        found = f"{count} parts, the largest with {100 * sizes[largest] / sizes.sum():.0f} % of the voxels"
        summary = "the bundle is interrupted: a part of its course is not there"
        raise Refusal("bundle_interrupted", summary, found=found, expected="one part")
    inside = parts == largest + 1
    voxels = np.argwhere(inside)
    wave = _first_mode(inside, voxels, steps)
    way = np.arccos(np.clip(2 * (wave - wave.min()) / (wave.max() - wave.min()) - 1, -1, 1)) / np.pi
    place = voxels @ np.asarray(steps, float).T
    way, length = _evenly(place, way)
    ends = [place[near].mean(axis=0) for near in (way <= np.quantile(way, 0.05), way >= np.quantile(way, 0.95))]
    if (ends[1] - ends[0])[np.abs(ends[1] - ends[0]).argmax()] < 0:
        way = 1 - way
    return Strand(voxels, way, length, int(sizes.sum() - sizes[largest]))


def _evenly(place: Array, way: Array) -> tuple[Array, float]:
    """The way along (0 to 1) as equal parts of the line through the centres of `SECTIONS` sections, and its length.

    On a grid the wave runs a little faster where the strand lies along an axis: the order is its own, the scale is not.
    """
    sections = np.array_split(np.argsort(way, kind="stable"), SECTIONS)
    centres = np.array([place[part].mean(axis=0) for part in sections])
    walked = np.concatenate(([0.0], np.cumsum(np.linalg.norm(np.diff(centres, axis=0), axis=1))))
    length = float(walked[-1]) * SECTIONS / (SECTIONS - 1)  # half a section lies beyond each outer centre
    known = np.concatenate(([0.0], [way[part].mean() for part in sections], [1.0]))
    true = np.concatenate(([0.0], walked / length + 0.5 / SECTIONS, [1.0]))
    return np.interp(way, known, true), length


def _first_mode(inside: Array, voxels: Array, steps: Steps) -> Array:
    """The slowest wave in the graph of the voxels. Raises Refusal if the solid has no course of its own."""
    number = np.full(np.add(inside.shape, 2), -1)
    number[1:-1, 1:-1, 1:-1][inside] = np.arange(len(voxels))
    rows, columns, weights = [], [], []
    for offset in HALF:
        near = number[tuple((voxels + 1 + offset).T)]
        there = near >= 0
        rows.append(np.flatnonzero(there))
        columns.append(near[there])
        weights.append(np.full(there.sum(), 1 / np.sum((np.asarray(steps, float) @ offset) ** 2)))
    row, column, weight = (np.concatenate(v) for v in (rows, columns, weights))
    joined = sparse.coo_matrix((weight, (row, column)), shape=(len(voxels),) * 2)
    joined = (joined + joined.T).tocsc()
    graph = sparse.diags(np.asarray(joined.sum(axis=0)).ravel()) - joined
    few = len(voxels) < 20
    if not few:
        begin = np.cos(np.arange(len(voxels)))
        values, waves = eigsh(graph.tocsc(), k=3, sigma=-1e-4 * weight.max(), v0=begin)
        order = np.argsort(values)
        few = bool(values[order[2]] < ELONGATED * values[order[1]])
    if few:
        raise Refusal(
            "no_course", "the region is no bundle: it is not longer than it is wide", found="no single course"
        )
    return np.asarray(waves[:, order[1]])


def lines(course: Strand, steps: Steps) -> Array:
    """Lines along a strand from its middle to both ends, (step, line, 3) in voxels; one for each eighth of a voxel.

    They are as many in a part of the middle cross-section as that part is large. A line that would leave the strand
    stands still.
    """
    shape = tuple(course.voxels.max(axis=0) + 1)
    known = np.zeros(shape, bool)
    known[tuple(course.voxels.T)] = True
    field = _uphill(course, known, steps)
    size = float(np.linalg.norm(np.asarray(steps, float), axis=0).mean())
    middle = course.voxels[np.abs(course.along - 0.5) <= max(size / course.length_mm, 0.02)]
    seeds = np.concatenate([middle + np.array(o) / 4 for o in product((-1, 1), repeat=3)])
    strides = int(0.6 * course.length_mm / size / STRIDE)
    both = []
    for side in (-1, 1):
        at, path = seeds, []
        for _ in range(strides):
            half = at + side * STRIDE / 2 * _sample(field, at)
            ahead = at + side * STRIDE * _sample(field, half)
            cell = np.clip(np.rint(ahead).astype(int), 0, np.array(shape) - 1)
            at = np.where(known[tuple(cell.T)][:, None], ahead, at)
            path.append(at)
        both.append(path)
    return np.array((*both[0][::-1], seeds, *both[1]))


def _uphill(course: Strand, known: Array, steps: Steps) -> Array:
    """The direction in which a strand goes on, (3, z, y, x) in voxels, unit length in mm over the mean step.

    At each voxel the slope of the way along, by least squares over the neighbours inside, averaged over them once.
    """
    way = np.zeros(known.shape)
    way[tuple(course.voxels.T)] = course.along
    matrix = np.asarray(steps, float)
    normal, right = np.zeros((*known.shape, 3, 3)), np.zeros((*known.shape, 3))
    for offset in (o for o in product((-1, 0, 1), repeat=3) if o != (0, 0, 0)):
        apart = matrix @ offset
        both = known & _shifted(known, offset)
        change = np.where(both, _shifted(way, offset) - way, 0.0)
        normal += both[..., None, None] * np.outer(apart, apart)
        right += change[..., None] * apart
    slope = np.linalg.solve(normal + 1e-6 * np.eye(3) * np.abs(matrix).max() ** 2, right[..., None])[..., 0]
    slope = np.stack([ndimage.uniform_filter(slope[..., k] * known, 3, mode="constant") for k in range(3)], axis=-1)
    length = np.linalg.norm(slope, axis=-1, keepdims=True)
    size = float(np.linalg.norm(matrix, axis=0).mean())
    unit = np.where(length > 0, slope / np.where(length > 0, length, 1.0), 0.0) * size
    return np.moveaxis(unit @ np.linalg.inv(matrix).T, -1, 0)


def _shifted(values: Array, offset: tuple[int, ...]) -> Array:
    """The value of the neighbour at an offset; 0 beyond the border."""
    wide = np.pad(values, 1)
    return np.asarray(wide[tuple(slice(1 + o, 1 + o + n) for o, n in zip(offset, values.shape, strict=True))])


def _sample(field: Array, at: Array) -> Array:
    """A field (3, z, y, x) between its voxels, at points (n, 3)."""
    return np.stack([ndimage.map_coordinates(part, at.T, order=1, mode="nearest") for part in field], axis=1)
