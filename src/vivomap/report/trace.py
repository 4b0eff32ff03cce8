"""The outline of a region on one slice, as closed polygons that run along the edges of its pixels.

A polygon encloses its pixels as a whole: half a pixel outside the centres of the outermost ones, so its area is exactly
theirs, and who asks which pixel centres lie inside it finds the same mask. Each part (pixels that share an edge) is one
polygon. A hole is joined to the outline around it by a bridge that is walked there and back (a keyhole), which has no
area; an island in a hole is a polygon of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Corner = tuple[int, int]  # (row, column) of a crossing of the pixel grid; (0, 0) is the outer corner of the first pixel
Ways = dict[Corner, list[Corner]]  # from a corner, the steps along the outline; the part lies on their right hand
Polygon = NDArray[np.float64]


def polygons(plane: NDArray[np.bool_]) -> tuple[Polygon, ...]:
    """One polygon (n, 2) for each part of a mask (y, x), as (row, column) with pixel centres at whole numbers.

    The last point is joined to the first. Parts stand in the order of their first pixel, row by row.
    """
    return tuple(_placed(_joined(around, holes), origin) for origin, (around, *holes) in _parts(plane))


def rings(plane: NDArray[np.bool_]) -> tuple[Polygon, ...]:
    """The same outlines for the eye: holes as rings of their own, without bridges."""
    return tuple(_placed(loop, origin) for origin, loops in _parts(plane) for loop in loops)


def _parts(plane: NDArray[np.bool_]) -> Iterator[tuple[Corner, list[list[Corner]]]]:
    """Each part with the first row and column of its box, and the walks around it and its holes within that box."""
    labels, _ = ndimage.label(plane)
    for number, box in enumerate(ndimage.find_objects(labels), 1):
        yield (box[0].start, box[1].start), _loops(labels[box] == number)


def _placed(walk: list[Corner], origin: Corner) -> Polygon:
    return np.asarray(np.array(_straightened(walk), float) + np.array(origin) - 0.5)


def _loops(part: NDArray[np.bool_]) -> list[list[Corner]]:
    """The closed walks around a part in single steps; the first goes around the whole, the others around its holes."""
    ways, loops = _ways(part), []
    while ways:
        corner = next(iter(ways))
        step, loop = ways[corner][0], []
        while corner in ways:
            step = _taken(ways, corner, step)
            loop.append(corner)
            corner = corner[0] + step[0], corner[1] + step[1]
        loops.append(loop)
    return loops


def _ways(part: NDArray[np.bool_]) -> Ways:
    """Every step along the edges of a part. The first is along the top of its first pixel, so around the whole."""
    ways: Ways = {}
    inside = np.pad(part, 1)
    sides = (((-1, 0), (0, 0), (0, 1)), ((0, 1), (0, 1), (1, 0)), ((1, 0), (1, 1), (0, -1)), ((0, -1), (1, 0), (-1, 0)))
    for (down, along), start, step in sides:
        beside = np.roll(inside, (-down, -along), (0, 1))
        for row, column in np.argwhere((inside & ~beside)[1:-1, 1:-1]).tolist():
            ways.setdefault((row + start[0], column + start[1]), []).append(step)
    return ways


def _taken(ways: Ways, corner: Corner, before: Corner) -> Corner:
    """The next step from a corner, taken out; where two leave it, the right turn, which keeps to the same pixel."""
    steps = ways[corner]
    right = (before[1], -before[0])
    step = right if len(steps) > 1 and right in steps else steps[0]
    steps.remove(step)
    if not steps:
        del ways[corner]
    return step


def _joined(around: list[Corner], holes: list[list[Corner]]) -> list[Corner]:
    """One walk around a part and its holes.

    From the left end of a hole the bridge goes left until it meets a loop, to whose walk the hole is added there: to
    the outer one, or to that of a hole which begins further left. Loops of one part share no corner.
    """
    there = {corner for loop in (around, *holes) for corner in loop}
    hung: dict[Corner, list[list[Corner]]] = {}
    for hole in holes:
        column, row = min((c, r) for r, c in hole)
        met = column - 1
        while (row, met) not in there:
            met -= 1
        first = hole.index((row, column))
        hung.setdefault((row, met), []).append([*hole[first:], *hole[:first], (row, column), (row, met)])
    walk, open_ = [], [iter(around)]
    while open_:
        corner = next(open_[-1], None)
        if corner is None:
            open_.pop()
        else:
            walk.append(corner)
            open_ += [iter(loop) for loop in hung.pop(corner, [])]
    return walk


def _straightened(walk: list[Corner]) -> list[Corner]:
    """The walk without corners at which it goes straight on."""
    ends = zip(walk, walk[1:] + walk[:1], strict=True)
    ways = [(int(np.sign(b[0] - a[0])), int(np.sign(b[1] - a[1]))) for a, b in ends]
    return [corner for corner, before, after in zip(walk, ways[-1:] + ways[:-1], ways, strict=True) if before != after]
