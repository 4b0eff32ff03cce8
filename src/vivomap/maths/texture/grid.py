"""Laying an image on a finer or coarser grid that shares its centre, and levels out of intensities.

A side of n voxels of size s becomes ceil(n s / t) voxels of size t. The middle of the new grid is the middle of the old
one; beyond the outermost centres the nearest voxel holds. Voxel i of the new grid lies at

    x(i) = t/s i + ((n - 1) - t/s (m - 1)) / 2          in voxels of the old grid, with m new voxels.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from vivomap.core import Refusal
from vivomap.core.image import Array
from vivomap.maths.geometry import Box

Size = tuple[float, float, float]
MOST_LEVELS = 1024  # project: a table of pairs of more levels is mostly empty
SPLINE_REACH = 12  # voxels: a B-spline of third order forgets faster than 4 to the power of -n


class Axis(NamedTuple):
    """One axis of a new grid: its voxels in the old one as a start and a step, and which part of each is taken."""

    start: float
    step: float
    voxels: int
    first: int
    old: slice


def axis_of(count: int, ratio: float, near: slice, reach: int) -> Axis:
    """The new voxels that lie in `near` (old voxels) and the old ones that they are made of; `ratio` is t/s."""
    whole = int(np.ceil(count / ratio - 1e-9))
    start = ((count - 1) - ratio * (whole - 1)) / 2
    first = max(int(np.floor((near.start - start) / ratio)), 0)
    last = min(int(np.ceil((near.stop - 1 - start) / ratio)), whole - 1)
    low = max(int(np.floor(start + ratio * first)) - reach, 0)
    high = min(int(np.ceil(start + ratio * last)) + reach + 1, count)
    low, high = min(low, count - 1), max(high, 1)
    return Axis(start + ratio * first - low, ratio, last - first + 1, first, slice(low, high))


def axes_of(shape: tuple[int, ...], size: Size, wanted: Size, near: Box) -> tuple[Axis, Axis, Axis]:
    """The three axes of the new grid around a box of the old one; a wanted size of 0 keeps the old one."""
    ratios = [t / s if t else 1.0 for s, t in zip(size, wanted, strict=True)]
    z, y, x = (axis_of(n, r, b, SPLINE_REACH) for n, r, b in zip(shape, ratios, near, strict=True))
    return z, y, x


def laid(values: Array, axes: tuple[Axis, Axis, Axis], order: int) -> Array:
    """The values (z, y, x) of the old box on the new one: linear (order 1) or cubic B-spline (order 3)."""
    if all(a.step == 1 and abs(a.start - round(a.start)) < 1e-9 for a in axes):
        inside: Array = values[tuple(slice(round(a.start), round(a.start) + a.voxels) for a in axes)]
        return inside
    shape = tuple(a.voxels for a in axes)
    steps, starts = [a.step for a in axes], [a.start for a in axes]
    taken = values.astype(np.float32 if order == 1 else np.float64)
    move = partial(ndimage.affine_transform, order=order, mode="nearest")
    return np.asarray(move(taken, steps, offset=starts, output_shape=shape))


def by_size(values: Array, width: float, first: float) -> tuple[Array, int]:
    """Levels of a fixed width, from 1 at the edge `first`; values below are level 1. Also the highest level there.

    Raises Refusal if there are more than `MOST_LEVELS`.
    """
    levels = np.maximum(np.floor((values - first) / width), 0).astype(np.int64) + 1
    highest = int(levels.max())
    if highest > MOST_LEVELS:
        summary = f"{highest} grey levels of width {width:g} are more than the tables of texture hold"
        raise Refusal("bad_setting", summary, found=f"{highest} levels", expected=f"{MOST_LEVELS} or fewer")
    return levels.astype(np.uint16), highest


def by_number(values: Array, number: int) -> tuple[Array, int]:
    """A fixed number of levels between the lowest and the highest value; one level where they are equal."""
    low, high = float(values.min()), float(values.max())
    if high <= low:
        return np.ones(values.shape, np.uint16), 1
    share = (values.astype(np.float64) - low) * (number / (high - low))
    return (np.minimum(share.astype(np.int64), number - 1) + 1).astype(np.uint16), number
