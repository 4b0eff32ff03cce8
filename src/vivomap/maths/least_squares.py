"""Curves fitted in many voxels at once, by Levenberg and Marquardt's steps, within bounds.

Each voxel has its own damping and goes its own way; all of them are computed together, so that a model is written once
for arrays. A parameter that lies on a bound and is pushed against it stays there for that step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from vivomap.core.image import Array

Model = Callable[[Array, Array], tuple[Array, Array]]  # parameters (voxel, p), which voxels: curves, slopes by p
STEPS = 40
ENOUGH = 1e-10  # a fall of the sum of squares by less than this share ends a voxel
STUCK = 1e8  # and so does a damping above this


class Fit(NamedTuple):
    """Parameters (voxel, p), the sum of squared residuals (voxel,) and the inverse of J'J (voxel, p, p)."""

    values: Array
    squares: Array
    inverse: Array


def fit(model: Model, seen: Array, start: Array, low: Array, high: Array) -> Fit:
    """The parameters that bring a model nearest to what was seen (voxel, sample), from a start (voxel, p).

    The inverse has zeros for a parameter that ends on a bound; it times the variance of one sample is the covariance.
    """
    values = np.clip(start, low, high).astype(float)
    everyone = np.arange(len(seen))
    curve, slopes = model(values, everyone)
    squares = ((seen - curve) ** 2).sum(axis=1)
    damping, going = np.full(len(seen), 1e-3), everyone
    for _ in range(STEPS):
        if going.size == 0:
            break
        step = _step(values[going], slopes[going], (seen - curve)[going], damping[going], (low, high))
        tried = np.clip(values[going] + step, low, high)
        new_curve, new_slopes = model(tried, going)
        new_squares = ((seen[going] - new_curve) ** 2).sum(axis=1)
        better = new_squares < squares[going]
        fell = squares[going] - new_squares
        done = (better & (fell <= ENOUGH * squares[going])) | (~better & (damping[going] > STUCK))
        took = going[better]
        values[took], squares[took] = tried[better], new_squares[better]
        curve[took], slopes[took] = new_curve[better], new_slopes[better]
        damping[going] *= np.where(better, 0.1, 10.0)
        going = going[~done]
    return Fit(values, squares, _inverse(slopes, values, low, high))


def _step(values: Array, slopes: Array, rest: Array, damping: Array, bounds: tuple[Array, Array]) -> Array:
    """The damped step of each voxel; a parameter that its bound holds does not move."""
    low, high = bounds
    pull = np.einsum("vtp,vt->vp", slopes, rest)
    held = ((values <= low) & (pull <= 0)) | ((values >= high) & (pull >= 0))
    normal = np.einsum("vtp,vtq->vpq", slopes, slopes)
    normal[held[:, :, None] | held[:, None, :]] = 0.0
    diagonal = np.einsum("vpp->vp", normal)
    scale = np.where(held | (diagonal <= 0), 1.0, diagonal)
    spread = np.arange(values.shape[1])
    normal[:, spread, spread] = scale * (1 + damping[:, None])
    return np.asarray(np.linalg.solve(normal, np.where(held, 0.0, pull)[:, :, None])[:, :, 0])


def _inverse(slopes: Array, values: Array, low: Array, high: Array) -> Array:
    held = (values <= low) | (values >= high)
    normal = np.einsum("vtp,vtq->vpq", slopes, slopes)
    normal[held[:, :, None] | held[:, None, :]] = 0.0
    spread = np.arange(values.shape[1])
    normal[:, spread, spread] = np.where(held, 1.0, np.einsum("vpp->vp", normal))
    scale = np.sqrt(np.maximum(np.einsum("vpp->vp", normal), 1e-300))
    even = normal / scale[:, :, None] / scale[:, None, :]
    inverse = np.linalg.pinv(even, rcond=1e-12, hermitian=True) / scale[:, :, None] / scale[:, None, :]
    inverse[held[:, :, None] | held[:, None, :]] = 0.0
    return np.asarray(inverse)
