"""A drawn outline as pixels: a pixel is inside if its centre is inside the outline (the pixel-centre rule).

Parity counts the crossings on the way from outside: odd is inside. So an inner outline on the same slice cuts a
hole, and the bridge of a keyhole outline, which is walked there and back, cancels itself.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.bool_]
Points = NDArray[np.float64]

SNAP = 1e-6  # pixel; project: text coordinates carry noise of this order, which must not decide an edge


def inside(outline: Points, shape: tuple[int, int]) -> tuple[tuple[slice, slice], Pixels]:
    """The pixels (y, x) inside a closed outline of (y, x) indices, and the window of the image that they fill.

    The last point is joined to the first. A centre on a lower edge counts as inside and one on an upper edge does
    not, so that neighbours share no pixel. What lies beyond the image is cut off.
    """
    points = np.round(outline / SNAP) * SNAP
    low = np.clip(np.ceil(points.min(axis=0)), 0, shape).astype(int)
    high = np.clip(np.floor(points.max(axis=0)) + 1, 0, shape).astype(int)
    rows, columns = np.maximum(high - low, 0)
    window = (slice(int(low[0]), int(low[0] + rows)), slice(int(low[1]), int(low[1] + columns)))
    if not rows or not columns:
        return window, np.zeros((rows, columns), bool)
    y, x = _crossings(points, int(low[0]), int(high[0]))
    first = np.clip(np.ceil(x - SNAP / 2).astype(int) - low[1], 0, columns)
    toggles = np.bincount((y - low[0]) * (columns + 1) + first, minlength=rows * (columns + 1))
    parity = np.cumsum(toggles.reshape(rows, columns + 1)[:, :columns], axis=1) % 2
    return window, parity.astype(bool)


def _crossings(points: Points, top: int, bottom: int) -> tuple[NDArray[np.int64], Points]:
    """Row and column at which the edges cross the rows top … bottom - 1; an edge holds its upper end alone."""
    start, end = points, np.roll(points, -1, axis=0)
    upper, lower = np.minimum(start[:, 0], end[:, 0]), np.maximum(start[:, 0], end[:, 0])
    first = np.clip(np.ceil(upper), top, bottom).astype(int)
    count = np.maximum(np.clip(np.ceil(lower), top, bottom).astype(int) - first, 0)
    edge = np.repeat(np.arange(len(points)), count)
    within = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    row = first[edge] + within
    (y0, x0), (y1, x1) = start[edge].T, end[edge].T
    return row, x0 + (row - y0) * (x1 - x0) / (y1 - y0)


def nested(one: Pixels, other: Pixels) -> bool:
    """Whether two outlines on one slice are apart, or the one lies in the other: then parity says what was meant."""
    both = int(np.count_nonzero(one & other))
    return both == 0 or (both in (np.count_nonzero(one), np.count_nonzero(other)) and not np.array_equal(one, other))
