"""Compiled passes over two images that are laid on each other: what is pulled, how it differs, where that pushes.

Indices of the moving image are P (x + u), with P (3, 4) an affine map and u a displacement (3, z, y, x) in voxels of
the fixed one. Between voxels values run straight along each axis. Where the moving image does not reach, it is mute.
"""

from __future__ import annotations

import math

import numpy as np

from vivomap.core.image import Array
from vivomap.maths.slabs import over
from vivomap.maths.smoothing import compiled


def pulled(moving: Array, place: Array, field: Array, outside: float = np.nan) -> Array:
    """The moving image (z, y, x) on the grid of a field (3, z, y, x); `outside` where it does not reach."""
    out = np.empty(field.shape[1:], np.float32)
    over(field.shape[1], lambda a, b: _pull(moving, place, field, out, outside, a, b))
    return out


def gradient(image: Array, slope: Array) -> None:
    """The gradient of an image (z, y, x) per voxel into `slope` (3, z, y, x)."""
    over(image.shape[0], lambda a, b: _gradient(image, slope, a, b))


def outer(slope: Array, weight: Array, left: Array) -> None:
    """w g gᵀ into `left` (6, z, y, x): zz, yy, xx, zy, zx, yx."""
    over(weight.shape[0], lambda a, b: _outer(slope, weight, left, a, b))


def push(
    images: tuple[Array, Array, Array], place: Array, fields: tuple[Array, Array, Array], limit: float
) -> tuple[float, float]:
    """w g d / (1 + (d/limit)²) into the last of the fields, from the first two (u, g); the sums of w d² and of w.

    `images` are the fixed one, the moving one and the weight w. Beyond the limit a difference pushes less the larger it
    is: it is a change, not a displacement.
    """
    found = over(images[0].shape[0], lambda a, b: _push(images, place, fields, limit, a, b))
    return sum(f[0] for f in found), sum(f[1] for f in found)


def step(left: Array, pushed: Array, field: Array, limits: tuple[float, float]) -> None:
    """Moves the field by the solution of (left + λ) du = pushed in each voxel; `limits` are λ and the longest du."""
    over(field.shape[1], lambda a, b: _step(left, pushed, field, limits, a, b))


@compiled
def sample(moving: Array, a: float, b: float, c: float) -> float:
    """The value between eight voxels; the caller has seen that they are there."""
    depth, rows, columns = moving.shape
    i, j, k = min(int(a), depth - 2), min(int(b), rows - 2), min(int(c), columns - 2)
    u, v, w = np.float32(a - i), np.float32(b - j), np.float32(c - k)
    one = moving[i, j, k] + w * (moving[i, j, k + 1] - moving[i, j, k])
    two = moving[i, j + 1, k] + w * (moving[i, j + 1, k + 1] - moving[i, j + 1, k])
    three = moving[i + 1, j, k] + w * (moving[i + 1, j, k + 1] - moving[i + 1, j, k])
    four = moving[i + 1, j + 1, k] + w * (moving[i + 1, j + 1, k + 1] - moving[i + 1, j + 1, k])
    near = one + v * (two - one)
    return near + u * (three + v * (four - three) - near)  # type: ignore[no-any-return]


@compiled
def _pull(moving: Array, p: Array, field: Array, out: Array, outside: float, first: int, last: int) -> None:
    high, wide, far = moving.shape[0] - 1, moving.shape[1] - 1, moving.shape[2] - 1
    for z in range(first, last):
        for y in range(out.shape[1]):
            for x in range(out.shape[2]):
                r, s, t = z + field[0, z, y, x], y + field[1, z, y, x], x + field[2, z, y, x]
                a = p[0, 0] * r + p[0, 1] * s + p[0, 2] * t + p[0, 3]
                b = p[1, 0] * r + p[1, 1] * s + p[1, 2] * t + p[1, 3]
                c = p[2, 0] * r + p[2, 1] * s + p[2, 2] * t + p[2, 3]
                if a >= 0 and b >= 0 and c >= 0 and a <= high and b <= wide and c <= far:
                    out[z, y, x] = sample(moving, a, b, c)
                else:
                    out[z, y, x] = outside


@compiled
def _gradient(image: Array, slope: Array, first: int, last: int) -> None:
    depth, rows, columns = image.shape
    half = np.float32(0.5)
    for z in range(first, last):
        below, above = max(z - 1, 0), min(z + 1, depth - 1)
        for y in range(rows):
            left, right = max(y - 1, 0), min(y + 1, rows - 1)
            for x in range(columns):
                slope[0, z, y, x] = half * (image[above, y, x] - image[below, y, x])
                slope[1, z, y, x] = half * (image[z, right, x] - image[z, left, x])
            slope[2, z, y, 0] = slope[2, z, y, columns - 1] = 0
            for x in range(1, columns - 1):
                slope[2, z, y, x] = half * (image[z, y, x + 1] - image[z, y, x - 1])


@compiled
def _outer(slope: Array, weight: Array, left: Array, first: int, last: int) -> None:
    for z in range(first, last):
        for y in range(weight.shape[1]):
            for x in range(weight.shape[2]):
                w, a, b, c = weight[z, y, x], slope[0, z, y, x], slope[1, z, y, x], slope[2, z, y, x]
                left[0, z, y, x], left[1, z, y, x], left[2, z, y, x] = w * a * a, w * b * b, w * c * c
                left[3, z, y, x], left[4, z, y, x], left[5, z, y, x] = w * a * b, w * a * c, w * b * c


@compiled
def _push(
    images: tuple[Array, Array, Array],
    p: Array,
    fields: tuple[Array, Array, Array],
    limit: float,
    first: int,
    last: int,
) -> tuple[float, float]:
    fixed, moving, weight = images
    field, slope, pushed = fields
    most = np.float32(limit)
    high, wide, far = moving.shape[0] - 1, moving.shape[1] - 1, moving.shape[2] - 1
    squares, count = 0.0, 0.0
    for z in range(first, last):
        for y in range(fixed.shape[1]):
            for x in range(fixed.shape[2]):
                r, s, t = z + field[0, z, y, x], y + field[1, z, y, x], x + field[2, z, y, x]
                a = p[0, 0] * r + p[0, 1] * s + p[0, 2] * t + p[0, 3]
                b = p[1, 0] * r + p[1, 1] * s + p[1, 2] * t + p[1, 3]
                c = p[2, 0] * r + p[2, 1] * s + p[2, 2] * t + p[2, 3]
                d = np.float32(0)
                if a >= 0 and b >= 0 and c >= 0 and a <= high and b <= wide and c <= far:
                    d = fixed[z, y, x] - sample(moving, a, b, c)
                    squares += weight[z, y, x] * d * d
                    count += weight[z, y, x]
                d *= weight[z, y, x] / (1 + d / most * (d / most))
                pushed[0, z, y, x] = d * slope[0, z, y, x]
                pushed[1, z, y, x] = d * slope[1, z, y, x]
                pushed[2, z, y, x] = d * slope[2, z, y, x]
    return squares, count


@compiled
def _step(left: Array, pushed: Array, field: Array, limits: tuple[float, float], first: int, last: int) -> None:
    """By the inverse of each symmetric 3 × 3 matrix."""
    ridge, longest = np.float32(limits[0]), np.float32(limits[1])
    for z in range(first, last):
        for y in range(field.shape[2]):
            for x in range(field.shape[3]):
                a, b, c = left[0, z, y, x] + ridge, left[1, z, y, x] + ridge, left[2, z, y, x] + ridge
                d, e, f = left[3, z, y, x], left[4, z, y, x], left[5, z, y, x]
                m, n, o, p = b * c - f * f, e * f - d * c, d * f - e * b, d * e - a * f
                one = 1 / (a * m + d * n + e * o)
                k, q, r = pushed[0, z, y, x], pushed[1, z, y, x], pushed[2, z, y, x]
                u = one * (m * k + n * q + o * r)
                v = one * (n * k + (a * c - e * e) * q + p * r)
                w = one * (o * k + p * q + (a * b - d * d) * r)
                length = math.sqrt(u * u + v * v + w * w)
                if length > longest:
                    u, v, w = u * longest / length, v * longest / length, w * longest / length
                field[0, z, y, x] += u
                field[1, z, y, x] += v
                field[2, z, y, x] += w
