"""Materials from energies: how much of each there is in every voxel, and how surely the noise lets that be known.

    y = A c + noise of covariance N       c = (A' N⁻¹ A)⁻¹ A' N⁻¹ y       covariance of c = (A' N⁻¹ A)⁻¹

With as many energies as materials that is the inverse of A, whatever the noise. The condition number of A says by how
much a small error of y may grow; above a limit nothing is computed. The covariance is the Cramér–Rao bound.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vivomap.core import Refusal
from vivomap.core.image import Array

WORST_CONDITION = 1e3  # methods A12
FAR = 3.0  # project: second differences beyond so many deviations are edges, not noise
CUT_VARIANCE = 0.973  # of a normal distribution that is cut off at 3 deviations on both sides


class Split(NamedTuple):
    """The weights that turn energies into materials (material, energy), the covariance of one voxel, the condition."""

    weights: Array
    covariance: Array
    condition: float


def split(matrix: Array, noise: Array) -> Split:
    """The split of what `matrix` (energy, material) mixes, under noise of a covariance (energy, energy).

    Noise of zero counts as equal at every energy. Raises Refusal with fewer energies than materials, or if the
    condition number is above `WORST_CONDITION`.
    """
    energies, materials = matrix.shape
    if energies < materials:
        found, least = f"{energies} energies for {materials} materials", f"{materials} or more"
        raise Refusal("few_energies", "there are fewer energies than materials", found=found, expected=least)
    condition = float(np.linalg.cond(matrix))
    if not condition <= WORST_CONDITION:
        found, expected = f"condition number {condition:.3g}", f"at most {WORST_CONDITION:g}"
        raise Refusal("ill_conditioned", "the energies do not tell the materials apart", found=found, expected=expected)
    quiet = not np.all(np.linalg.eigvalsh(noise) > 0)
    inverse = np.eye(energies) if quiet else np.linalg.inv(noise)
    weights = np.linalg.solve(matrix.T @ inverse @ matrix, matrix.T @ inverse)
    return Split(weights, weights @ noise @ weights.T, condition)


def joint_noise(series: Array, mask: Array) -> Array:
    """The covariance (energy, energy) of the noise of one voxel in a series (energy, z, y, x) under a mask.

    From second differences along rows of those along columns, as `sampling.noise` has it; those beyond three robust
    deviations at any energy are left out. Zeros where no 3 × 3 voxels of a slice lie inside.
    """
    inside = mask[:, 2:, :] & mask[:, 1:-1, :] & mask[:, :-2, :]
    inside = inside[:, :, 2:] & inside[:, :, 1:-1] & inside[:, :, :-2]
    if not inside.any():
        return np.zeros((len(series), len(series)))
    both = [np.diff(np.diff(one.astype(float), n=2, axis=2), n=2, axis=1)[inside] / 6 for one in series]
    rest = np.stack(both)
    sd = np.median(np.abs(rest), axis=1) / 0.6745
    kept = rest[:, (np.abs(rest) <= FAR * sd[:, None]).all(axis=0)]
    return np.asarray(kept @ kept.T / max(kept.shape[1], 1) / CUT_VARIANCE)
