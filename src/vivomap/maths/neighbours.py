"""Labels that lean a little towards their neighbours: a Potts field in mean-field form, over the six next voxels.

q_k(v) ∝ p_k(v) exp(β Σ q_k(neighbours))
"""

from __future__ import annotations

import numpy as np

from vivomap.core.image import Array

ROUNDS = 5  # project: with a small β it has settled before


def leaned(chances: Array, mask: Array, beta: float) -> Array:
    """The chances (voxel, part) of the voxels under a mask (z, y, x) after leaning; each row sums to 1."""
    held = np.asarray(chances)
    volume = np.zeros((*(n + 2 for n in mask.shape), chances.shape[1]))
    core = volume[1:-1, 1:-1, 1:-1]
    for _ in range(ROUNDS if beta > 0 else 0):
        core[mask] = held
        near = sum(np.roll(volume, step, axis) for axis in range(3) for step in (-1, 1))
        pull = np.asarray(near)[1:-1, 1:-1, 1:-1][mask]
        held = chances * np.exp(beta * (pull - pull.max(axis=1, keepdims=True)))
        held = held / np.maximum(held.sum(axis=1, keepdims=True), 1e-300)
    return np.asarray(held)
