"""The diffusion tensor of every voxel, by weighted least squares on the logarithm of the signals.

    ln S = ln S0 - b gᵀ D g        D symmetric; b in ms/um2, so that D is in um2/ms

Ordinary least squares first; the squares of the signals that it foretells are the weights of the second fit, so that
noise of one voxel decides its weights least. All sums over frames are matrix products over many voxels at once, and the
seven equations of each voxel are solved by Cholesky, again for many at once. With m = (l1 + l2 + l3)/3

    MD = m    AD = l1    RD = (l2 + l3)/2    FA = sqrt(3/2) sqrt(sum (l - m)²) / sqrt(sum l²)

For a small doubt of the tensor, as columns c of a root of its covariance, a number q of it varies by the sum of
((q(D + c) - q(D - c))/2)². Noise also lifts FA and AD: `lifts` sees by how much, by adding it once more.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vivomap.core.image import Array

AT_ONCE = 1 << 13  # voxels: keeps the work in the cache
UNKNOWN = 7  # xx, yy, zz, xy, xz, yz of D, and ln S0
PAIRS = tuple((k, m) for k in range(UNKNOWN) for m in range(k + 1))  # the lower half of the normal matrix
AGAIN = 20  # tries of noise, project: they add a fortieth to the doubt of a mean
AT = {pair: n for n, pair in enumerate(PAIRS)}
FAINTEST = 1e-4  # of the highest signal of a voxel: what is darker counts as this


class Scalars(NamedTuple):
    """What a tensor says without its direction, (voxel): FA (1); MD, AD, RD in the unit of D."""

    fa: Array
    md: Array
    ad: Array
    rd: Array


def design(b: Array, directions: Array) -> Array:
    """How ln S hangs on the seven unknowns, (frame, 7), for b (frame) and unit vectors (frame, 3)."""
    x, y, z = np.asarray(directions, float).T
    mixed = (x * x, y * y, z * z, 2 * x * y, 2 * x * z, 2 * y * z)
    return np.column_stack((-np.asarray(b, float)[:, None] * np.column_stack(mixed), np.ones(len(b))))


def fit(signals: Array, matrix: Array) -> Array:
    """The seven unknowns (7, voxel) of signals (frame, voxel) by a design (frame, 7), which must tell them all."""
    first = np.linalg.pinv(matrix)
    products = _products(matrix)
    found = np.empty((UNKNOWN, signals.shape[1]))
    for start in range(0, signals.shape[1], AT_ONCE):
        part = slice(start, start + AT_ONCE)
        log = _log(np.asarray(signals[:, part], float))
        weight = np.exp(2 * (matrix @ (first @ log)))
        factor = _factor(products @ weight)
        log *= weight
        found[:, part] = _back(factor, _forth(factor, matrix.T @ log))
    return found


def _products(matrix: Array) -> Array:
    """What each frame adds to the lower half of the normal matrix, (28, frame)."""
    return np.stack([matrix[:, k] * matrix[:, m] for k, m in PAIRS])


def _log(signals: Array) -> Array:
    """ln S to a part in 10^12: in single precision, then one step of Newton, which is faster than the double one."""
    signals = np.maximum(signals, FAINTEST * signals.max(axis=0) + np.finfo(np.float32).tiny)
    rough = np.log(signals.astype(np.float32)).astype(float)
    return np.asarray(rough + (signals * np.exp(-rough) - 1))


def _factor(half: Array) -> Array:
    """The Cholesky factor of symmetric matrices, both as their lower halves (28, voxel)."""
    out, product = np.empty_like(half), np.empty_like(half[0])
    for n, (k, m) in enumerate(PAIRS):
        rest = out[n]
        rest[:] = half[n]
        for j in range(m):
            rest -= np.multiply(out[AT[k, j]], out[AT[m, j]], out=product)
        if k == m:
            np.sqrt(np.maximum(rest, 1e-12 * half[n], out=rest), out=rest)
        else:
            rest /= out[AT[m, m]]
    return out


def _forth(factor: Array, right: Array) -> Array:
    """The solution of L x = r for every voxel."""
    out, product = right.copy(), np.empty_like(right[0])
    for k in range(UNKNOWN):
        for j in range(k):
            out[k] -= np.multiply(factor[AT[k, j]], out[j], out=product)
        out[k] /= factor[AT[k, k]]
    return out


def _back(factor: Array, right: Array) -> Array:
    """The solution of Lᵀ x = r for every voxel."""
    out, product = right.copy(), np.empty_like(right[0])
    for k in reversed(range(UNKNOWN)):
        for j in range(k + 1, UNKNOWN):
            out[k] -= np.multiply(factor[AT[j, k]], out[j], out=product)
        out[k] /= factor[AT[k, k]]
    return out


def foretold(unknowns: Array, matrix: Array) -> Array:
    """The signals (frame, voxel) that tensors (7, voxel) foretell."""
    return np.asarray(np.exp(matrix @ unknowns))


def scalars(elements: Array) -> Scalars:
    """FA, MD, AD and RD of tensors given as xx, yy, zz, xy, xz, yz (6, voxel), by the closed form of eigenvalues."""
    starts = range(0, max(elements.shape[1], 1), AT_ONCE)
    parts = [_scalars(elements[:, start : start + AT_ONCE]) for start in starts]
    return Scalars(*(np.concatenate(each) for each in zip(*parts, strict=True)))


def _scalars(elements: Array) -> Scalars:
    xx, yy, zz, xy, xz, yz = elements
    md = (xx + yy + zz) / 3
    a, b, c = xx - md, yy - md, zz - md
    off = xy * xy + xz * xz + yz * yz
    away = a * a + b * b + c * c + 2 * off
    length = away + 3 * md * md
    fa = np.sqrt(1.5 * away / np.where(length > 0, length, 1.0))
    radius = np.sqrt(away / 6)
    determinant = a * (b * c - yz * yz) - xy * (xy * c - yz * xz) + xz * (xy * yz - b * xz)
    cube = radius**3
    angle = np.arccos(np.clip(determinant / 2 / np.where(cube > 0, cube, 1.0), -1.0, 1.0)) / 3
    ad = md + 2 * radius * np.cos(angle)
    return Scalars(fa, md, ad, (3 * md - ad) / 2)


def doubts(unknowns: Array, matrix: Array, noise: float) -> Scalars:
    """The standard uncertainty that a noise of one signal gives FA, MD, AD and RD of each voxel."""
    starts = range(0, max(unknowns.shape[1], 1), AT_ONCE)
    parts = [_doubts(unknowns[:, start : start + AT_ONCE], matrix, noise) for start in starts]
    return Scalars(*np.concatenate(parts, axis=1))


def _doubts(unknowns: Array, matrix: Array, noise: float) -> Array:
    factor = _factor(_products(matrix) @ foretold(unknowns, matrix) ** 2)
    elements = unknowns[:6]
    variance = np.zeros((4, elements.shape[1]))
    for k in range(UNKNOWN):
        unit = np.zeros_like(unknowns)
        unit[k] = noise
        column = _back(factor, unit)[:6]
        up, down = (np.stack(_scalars(elements + side * column)) for side in (1, -1))
        variance += ((up - down) / 2) ** 2
    return np.sqrt(variance)


def lifts(unknowns: Array, matrix: Array, noise: float, weights: Array | None = None) -> Array:
    """By how much the mean of FA, MD, AD and RD over the voxels rises with noise: (4, `AGAIN`) tries of it.

    `weights` (voxel) of the mean sum to one; without them all voxels weigh the same. The signals that the tensors
    foretell are given Rician noise and fitted again. Equal input gives equal tries.
    """
    rng = np.random.default_rng(0)
    count = unknowns.shape[1]
    share = np.full(count, 1 / count) if weights is None else weights
    clean, at = foretold(unknowns, matrix), np.stack(scalars(unknowns[:6])) @ share
    tries = []
    for _ in range(AGAIN):
        parts = rng.normal(0, noise, (2, *clean.shape))
        again = fit(np.hypot(clean + parts[0], parts[1]), matrix)
        tries.append(np.stack(scalars(again[:6])) @ share - at)
    return np.array(tries).T
