"""Are the habitats there, or only a way to cut a cloud? The gate that they must pass (methods A15).

    blocks of voxels as large as the blur, drawn anew with repetition (50 times): median adjusted Rand index >= 0.75,
        and Jaccard of each habitat, median, >= 0.6
    features moved by their own repeatability, and two halves of the blocks: median adjusted Rand index >= 0.7
    each habitat at least 0.5 mL

Voxels that one blur has made alike go together: drawn one by one, they would make any cut look stable.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vivomap.core.image import Array
from vivomap.maths.agreement import adjusted_rand, jaccards
from vivomap.maths.blur import Spacing
from vivomap.maths.mixture import Mixture, fit, labels
from vivomap.quantify.habitats.features import Features

DRAWS, MOVES, HALVES = 50, 10, 10
STARTS = 2  # project: of each fit
MOST_VOXELS = 1000  # project: of one fit; more are alike anyway
BOOTSTRAP, JACCARD, MOVED, SPLIT = 0.75, 0.6, 0.7, 0.7  # methods A15
LEAST_ML = 0.5  # methods A15


class Replica(NamedTuple):
    """One more way that the same voxels were parted: its labels (voxel,) and the mixture behind them."""

    labels: Array
    mixture: Mixture


class Stability(NamedTuple):
    """The figures of the gate, the least habitat in mL, and the replicas of the bootstrap and of the moved features."""

    bootstrap: float
    jaccard: tuple[float, ...]
    moved: float
    halves: float
    least_ml: float
    drawn: tuple[Replica, ...]
    noisy: tuple[Replica, ...]

    @property
    def fault(self) -> str:
        """The first figure that is too low, in words; "" where all hold."""
        figures = (
            ("bootstrap agreement", self.bootstrap, BOOTSTRAP),
            ("Jaccard of the weakest habitat", min(self.jaccard), JACCARD),
            ("agreement after moving the features by their repeatability", self.moved, MOVED),
            ("agreement of two halves", self.halves, SPLIT),
            ("smallest habitat, mL,", self.least_ml, LEAST_ML),
        )
        return next((f"{name} {value:.2f}, below {least:g}" for name, value, least in figures if value < least), "")

    @property
    def said(self) -> str:
        """Every figure, in words."""
        jaccard = min(self.jaccard)
        figures = f"bootstrap {self.bootstrap:.2f}, Jaccard {jaccard:.2f}, moved {self.moved:.2f}"
        return f"{figures}, halves {self.halves:.2f}, smallest {self.least_ml:.2g} mL"


def block_numbers(held: Array, spacing: Spacing, fwhm: float) -> Array:
    """The block that each voxel under a mask lies in, as large as the blur, numbered from 0."""
    place = np.argwhere(held)
    sides = [max(fwhm / step, 1.0) for step in spacing]
    return np.asarray(np.unique((place // sides).astype(int), axis=0, return_inverse=True)[1]).ravel()


def thinned(points: Array, rng: np.random.Generator) -> Array:
    """At most so many points as one fit needs."""
    few = len(points) <= MOST_VOXELS
    return points if few else points[np.sort(rng.choice(len(points), MOST_VOXELS, replace=False))]


def drawn_anew(each: Array, rng: np.random.Generator) -> Array:
    """Voxel numbers of blocks drawn with repetition; `each` is the block of every voxel."""
    count = int(each.max()) + 1
    order, starts = np.argsort(each, kind="stable"), np.searchsorted(np.sort(each), np.arange(count + 1))
    taken = rng.integers(0, count, count)
    return np.concatenate([order[starts[b] : starts[b + 1]] for b in taken])


def tried(found: Features, mixture: Mixture, own: Array, seed: int) -> Stability:
    """The gate of one partition `own` (voxel,) by its mixture."""
    rng, parts, z = np.random.default_rng(seed), mixture.parts, found.z
    each = block_numbers(found.held, found.spot.spacing, found.fwhm)
    calm = found.calm

    def again(points: Array, at: Array) -> Replica:
        made = fit(thinned(points, rng), parts, int(rng.integers(2**31)), STARTS)
        return Replica(labels(made, at), made)

    drawn = []
    for _ in range(DRAWS):
        taken = drawn_anew(each, rng)
        drawn.append(again(z[taken[calm[taken]]], z))
    noisy = []
    for _ in range(MOVES):
        moved = z + found.moves * rng.standard_normal(z.shape)
        noisy.append(again(moved[calm], moved))
    halves = []
    for _ in range(HALVES):
        side = rng.permutation(int(each.max()) + 1)[each] % 2 == 0
        enough = min(np.count_nonzero(side & calm), np.count_nonzero(~side & calm)) > parts * z.shape[1]
        pair = [again(z[s & calm], z).labels for s in (side, ~side)] if enough else []
        halves.append(adjusted_rand(*pair) if pair else 0.0)
    alike = np.array([jaccards(own, r.labels, parts) for r in drawn])
    least = np.bincount(own, minlength=parts).min() * float(np.prod(found.spot.spacing)) / 1000
    return Stability(
        float(np.median([adjusted_rand(own, r.labels) for r in drawn])),
        tuple(float(v) for v in np.median(alike, axis=0)),
        float(np.median([adjusted_rand(own, r.labels) for r in noisy])),
        float(np.median(halves)),
        float(least),
        tuple(drawn),
        tuple(noisy),
    )
