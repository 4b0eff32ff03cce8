"""How a picture must be turned, shifted and stretched to lie on another: least squares over the whole of it.

A point p of the fixed image lies in the moving one at T(p + D (1, p - c)), with D (3, 4) a small motion in mm about the
centre c. Each round takes the D that brings d = F - M(T p) to its least mean square (Gauss and Newton), puts it into T,
and looks again. The doubt of D comes from blocks of voxels, each of which pushes by itself,

    C = H⁻¹ (Σ s sᵀ) H⁻¹ / q²,   s the push of one block, H the sum of what the gradients say

with q the share of H that a shift of half a voxel bears out (the rest are the slopes of noise); so noise that
neighbours share within a block is counted for what it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.linalg import expm

from vivomap.core.image import Array
from vivomap.maths.flow import Level
from vivomap.maths.pulling import gradient, sample
from vivomap.maths.slabs import over
from vivomap.maths.smoothing import compiled

BLOCK = 8  # voxels a side of a block; project
ROUNDS = 20
LEAST_AGREED = 0.1  # below it the two images share nothing to rest on; project
SETTLED = 0.002  # mm that the corners still move: no further rounds; project
UPPER = [(0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)]


class Laid(NamedTuple):
    """The map of fixed to moving mm (4, 4), its centre (mm), the motions that were free (k, 3, 4), their covariance.

    `square` is the mean of d² at the end, and `share` the part of the fixed image that the moving one covers.
    `spread` is the distance (mm) of other maps that may be right as well.
    """

    transform: Array
    centre: Array
    motions: Array
    covariance: Array
    square: float
    share: float
    spread: float = 0.0

    def doubt(self, points: Array) -> Array:
        """The standard uncertainty along each axis at points (n, 3) of the fixed image, mm (n, 3)."""
        place = np.concatenate((np.ones((len(points), 1)), points - self.centre), axis=1)
        moved = np.einsum("kij,nj->nik", self.motions, place)
        square = np.maximum(np.einsum("nik,kl,nil->ni", moved, self.covariance, moved), 0)
        return np.asarray(np.sqrt(square + self.spread**2 / 3))


def motions(kind: str) -> Array:
    """What may move: shifts and turns ("rigid", 6), or every affine motion ("affine", 12), as (k, 3, 4)."""
    shifts = [np.outer(np.eye(3)[i], np.eye(4)[0]) for i in range(3)]
    if kind == "rigid":
        turns = [np.zeros((3, 4)) for _ in range(3)]
        for turn, (i, j) in zip(turns, ((0, 1), (0, 2), (1, 2)), strict=True):
            turn[i, j + 1], turn[j, i + 1] = 1.0, -1.0
        return np.array(shifts + turns)
    return np.array(shifts + [np.outer(np.eye(3)[i], np.eye(4)[j]) for i in range(3) for j in (1, 2, 3)])


def lay(levels: Sequence[Level], transform: Array, kind: str) -> Laid:
    """From coarse to fine, from a first guess (4, 4) of fixed mm to moving mm."""
    free = motions(kind)
    for level in levels:
        laid = _settle(level, transform, free)
        transform = laid.transform
    return laid


def _settle(level: Level, transform: Array, free: Array) -> Laid:
    """Rounds at one level until the corners rest."""
    centre = (level.ground @ np.append((np.array(level.fixed.shape) - 1) / 2, 1.0))[:3]
    reach = float(np.linalg.norm(level.ground[:3, :3] @ np.array(level.fixed.shape))) / 2
    slope, nowhere = np.empty((3, *level.fixed.shape), np.float32), np.zeros((3, 1, 1, 1), np.float32)
    to_index = _to_index(level.ground)
    limit, laid = 1e18, Laid(transform, centre, free, np.zeros((len(free), len(free))), 0.0, 0.0)
    for k in range(ROUNDS):
        if k == 0 or (level.greys and k % 4 == 0):
            still = np.broadcast_to(nowhere, (3, *level.fixed.shape))
            fixed, weight = level.seen(transform, np.ascontiguousarray(still) if level.greys else still)
            gradient(fixed, slope)
        total, pushes, sums = _equations((fixed, level.moving, weight), slope, level.place(transform), limit)
        basis = np.array([to_index @ m.ravel() for m in free]).T  # (12, k)
        matrix, right = basis.T @ total @ basis, basis.T @ pushes.sum(axis=0)
        inverse = np.linalg.pinv(matrix, rcond=1e-12, hermitian=True)
        move = inverse @ right
        square = sums[0] / max(sums[1], 1e-9)
        own = pushes @ basis
        covariance = inverse @ (own.T @ own) @ inverse
        laid = Laid(transform, centre, free, covariance, square, sums[2] / level.fixed.size)
        step = np.tensordot(move, free, 1)
        transform = transform @ _about(centre, step, len(free) == 6)
        if np.abs(step @ np.array([1, reach, reach, reach])).max() < SETTLED:
            break
    share = _agreed((fixed, level.moving, weight), slope, level, transform) ** 2
    return laid._replace(transform=transform, covariance=laid.covariance / share)


def _agreed(images: tuple[Array, Array, Array], slope: Array, level: Level, transform: Array) -> float:
    """By what share of what H says the push falls with a shift: noise has slopes too, and they say nothing."""
    shares = []
    for axis in range(3):
        push = []
        for side in (-0.5, 0.5):
            shift = np.zeros(3)
            shift[axis] = side
            moved = transform @ level.ground @ _shift(shift) @ np.linalg.inv(level.ground)
            total, pushes, _ = _equations(images, slope, level.place(moved), 1e18)
            push.append(float(pushes[:, 4 * axis].sum()))
        shares.append((push[0] - push[1]) / max(float(total[4 * axis, 4 * axis]), 1e-30))
    return float(np.clip(np.mean(shares), LEAST_AGREED, 1.0))


def _shift(voxels: Array) -> Array:
    whole = np.eye(4)
    whole[:3, 3] = voxels
    return whole


def _about(centre: Array, motion: Array, rigid: bool) -> Array:
    """A motion (3, 4) about a centre as a 4 × 4 map of mm; one that turns keeps every length."""
    turn = expm(motion[:, 1:]) if rigid else np.eye(3) + motion[:, 1:]
    whole = np.eye(4)
    whole[:3, :3], whole[:3, 3] = turn, centre - turn @ centre + motion[:, 0]
    return whole


def _to_index(ground: Array) -> Array:
    """(12, 12): a motion (3, 4) in mm as one in voxels, both in one row."""
    steps = ground[:3, :3]
    right = np.zeros((4, 4))
    right[0, 0], right[1:, 1:] = 1.0, steps
    return np.kron(np.linalg.inv(steps), right.T)


def _equations(
    images: tuple[Array, Array, Array], slope: Array, place: Array, limit: float
) -> tuple[Array, Array, Array]:
    """H (12, 12), the push of each block (blocks, 12), and the sums of w d², w and of voxels covered."""
    shape = images[0].shape
    counts = [-(-n // BLOCK) for n in shape]
    pushes = np.zeros((*counts, 12))
    parts = np.zeros((counts[0], 60))
    sums = np.zeros((counts[0], 3))
    over(counts[0], lambda a, b: _gather(images, slope, place, limit, (pushes, parts, sums), a, b))
    found = parts.sum(axis=0).reshape(6, 10)
    places = np.zeros((4, 4))
    whole = np.zeros((3, 4, 3, 4))
    rows, columns = np.triu_indices(4)
    for k, (i, j) in enumerate(UPPER):
        places[rows, columns] = places[columns, rows] = found[k]
        whole[i, :, j, :] = whole[j, :, i, :] = places
    return whole.reshape(12, 12), pushes.reshape(-1, 12), sums.sum(axis=0)


@compiled
def _gather(
    images: tuple[Array, Array, Array],
    slope: Array,
    p: Array,
    limit: float,
    out: tuple[Array, Array, Array],
    first: int,
    last: int,
) -> None:
    """Fills the rows from `first` to `last` of what is gathered, one row for each layer of blocks."""
    fixed, moving, weight = images
    pushes, parts, sums = out
    depth, rows, columns = fixed.shape
    high, wide, far = moving.shape[0] - 1, moving.shape[1] - 1, moving.shape[2] - 1
    mz, my, mx = (depth - 1) / 2, (rows - 1) / 2, (columns - 1) / 2
    q, g = np.empty(4), np.empty(3)
    for z in range(first * BLOCK, min(last * BLOCK, depth)):
        layer = z // BLOCK
        for y in range(rows):
            for x in range(columns):
                w = weight[z, y, x]
                a = p[0, 0] * z + p[0, 1] * y + p[0, 2] * x + p[0, 3]
                b = p[1, 0] * z + p[1, 1] * y + p[1, 2] * x + p[1, 3]
                c = p[2, 0] * z + p[2, 1] * y + p[2, 2] * x + p[2, 3]
                if w <= 0 or not (a >= 0 and b >= 0 and c >= 0 and a <= high and b <= wide and c <= far):
                    continue
                d = fixed[z, y, x] - sample(moving, a, b, c)
                sums[layer, 0] += w * d * d
                sums[layer, 1] += w
                sums[layer, 2] += 1
                w /= 1 + d / limit * (d / limit)
                g[0], g[1], g[2] = slope[0, z, y, x], slope[1, z, y, x], slope[2, z, y, x]
                q[0], q[1], q[2], q[3] = 1.0, z - mz, y - my, x - mx
                for i in range(3):
                    for j in range(4):
                        pushes[layer, y // BLOCK, x // BLOCK, 4 * i + j] += w * d * g[i] * q[j]
                n = 0
                for i in range(4):
                    for j in range(i, 4):
                        t = w * q[i] * q[j]
                        parts[layer, n] += t * g[0] * g[0]
                        parts[layer, 10 + n] += t * g[1] * g[1]
                        parts[layer, 20 + n] += t * g[2] * g[2]
                        parts[layer, 30 + n] += t * g[0] * g[1]
                        parts[layer, 40 + n] += t * g[0] * g[2]
                        parts[layer, 50 + n] += t * g[1] * g[2]
                        n += 1
