"""How unlike itself a tumour is: the spread of its voxels over its habitats.

    entropy = - Σ p log2 p  (bits; 0 for one habitat, 1 for two halves)        p the share of each habitat

The shares of the largest habitat and of the one with the highest uptake keep their meaning whatever the parts are
called; every habitat's own share stands in the settings.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from vivomap.core import Biomarker, Estimate, Image, Refusal, Region, Settings
from vivomap.core.image import Array
from vivomap.quantify.habitats.count import A15, PHANTOM
from vivomap.quantify.habitats.parting import entropy

WIDER = "the doubts of the shares are added as if each erred alone; what one habitat gains, another loses"


class Shares(NamedTuple):
    """The share of each habitat in a region (habitat,), their doubts, and what is said of them."""

    each: Array
    doubts: Array
    settings: Settings


def shares_of(habitats: Image, region: Region) -> Shares:
    """The shares of the habitats in a region. Raises Refusal if the region is empty or lies outside the map."""
    mask = np.asarray(region.mask.array) > 0
    if not mask.any():
        raise Refusal("empty_region", "the region has no voxels", expected="at least one voxel")
    inside = habitats.voxels.array[0][mask]
    inside = inside[np.isfinite(inside)].astype(int)
    if inside.size == 0:
        raise Refusal("outside_image", "the region has no voxel of the map of habitats")
    each = np.bincount(inside - 1) / inside.size
    doubts = np.array([habitats.number(f"share_{k}_doubt") for k in range(1, len(each) + 1)])
    said: list[tuple[str, float | str]] = [("voxels", float(inside.size))]
    for k, (share, doubt) in enumerate(zip(each, doubts, strict=True), 1):
        said += [(f"share_{k}", float(share)), (f"share_{k}_doubt", float(doubt))]
    return Shares(each, doubts, tuple(said))


def habitat_entropy(habitats: Image, region: Region) -> Estimate:
    """The entropy of the shares of the habitats, bits."""
    found = shares_of(habitats, region)
    return Estimate(entropy(found.each), habitats.number("entropy_doubt"), settings=found.settings)


def habitat_largest(habitats: Image, region: Region) -> Estimate:
    """The share of the largest habitat, %."""
    found = shares_of(habitats, region)
    doubt = habitats.number("largest_doubt")
    return Estimate(100 * float(found.each.max()), 100 * doubt, settings=found.settings)


def habitat_hottest(habitats: Image, region: Region) -> Estimate:
    """The share of the habitat with the highest mean uptake, %."""
    found = shares_of(habitats, region)
    return Estimate(100 * float(found.each[0]), 100 * float(found.doubts[0]), settings=found.settings)


def _card(name: str, title: str, unit: str, compute: Callable[..., Estimate], wider: str = "") -> Biomarker:
    """A card of this file: a number read from the map of habitats."""
    needs = ("habitats", "region")
    return Biomarker(name, unit, needs, compute, A15, title=title, truth=PHANTOM, coverage=wider)


ENTROPY = _card("habitat_entropy", "Habitats, entropy", "1", habitat_entropy, WIDER)
LARGEST = _card("habitat_largest", "Habitats, share of the largest", "%", habitat_largest)
HOTTEST = _card("habitat_hottest", "Habitats, share of the hottest", "%", habitat_hottest)
