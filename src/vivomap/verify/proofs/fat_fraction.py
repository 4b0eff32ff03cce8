"""PDFF proven over its range: 0 to 50 % of fat, T2* of 10, 20 and 30 ms, in a field that bends."""

from __future__ import annotations

from vivomap.acquire.phantom.fat_water import Echoes, fatty
from vivomap.quantify.fat_fraction import fat_fraction
from vivomap.verify.proof import Given, Proof

FATS = (0.0, 25.0, 50.0)  # %
DECAYS = (10.0, 20.0, 30.0)  # ms
SOURCE = "phantom fat_water:fatty; methods A14"


def worst(seed: int, noise: float) -> Given:
    """The error that is furthest from 0, in points, at one T2* for each seed."""
    apart = []
    for fat in FATS:
        liver = Echoes(fat=(fat, fat), t2_star=DECAYS[seed % len(DECAYS)], spread=0.0, shape=(4, 12, 16))
        (echo, phase), (region,), truth = fatty(liver, seed, noise)
        apart.append(fat_fraction(echo, phase, region).value - truth["fat_fraction"])
    return Given(0.0, max(apart, key=abs))


RANGE = Proof("fat_fraction_range", "fat_fraction", "%", SOURCE, worst, tolerance=1.0)
