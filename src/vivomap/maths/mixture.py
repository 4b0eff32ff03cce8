"""A mixture of normal distributions: how many kinds of voxel there are, what each is like, and which a voxel is.

    p(x) = Σ w_k N(x; μ_k, Σ_k)          BIC = -2 a ln L + (parameters) ln(a n)

where of n voxels only the share a is independent: neighbours that one blur has made alike do not count twice.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from vivomap.core import Refusal
from vivomap.core.image import Array

STEADY = 1e-3  # project: of the variance of a feature, added to each covariance so that none collapses
MOST = 200  # iterations
ONE_CORE = ThreadpoolController()  # the arrays are small: threads would wait for each other most of the time


class Mixture(NamedTuple):
    """Weights (part,), means (part, feature) and covariances (part, feature, feature)."""

    weights: Array
    means: Array
    covariances: Array

    @property
    def parts(self) -> int:
        """How many parts it has."""
        return len(self.weights)

    @property
    def free(self) -> int:
        """How many numbers describe it."""
        parts, width = self.means.shape
        return int(parts - 1 + parts * width + parts * width * (width + 1) // 2)


def fit(points: Array, parts: int, seed: int, starts: int = 1) -> Mixture:
    """The mixture of so many parts, full covariance, that explains points (n, feature) best, from k-means++ starts.

    Raises Refusal if there are too few points for it.
    """
    if len(points) <= parts * points.shape[1]:
        found = f"{len(points)} voxels"
        raise Refusal("too_few_voxels", f"a mixture of {parts} parts has too few voxels", found=found)
    scale = np.maximum(points.std(axis=0), 1e-12)  # features of any size start alike
    model = GaussianMixture(
        parts,
        covariance_type="full",
        reg_covar=STEADY,
        n_init=starts,
        max_iter=MOST,
        init_params="k-means++",
        random_state=seed,
    )
    with ONE_CORE.limit(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a start that wanders is one among several
        model.fit(points / scale)
    widths = scale[:, None] * scale[None]
    return Mixture(np.asarray(model.weights_), model.means_ * scale, model.covariances_ * widths)


def joint(mixture: Mixture, points: Array) -> Array:
    """ln w_k N(x; μ_k, Σ_k) for each point and part, (n, part)."""
    width = points.shape[1]
    found = np.empty((len(points), mixture.parts))
    for k, (weight, mean, covariance) in enumerate(zip(*mixture, strict=True)):
        root = np.linalg.cholesky(covariance)
        away = np.linalg.inv(root) @ (points - mean).T
        spread = width * np.log(2 * np.pi) / 2 + float(np.log(np.diag(root)).sum())
        found[:, k] = np.log(max(float(weight), 1e-300)) - spread - (away**2).sum(axis=0) / 2
    return found


def posterior(mixture: Mixture, points: Array) -> Array:
    """The chance that each point is of each part, (n, part)."""
    each = joint(mixture, points)
    odds = np.exp(each - each.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def labels(mixture: Mixture, points: Array) -> Array:
    """The likeliest part of each point, (n,)."""
    return np.asarray(joint(mixture, points).argmax(axis=1))


def likelihood(mixture: Mixture, points: Array) -> float:
    """ln L of the points."""
    return float(np.logaddexp.reduce(joint(mixture, points), axis=1).sum())


def criterion(mixture: Mixture, points: Array, independent: float) -> float:
    """BIC, with the share of the points that is independent; lower is better."""
    told = max(independent * len(points), 2.0)
    return -2 * independent * likelihood(mixture, points) + mixture.free * float(np.log(told))


def tried(points: Array, parts: Sequence[int], seed: int, starts: int) -> dict[int, Mixture]:
    """The best mixture of each number of parts that the points suffice for."""
    fits = [k for k in parts if len(points) > k * points.shape[1]]
    return {k: fit(points, k, seed, starts) for k in fits}
