"""The two axes of a solid on a grid: its longest chord in any plane, and the longest chord across that one."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from vivomap.core import Voxels
from vivomap.core.image import Array
from vivomap.maths.geometry import Chord, calipers, chord_across, convex_hull, cut, extremes, outlines
from vivomap.maths.solid import parts

SOFTENED = 0.6  # pixels, project: blunts the steps of a mask, whose longest chord is else up to half a pixel too long
MARGIN = 3  # pixels around a plane, more than the softening reaches


class Axes(NamedTuple):
    """The two axes in mm, their slice, the ends in (row, column) of the mask, and the number of parts."""

    long: Chord
    short: Chord
    slice: int
    parts: int


@lru_cache(maxsize=4)
def axes(mask: Voxels, row_mm: float, column_mm: float) -> Axes:
    """The longest chord over all slices (z) and parts of a mask, and the chord across it inside the same outline.

    Holes are filled. Raises Refusal if the mask is empty.
    """
    box, inside = cut(mask)
    scale = np.array([row_mm, column_mm])
    every = parts(inside)
    long, slice_, plane = Chord(-1.0, (0.0, 0.0), (0.0, 0.0)), 0, inside[0]
    for part in every:
        for z in _by_size(part, scale):
            if _diagonal(part[z], scale) <= long.length:
                break
            if calipers(convex_hull(extremes(part[z]) * scale)).length <= long.length:
                continue
            chord = calipers(convex_hull(np.concatenate(_softened(part[z])) * scale))
            if chord.length > long.length:
                long, slice_, plane = chord, z, part[z]
    direction = (long.end[0] - long.start[0], long.end[1] - long.start[1])
    polygons = tuple(line * scale for line in _softened(ndimage.binary_fill_holes(plane)))
    corner = np.array([box[1].start, box[2].start]) * scale
    short = chord_across(polygons, direction)
    return Axes(_moved(long, corner), _moved(short, corner), box[0].start + slice_, len(every))


def _softened(plane: Array) -> tuple[Array, ...]:
    """The outlines of a plane mask with its steps blunted; as it is, where it is too thin for that."""
    if not ndimage.binary_erosion(plane).any():
        return outlines(plane)
    soft = ndimage.gaussian_filter(np.pad(plane, MARGIN).astype(float), SOFTENED)
    return tuple(line - MARGIN for line in outlines(soft))


def _moved(chord: Chord, corner: Array) -> Chord:
    """The chord in mm of the whole slice rather than of the box."""
    ends = [(float(p[0] + corner[0]), float(p[1] + corner[1])) for p in (chord.start, chord.end)]
    return Chord(chord.length, ends[0], ends[1])


def _diagonal(plane: Array, scale: Array) -> float:
    """No chord of the plane is longer than this, mm."""
    sides = [np.flatnonzero(plane.any(axis=axis)) for axis in (1, 0)]
    rows, columns = (float(s[-1] - s[0] + 1) if s.size else 0.0 for s in sides)
    return float(np.hypot(rows * scale[0], columns * scale[1]))


def _by_size(part: Array, scale: Array) -> list[int]:
    """The slices of a part that hold anything, largest first."""
    filled = [int(z) for z in np.flatnonzero(part.any(axis=(1, 2)))]
    return sorted(filled, key=lambda z: (-_diagonal(part[z], scale), z))
