"""A decay that slows with b: the first two cumulants of the logarithm of a signal.

    ln S(b) = ln S0 - b D + b² D² K / 6

Linear in ln S0, D and D² K; weighted by the squares of the signals that a first fit without weights foretells.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vivomap.core.image import Array


class Cumulants(NamedTuple):
    """S0, D (inverse unit of b) and K (1) of each voxel, and how S0, D and K move with ln S, (3, frame, voxel)."""

    s0: Array
    rate: Array
    kurtosis: Array
    moves: Array


def fit(signals: Array, b: Array) -> Cumulants:
    """The cumulants of signals (frame, voxel) at three or more different b (frame); NaN where D is not above 0.

    A voxel with a signal of 0 or less has none.
    """
    scale = float(np.max(b))
    x = np.asarray(b, float) / scale
    shapes = np.stack((np.ones_like(x), -x, x * x / 6))
    lit = (signals > 0).all(axis=0)
    log = np.log(np.where(lit, signals, 1.0))
    first = np.linalg.pinv(shapes.T) @ log
    weight = np.exp(2 * (shapes.T @ first - first[0]))
    normal = np.einsum("kf,mf,fv->vkm", shapes, shapes, weight)
    answer = np.linalg.solve(normal, shapes[None] * weight.T[:, None])  # (voxel, 3, frame)
    level, fall, bend = np.einsum("vkf,fv->kv", answer, log)
    known = lit & (fall > 0)
    safe = np.where(known, fall, 1.0)
    kurtosis = bend / safe**2
    moves = np.stack(
        (answer[:, 0].T, answer[:, 1].T / scale, answer[:, 2].T / safe**2 - 2 * kurtosis / safe * answer[:, 1].T)
    )
    found = (np.exp(level), fall / scale, kurtosis, moves)
    return Cumulants(*(np.where(known, v, np.nan) for v in found))
