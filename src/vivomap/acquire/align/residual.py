"""How far the alignment is from the truth, as the images themselves tell it.

The moving image, warped as was found, takes the place of the fixed one, with what the two differ by added again, its
sign thrown block by block. It is laid on the moving image anew: the right answer is then known, and the distance to it
is what noise, change, missing texture and smoothing cost on these very images. What was found has lost some of the true
warp already, so it is done twice: the second time with the first loss put back, from which the residual is read.

For an affine map the doubt follows from the pushes of blocks of voxels (`vivomap.maths.laying`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vivomap.acquire.align.deformable import warped
from vivomap.core.image import Array
from vivomap.maths.flow import Level
from vivomap.maths.pulling import pulled
from vivomap.maths.smoothing import smooth

Steps = tuple[float, float, float]
QUIET = 0.5  # voxel of the finest level by which the moving image is smoothed, so that its noise is no texture; project
SIGN_MM = 4.0  # side of the blocks whose difference keeps its sign; project
NEAR_MM = 12.0  # standard deviation of the neighbourhood in which the error of a voxel is averaged; project


def tried_again(levels: Sequence[Level], transform: Array, field: Array) -> Array:
    """The error (3, z, y, x) in voxels of the finest level, of an alignment whose truth is known."""
    lost = _known(levels, transform, (field, field), 0)
    truth = np.subtract(field, lost, out=lost)  # in its room: fields are the largest that is held here
    return _known(levels, transform, (truth, field), 1)


def _known(levels: Sequence[Level], transform: Array, fields: tuple[Array, Array], seed: int) -> Array:
    """The error where the truth is the first of the fields; the second says what the images differ by."""
    error = warped(_laid_by(levels, transform, fields, seed), transform)
    error -= fields[0]
    return error


def _laid_by(levels: Sequence[Level], transform: Array, fields: tuple[Array, Array], seed: int) -> list[Level]:
    """The levels of a fixed image that is the moving one under the first of the fields, and of the moving one."""
    truth, found = fields
    finest = levels[-1]
    shown, _ = finest.seen(transform, found)
    place = finest.place(transform)
    rest = np.nan_to_num(shown - pulled(finest.moving, place, found), nan=0.0)
    clean = finest.moving[None].copy()
    smooth(clean, (QUIET, QUIET, QUIET), np.empty_like(clean))
    again = pulled(clean[0], place, truth)
    made = np.where(np.isfinite(again), again, shown) + rest * _signs(rest.shape, finest.steps, seed)
    known = []
    for level in levels:
        moving = _fitted(clean[0], _steps(finest.under), level.moving.shape, _steps(level.under))
        fixed = _fitted(made, finest.steps, level.fixed.shape, level.steps)
        known.append(level._replace(fixed=fixed, moving=moving, greys=None))
    return known


def _steps(ground: Array) -> Steps:
    z, y, x = np.linalg.norm(ground[:3, :3], axis=0)
    return float(z), float(y), float(x)


def _fitted(made: Array, fine: Steps, shape: tuple[int, ...], coarse: Steps) -> Array:
    """The finest image shrunk to a coarser level of the same pyramid."""
    factors = [max(1, round(a / b)) for a, b in zip(coarse, fine, strict=True)]
    whole = tuple(slice(0, n * f) for n, f in zip(shape, factors, strict=True))
    split = [n for pair in zip(shape, factors, strict=True) for n in pair]
    return np.ascontiguousarray(made[whole].reshape(split).mean(axis=(1, 3, 5), dtype=np.float32))


def _signs(shape: tuple[int, ...], steps: tuple[float, float, float], seed: int) -> Array:
    """+1 or -1 for each block (z, y, x)."""
    sides = [max(1, round(SIGN_MM / s)) for s in steps]
    counts = [-(-n // s) for n, s in zip(shape, sides, strict=True)]
    signs = np.random.default_rng(seed).choice(np.array([-1, 1], np.float32), counts)
    for axis, side in enumerate(sides):
        signs = np.repeat(signs, side, axis)
    return signs[: shape[0], : shape[1], : shape[2]]


def nearby(error: Array, inside: Array, level: Level) -> Array:
    """The standard uncertainty along any direction at each voxel (z, y, x), mm, from an error in voxels around it."""
    steps = np.array(level.steps, np.float32)[:, None, None, None]
    both = np.stack((((error * steps) ** 2).sum(axis=0) / 3 * inside, inside)).astype(np.float32)
    near = [NEAR_MM / s for s in level.steps]
    smooth(both, (near[0], near[1], near[2]), np.empty_like(both))
    return np.asarray(np.sqrt(both[0] / np.maximum(both[1], 1e-3)), np.float32)
