"""How a picture must be warped to lie on another: local least squares, from coarse to fine.

With the fixed image F, the moving one M laid on it by an affine map P, and a displacement u (voxels of F),

    d = F - M(P(x + u)),   g = gradient of F,   (K * w g gᵀ + λ) du = K * w g d,   u <- S * (u + du)

where K is the window over which neighbours move together, S keeps the field smooth and w weighs voxels. The matrix on
the left is made once a level, since at the end g is the gradient of both. λ is the noise of d over the voxels of a
window: where there is no texture, a voxel moves with its neighbours. It is a step of Gauss and Newton where demons
take one along the gradient, so few rounds are enough.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from vivomap.core.image import Array
from vivomap.maths.pulling import gradient, outer, pulled, push, step
from vivomap.maths.smoothing import smooth

WINDOW = 3.0  # of K, standard deviation in the finest steps of a level; project
SMOOTH = 1.7  # of S, likewise; project
EDGES = 0.1  # mean square gradients from which an edge says no more the stronger it is; project
LONGEST = 1.0  # voxel: no round moves further, for beyond it the gradient says nothing
CHANGED = 3.0  # root mean squares of d beyond which it is taken for a change rather than a displacement; project
single = np.float32


class Level(NamedTuple):
    """Two images (float32) at one resolution, and the 4 × 4 maps from their indices (z, y, x, 1) to mm.

    `weight` (z, y, x) is 0 where a voxel is to say nothing. `greys`, where the two are of different kinds, gives the
    fixed image in the greys of the moving one and a weight, from what the moving one shows there at present.
    """

    fixed: Array
    moving: Array
    ground: Array
    under: Array
    weight: Array
    greys: Callable[[Array], tuple[Array, Array]] | None = None

    @property
    def steps(self) -> tuple[float, float, float]:
        """The steps of the fixed grid along (z, y, x), mm."""
        z, y, x = np.linalg.norm(self.ground[:3, :3], axis=0)
        return float(z), float(y), float(x)

    def place(self, transform: Array) -> Array:
        """P (3, 4): indices of the fixed grid to those of the moving one, where mm go to mm by `transform` (4, 4)."""
        return np.ascontiguousarray((np.linalg.inv(self.under) @ transform @ self.ground)[:3])

    def seen(self, transform: Array, field: Array) -> tuple[Array, Array]:
        """The fixed image in the greys of the moving one as it lies now, and the weight."""
        if self.greys is None:
            return self.fixed, self.weight
        fixed, weight = self.greys(pulled(self.moving, self.place(transform), field))
        return fixed, weight * self.weight


def flow(levels: Sequence[Level], transform: Array, rounds: Sequence[int]) -> Array:
    """The displacement (3, z, y, x) in voxels of the last level, float32, along its (z, y, x)."""
    field = np.zeros((3, *levels[0].fixed.shape), single)
    for k, level in enumerate(levels):
        if k:
            field = finer(field, level.fixed.shape, levels[k - 1].steps, level.steps)
        _settle(level, level.place(transform), field, (transform, rounds[k], k == len(levels) - 1))
    return field


def finer(field: Array, shape: tuple[int, ...], coarse: Sequence[float], fine: Sequence[float]) -> Array:
    """A displacement field on a finer grid that begins at the same edge, in voxels of the finer one."""
    out = np.empty((3, *shape), single)
    for part in range(3):
        out[part] = spread(field[part], shape, coarse, fine) * single(coarse[part] / fine[part])
    return out


def spread(values: Array, shape: tuple[int, ...], coarse: Sequence[float], fine: Sequence[float]) -> Array:
    """Values (z, y, x) on a finer grid that begins at the same edge, straight between the coarse ones."""
    for axis in range(3):
        place = np.clip((np.arange(shape[axis]) + 0.5) * fine[axis] / coarse[axis] - 0.5, 0, values.shape[axis] - 1)
        low = np.minimum(place.astype(int), max(values.shape[axis] - 2, 0))
        high = np.minimum(low + 1, values.shape[axis] - 1)
        share = (place - low).astype(single).reshape([-1 if a == axis else 1 for a in range(3)])
        values = np.take(values, low, axis) * (1 - share) + np.take(values, high, axis) * share
    return values


def _settle(level: Level, place: Array, field: Array, how: tuple[Array, int, bool]) -> None:
    """The rounds of one level; changes the field in place."""
    transform, rounds, last = how
    slope, pushed = np.empty_like(field), np.empty_like(field)
    left, room = np.empty((6, *field.shape[1:]), single), np.empty_like(field)
    least, ridge, limit = min(level.steps), 0.0, 1e18
    window, even = (_three([s * least / step for step in level.steps]) for s in (WINDOW, SMOOTH))
    for k in range(rounds):
        if k == 0 or (level.greys and k == rounds // 2):
            fixed, weight = level.seen(transform, field)
            gradient(fixed, slope)
            weight = _even_handed(slope, weight)
            outer(slope, weight, left)
            smooth(left[:3], window, room)
            smooth(left[3:], window, room)
        squares, count = push((fixed, level.moving, weight), place, (field, slope, pushed), limit)
        square = squares / max(count, 1e-9)
        limit = CHANGED * max(square, 1e-12) ** 0.5 if last and k >= rounds // 2 else limit
        ridge = ridge or _ridge(square, window)
        smooth(pushed, window, room)
        step(left, pushed, field, (ridge, LONGEST))
        smooth(field, even, room)


def _even_handed(slope: Array, weight: Array) -> Array:
    """The weight, less where an edge is strong: skin and bone are not to outshout the texture beside them."""
    strength = np.einsum("izyx,izyx->zyx", slope, slope)
    weighed = weight / (strength + single(EDGES * float(strength[weight > 0].mean()) + 1e-12))
    return np.asarray(weighed / max(float(weighed.mean()), 1e-12), single)


def _three(values: list[float]) -> tuple[float, float, float]:
    z, y, x = values
    return z, y, x


def _ridge(square: float, window: Sequence[float]) -> float:
    """λ: the mean square of d over the number of voxels that a window averages, for a prior of one voxel."""
    voxels = float(np.prod([2 * np.sqrt(np.pi) * max(w, 0.5) for w in window]))
    return max(square / voxels, 1e-12)
