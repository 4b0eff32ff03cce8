"""Shapes in a plane: the outline between pixels, its hull, its longest chord and the chord across it.

Points are (row, column) pairs, in pixels or, once scaled, in mm. The outline of a mask runs half way between a pixel
centre inside and its neighbour outside (marching squares at 0.5), so a row of n pixels is n pixels long.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from skimage.measure import find_contours

from vivomap.core import Refusal, Voxels
from vivomap.core.image import Array

Box = tuple[slice, slice, slice]


class Cut(NamedTuple):
    """The part of a mask that holds anything: its place in the volume, and the mask (z, y, x) there."""

    box: Box
    mask: Array


class Chord(NamedTuple):
    """A straight line across a shape: its length and its two ends."""

    length: float
    start: tuple[float, float]
    end: tuple[float, float]


@lru_cache(maxsize=4)
def cut(mask: Voxels) -> Cut:
    """The smallest box around a mask (z, y, x), remembered. Raises Refusal if the mask is empty."""
    return trim(mask.array)


def trim(array: Array) -> Cut:
    """The smallest box around a mask (z, y, x). Raises Refusal if the mask is empty."""
    box: list[slice] = []
    for axes in ((1, 2), (0, 2), (0, 1)):
        filled = np.flatnonzero(array[tuple(box)].any(axis=axes))
        if filled.size == 0:
            raise Refusal("empty_region", "the region has no voxels", expected="at least one voxel")
        box.append(slice(int(filled[0]), int(filled[-1]) + 1))
    place = (box[0], box[1], box[2])
    return Cut(place, np.ascontiguousarray(array[place]).astype(bool, copy=False))


def widen(box: Box, margin: tuple[int, int, int], shape: tuple[int, ...]) -> Box:
    """The box with a margin of voxels on every side, cut off at the edge of the volume."""
    z, y, x = (slice(max(s.start - m, 0), min(s.stop + m, n)) for s, m, n in zip(box, margin, shape[-3:], strict=True))
    return z, y, x


def extremes(mask: Array) -> Array:
    """The outermost points of a plane mask: the ends of every row and column, half a pixel beyond the centre.

    The hull of these few points is the hull of the whole outline.
    """
    points = []
    for plane, across in ((mask, False), (mask.T, True)):
        lines = np.flatnonzero(plane.any(axis=1))
        filled = plane[lines]
        first = filled.argmax(axis=1) - 0.5
        last = filled.shape[1] - filled[:, ::-1].argmax(axis=1) - 0.5
        for ends in (first, last):
            pair = np.column_stack((lines, ends))
            points.append(pair[:, ::-1] if across else pair)
    return np.concatenate(points)


def convex_hull(points: Array) -> Array:
    """The corners of the smallest convex shape around points (n, 2), in order around it."""
    if len(points) == 0:
        return np.empty((0, 2))
    ordered: list[tuple[float, float]] = sorted(set(map(tuple, np.asarray(points, float).tolist())))
    if len(ordered) < 3:
        return np.array(ordered)
    return np.array((*_half(ordered), *_half(ordered[::-1])))


def _half(ordered: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """One side of the hull, without its last corner."""
    side: list[tuple[float, float]] = []
    for p in ordered:
        while len(side) > 1 and _turn(side[-2], side[-1], p) <= 0:
            side.pop()
        side.append(p)
    return side[:-1]


def _turn(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    """Positive for a left turn at b, negative for a right one, 0 on a straight line."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def calipers(hull: Array) -> Chord:
    """The longest chord of a convex shape (n, 2) by rotating calipers.

    Each side is laid against one jaw; the corner farthest from it touches the other. The longest chord joins such a
    corner, or one beside it where two sides are parallel, to an end of the side.
    """
    count = len(hull)
    if count < 2:
        raise Refusal("empty_region", "a shape of one point has no chord", found=f"{count} points")
    side = np.roll(hull, -1, axis=0) - hull
    apart = hull[None, :, :] - hull[:, None, :]
    reach = np.abs(side[:, None, 0] * apart[..., 1] - side[:, None, 1] * apart[..., 0])
    jaw = reach.argmax(axis=1)
    near = np.arange(count)
    pairs = np.array([((near + i) % count, (jaw + j) % count) for i in (0, 1) for j in (-1, 0, 1)])
    first, second = pairs.transpose(1, 0, 2).reshape(2, -1)
    length = np.hypot(*(hull[first] - hull[second]).T)
    best = int(length.argmax())
    a, b = hull[first[best]], hull[second[best]]
    return Chord(float(length[best]), (float(a[0]), float(a[1])), (float(b[0]), float(b[1])))


def outlines(mask: Array) -> tuple[Array, ...]:
    """The outlines of a plane mask as closed polygons (n, 2) in pixels; pixels that meet at a corner are one shape."""
    padded = np.pad(mask, 1).astype(float)
    found = find_contours(padded, 0.5, fully_connected="high")
    return tuple(np.asarray(line) - 1.0 for line in found)


def chord_across(polygons: tuple[Array, ...], direction: tuple[float, float]) -> Chord:
    """The longest chord inside closed polygons that stands at a right angle to `direction`.

    Inside is even-odd, so that a hole is outside. Between two corners the length of a chord changes linearly, so
    only the lines just beside a corner are tried.
    """
    along = np.asarray(direction, float) / np.hypot(*direction)
    turned = np.column_stack((along, (-along[1], along[0])))
    start = np.concatenate([p[:-1] for p in polygons]) @ turned
    end = np.concatenate([p[1:] for p in polygons]) @ turned
    best = (0.0, 0.0, 0.0, 0.0)
    for u in _beside(start[:, 0]):
        hit = (start[:, 0] < u) != (end[:, 0] < u)
        a, b = start[hit], end[hit]
        v = np.sort(a[:, 1] + (u - a[:, 0]) * (b[:, 1] - a[:, 1]) / (b[:, 0] - a[:, 0]))
        length = v[1::2] - v[::2]
        if length.size and length.max() > best[0]:
            k = int(length.argmax())
            best = (float(length[k]), u, float(v[2 * k]), float(v[2 * k + 1]))
    length, u, low, high = best
    a, b = turned @ (u, low), turned @ (u, high)
    return Chord(length, (float(a[0]), float(a[1])), (float(b[0]), float(b[1])))


def _beside(corners: Array) -> list[float]:
    """Lines just inside both ends of every gap between corners."""
    places = np.unique(corners.round(9))
    low, high = places[:-1], places[1:]
    inset = 1e-6 * (high - low)
    return sorted({*(low + inset).tolist(), *(high - inset).tolist()})
