"""The habitats themselves: how many by BIC, merged until they are stable, or none; and how sure their shares are."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from vivomap.core import Refusal, Region
from vivomap.core.image import Array
from vivomap.maths.blur import resolved_mm3
from vivomap.maths.mixture import Mixture, criterion, labels, posterior
from vivomap.maths.mixture import tried as fitted
from vivomap.maths.neighbours import leaned
from vivomap.quantify.habitats.features import Features, Maps, features
from vivomap.quantify.habitats.stability import Stability, thinned, tried

PARTS = (2, 3, 4, 5, 6)  # methods A15
STARTS = 4  # project: of each fit of the choice by BIC
LEAN = 0.15  # project: how far a voxel leans to each of its neighbours
SEED = 15  # the same voxels give the same habitats


class Parted(NamedTuple):
    """The habitats of a region, hottest first: features, mixture, labels and chances of its voxels, stability.

    `chosen` is the number by BIC, `odds` the chance of each number by BIC, `shares` (habitat,).
    """

    found: Features
    mixture: Mixture
    labels: Array
    chances: Array
    stability: Stability
    chosen: int
    odds: dict[int, float]

    @property
    def shares(self) -> Array:
        """The share of the voxels in each habitat."""
        return shares(self.labels, self.mixture.parts)


def shares(own: Array, parts: int) -> Array:
    """The share of the voxels in each part."""
    return np.bincount(own, minlength=parts) / own.size


def entropy(share: Array) -> float:
    """- Σ p log2 p, in bits; 0 for one habitat."""
    there = share[share > 0]
    return float(-(there * np.log2(there)).sum())


@lru_cache(maxsize=4)
def parted(maps: Maps, region: Region, reference: Region) -> Parted:
    """The habitats of a region.

    Raises Refusal `habitats_unstable` if no number of habitats passes the gate, and what `features` refuses.
    """
    return part(features(maps, region, reference))


def part(found: Features) -> Parted:
    """The habitats of voxels with these features, by BIC and the gate."""
    rng = np.random.default_rng(SEED)
    points = thinned(found.z[found.calm], rng)
    voxel = float(np.prod(found.spot.spacing))
    independent = voxel / resolved_mm3(found.fwhm, voxel) * np.count_nonzero(found.calm) / len(points)
    mixtures = fitted(points, PARTS, SEED, STARTS)
    scores = {k: criterion(m, points, min(independent, 1.0)) for k, m in mixtures.items()}
    if not scores:
        raise Refusal("too_few_voxels", "habitats: too few voxels to tell two apart", found=f"{len(points)} voxels")
    chosen = min(scores, key=lambda k: scores[k])
    odds = {k: float(np.exp((scores[chosen] - s) / 2)) for k, s in scores.items()}
    faults = []
    for parts in range(chosen, 1, -1):
        made = ordered(mixtures[parts])
        own = labels(made, found.z)
        stability = tried(found, made, own, SEED + parts)
        if not stability.fault:
            chances = leaned(posterior(made, found.z), found.held, LEAN)
            whole = sum(odds.values())
            return Parted(
                found, made, chances.argmax(axis=1), chances, stability, chosen, {k: o / whole for k, o in odds.items()}
            )
        faults.append((f"{parts} habitats: {stability.fault}", f"{parts} habitats: {stability.said}"))
    summary = "no number of habitats is stable in this region, so none is given"
    raise Refusal("habitats_unstable", f"{summary} ({faults[-1][0]})", found="; ".join(said for _, said in faults))


def ordered(mixture: Mixture) -> Mixture:
    """The hottest part first: the names of parts mean nothing, and a person wants the same order each time."""
    order = np.argsort(-mixture.means[:, 0], kind="stable")
    return Mixture(mixture.weights[order], mixture.means[order], mixture.covariances[order])
