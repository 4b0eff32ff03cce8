"""What belongs to what: the random walker, with the chance of every voxel.

A walker that starts at a voxel steps to a neighbour with a chance proportional to w, and stops at the first seed:

    w = exp(-((I_a - I_b) / (2 sigma))²) / step²

for intensities I in units of their noise sigma and steps in mm. The chance x that it stops at a seed of the lesion
solves L x = 0 with x = 1 at those seeds and 0 at the others, L the Laplacian of w (Grady 2006, from memory).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import cg

from vivomap.core import Refusal
from vivomap.core.image import Array

WEAKEST = 1e-6  # of the strongest step: no voxel is wholly cut off
CLOSE = 1e-6  # relative residual of the solution
MOST_STEPS = 10_000  # project: a click into muscle on a real CT (STS_008) took 2,400


def chance(values: Array, seeds: Array, sigma: float, spacing: tuple[float, float, float]) -> Array:
    """The chance (z, y, x) that each voxel belongs to the lesion.

    `seeds` are 1 for the lesion, 2 for what is not, 0 where it is asked, and -1 where nobody walks (chance 0).
    Raises Refusal if one of the two kinds is absent, or if the walk has no end.
    """
    if not (seeds == 1).any() or not (seeds == 2).any():
        raise Refusal("no_edge", "the walker needs seeds inside and outside of the lesion")
    walked = seeds >= 0
    number = np.full(seeds.shape, -1)
    number[walked] = np.arange(np.count_nonzero(walked))
    rows, columns, weights = [], [], []
    for axis, step in enumerate(spacing):
        near = tuple(slice(None, -1) if a == axis else slice(None) for a in range(3))
        far = tuple(slice(1, None) if a == axis else slice(None) for a in range(3))
        both = walked[near] & walked[far]
        change = (values[near][both] - values[far][both]) / (2 * sigma)
        rows.append(number[near][both])
        columns.append(number[far][both])
        weights.append(np.maximum(np.exp(-(change**2)), WEAKEST) * (min(spacing) / step) ** 2)
    laplacian = _laplacian(
        np.concatenate(rows), np.concatenate(columns), np.concatenate(weights), int(number.max()) + 1
    )
    found: Array = np.zeros(seeds.shape)
    found[walked] = _solved(laplacian, seeds[walked])
    return found


def _laplacian(rows: Array, columns: Array, weights: Array, count: int) -> Any:
    either = sparse.coo_matrix((weights, (rows, columns)), shape=(count, count)).tocsr()
    either = either + either.T
    return (sparse.diags(np.asarray(either.sum(axis=1)).ravel()) - either).tocsr()


def _solved(laplacian: Any, seeds: Array) -> Array:
    """The chance of each walked voxel, in their order; one that reaches no seed has none."""
    found: Array = (seeds == 1).astype(float)
    asked = np.flatnonzero(seeds == 0)
    if asked.size == 0:
        return found
    inner = laplacian[asked]
    pull = -(inner[:, np.flatnonzero(seeds == 1)]).sum(axis=1)
    own = inner[:, asked].tocsr()
    own = own + sparse.diags(np.full(asked.size, WEAKEST * 1e-3))  # a pool without an outlet drains to nothing
    scale = sparse.diags(1 / own.diagonal())
    solution, left = cg(own, np.asarray(pull).ravel(), rtol=CLOSE, maxiter=MOST_STEPS, M=scale)
    if left:
        raise Refusal("no_edge", "the random walk did not settle", found=f"{MOST_STEPS} steps")
    found[asked] = np.clip(solution, 0, 1)
    return found
