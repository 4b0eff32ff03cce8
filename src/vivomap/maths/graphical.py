"""Straight lines of tracer kinetics: Patlak's and Logan's, on frames that are averages over time.

A frame that begins at s and lasts d holds the mean c of its curve. So the integral at the end of each frame is the sum
of c d, exactly, and with the slope m of the integral at the two edges (the curve itself, read off between the two
frames' middles; 0 before the first) the mean of the integral over a frame is, to third order in d,

    (I_before + I_after) / 2 + d (m_before - m_after) / 12

which is linear in the frames: `running` is its matrix A. With tissue C, blood P and reference R

    Patlak   C = Ki A P + V P                               irreversible
    Logan    A C / C = VT A P / C + b                       reversible
             A C / C = DVR (A R + R / k2') / C + b          with a reference instead of blood

from the time on at which the plot is straight. All three hold for means over a frame as for moments.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vivomap.core.image import Array

STEP = 1e-3  # of its standard uncertainty: how far each frame is moved to see what it does to the slope


class Line(NamedTuple):
    """Slope and intercept, and what is left of the points (point,)."""

    slope: float
    intercept: float
    rest: Array


def running(durations: Array) -> Array:
    """The matrix (frame, frame) that takes frame means to the means over each frame of their integral from the start.

    Durations in the unit of the integral's time; frames follow one another without gaps.
    """
    d, count = np.asarray(durations, float), len(durations)
    ends = np.tril(np.ones((count, count))) * d
    before = np.vstack((np.zeros(count), ends[:-1]))
    edges = np.zeros((count + 1, count))
    for k in range(count - 1):
        edges[k + 1, k], edges[k + 1, k + 1] = d[k + 1] / (d[k] + d[k + 1]), d[k] / (d[k] + d[k + 1])
    edges[count, count - 1] = 1.0
    return np.asarray((before + ends) / 2 + d[:, None] * (edges[:-1] - edges[1:]) / 12)


def patlak(integral: Array, blood: Array, weights: Array) -> Array:
    """The matrix (2, frame) that takes a tissue's frames to Ki and V, from A P and P (frame,) of the straight part."""
    shapes = np.column_stack((integral, blood))
    return np.asarray(np.linalg.solve(shapes.T @ (weights[:, None] * shapes), shapes.T * weights))


def logan(summed: Array, tissue: Array, driven: Array) -> Line:
    """The line of A C / C on `driven` / C, each (frame,), by least squares of even weight."""
    x, y = driven / tissue, summed / tissue
    shapes = np.column_stack((x, np.ones_like(x)))
    slope, intercept = np.linalg.lstsq(shapes, y, rcond=None)[0]
    return Line(float(slope), float(intercept), y - shapes @ (slope, intercept))
