"""A tensor beside free water: what fluid between cells, oedema or partial volume takes from FA, given back.

    S = A exp(-b gᵀ D g) + W exp(-b 3)        b in ms/um2; 3 um2/ms: free water at body heat; f = W / (A + W)

For a given W the rest is a tensor, fitted as in `tensor`. W is tried in steps of the unweighted signal, and the place
between the best three is that of a parabola. It takes two shells of b to tell W and D apart (Hoy et al. 2014, from
memory, who search in the same way).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vivomap.core.image import Array
from vivomap.maths import tensor

FREE = 3.0  # um2/ms, free water at 37 °C (Pasternak et al. 2009, from memory)
STEPS = 24
MOST = 0.96  # of the unweighted signal
AT_ONCE = 1 << 13  # voxels


class Mixed(NamedTuple):
    """The share of free water of each voxel, and the unknowns of the tensor beside it (7, voxel)."""

    share: Array
    unknowns: Array


def fit(signals: Array, matrix: Array, b: Array) -> Mixed:
    """The share of free water and the tensor of signals (frame, voxel), by a design (frame, 7) at b (frame)."""
    starts = range(0, signals.shape[1], AT_ONCE)
    parts = [_fit(np.asarray(signals[:, s : s + AT_ONCE], float), matrix, np.asarray(b, float)) for s in starts]
    return Mixed(np.concatenate([p.share for p in parts]), np.concatenate([p.unknowns for p in parts], axis=1))


def _fit(s: Array, matrix: Array, b: Array) -> Mixed:
    water = np.exp(-FREE * b)[:, None]
    whole = s[b == b.min()].mean(axis=0)
    tried = np.linspace(0, MOST, STEPS)
    costs = np.stack([_beside(s, matrix, share * whole * water)[1] for share in tried])
    best = np.clip(costs.argmin(axis=0), 1, STEPS - 2)
    before, at, after = np.take_along_axis(costs, best + np.array([[-1], [0], [1]]), axis=0)
    bend = before - 2 * at + after
    shift = np.where(bend > 0, (before - after) / 2 / np.where(bend > 0, bend, 1.0), 0.0)
    share = np.clip((best + np.clip(shift, -1, 1)) * (tried[1] - tried[0]), 0, MOST)
    unknowns, _ = _beside(s, matrix, share * whole * water)
    amount = share * whole
    return Mixed(amount / (amount + np.exp(unknowns[6])), unknowns)


def _beside(s: Array, matrix: Array, water: Array) -> tuple[Array, Array]:
    """The tensor of what is left beside the water (frame, voxel), and the squares that both leave over."""
    unknowns = tensor.fit(s - water, matrix)
    rest = s - water - tensor.foretold(unknowns, matrix)
    return unknowns, np.einsum("fv,fv->v", rest, rest)
