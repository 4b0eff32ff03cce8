"""How many kinds of tissue a tumour holds, and where each lies: the habitats of PET and MR together.

A mixture of normal distributions of the features, its number of parts by BIC over 2 to 6, is given only where it passes
the gate of stability; else there is no number. The map "habitats" holds each voxel's habitat, 1 for the one with the
highest uptake, and as its second frame the chance that the voxel is of another.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vivomap.core import FLAGGED, Asked, Biomarker, Estimate, Flag, Image, Region, Settings
from vivomap.core.image import Array
from vivomap.quantify.habitats.borders import border_doubt
from vivomap.quantify.habitats.features import Maps
from vivomap.quantify.habitats.parting import Parted, entropy, parted, shares

A15 = "habitats: methods A15 (project definitions); z against reference tissue, full-covariance mixture, BIC 2 to 6"
PHANTOM = "vivomap.acquire.phantom.habitats:habitats"
MAPS = ("adc", "ktrans", "rcbv", "mr")
TAKEN = (Asked("suv", "uptake_min", "methods A0: 50 to 70 min", FLAGGED, "min", 50.0, 70.0, told="uptake_time_off"),)


def habitats(
    suv: Image,
    region: Region,
    reference_tissue: Region,
    adc: Image | None,
    ktrans: Image | None,
    rcbv: Image | None,
    mr: Image | None,
) -> Estimate:
    """How many habitats the region holds, and their map "habitats".

    In doubt is the choice by BIC. Raises Refusal `habitats_unstable` if no number of them is stable.
    """
    maps = Maps(suv, adc, ktrans, rcbv, mr)
    made = parted(maps, region, reference_tissue)
    count = made.mixture.parts
    doubt = float(np.sqrt(sum(odds * (k - count) ** 2 for k, odds in made.odds.items())))
    reason = f"BIC chose {made.chosen} habitats; the largest number that is stable is {count}"
    merged = (Flag("habitats_merged", reason),) if made.chosen > count else ()
    flags = (*made.found.flags, *merged)
    return Estimate(float(count), doubt, chart(maps.ground, made), flags, (*made.found.settings, *figures(made)))


def figures(made: Parted) -> Settings:
    """The figures of the gate."""
    gate = made.stability
    return (
        ("chosen_by_bic", float(made.chosen)),
        ("bootstrap_rand", gate.bootstrap),
        ("least_jaccard", min(gate.jaccard)),
        ("moved_rand", gate.moved),
        ("halves_rand", gate.halves),
        ("least_ml", gate.least_ml),
    )


def chart(ground: Image, made: Parted) -> Image:
    """The map, which also says each habitat's share, the doubts of what is read from it, and what each is like."""
    stack = np.full((2, *ground.shape), np.nan, np.float32)
    box, held = made.found.spot.box, made.found.held
    for frame, values in ((0, made.labels + 1.0), (1, 1 - made.chances.max(axis=1))):
        part = stack[(frame, *box)]
        part[held] = values
    told: list[tuple[str, float | str]] = [("second_frame", "chance of another"), ("voxels", float(held.sum()))]
    told += list(figures(made))
    for name, doubt in doubts(made).items():
        told.append((name, doubt))
    for k, mean in enumerate(made.mixture.means, 1):
        told += [(f"habitat_{k}_{name}", float(z)) for name, z in zip(made.found.names, mean, strict=True)]
    like = ground.like("habitats", stack, "1")
    return replace(like, frames=(0.0, 1.0), settings=(*ground.settings, *told))


def doubts(made: Parted) -> dict[str, float]:
    """Standard uncertainties of the entropy, of each share and of the largest.

    From the replicas of the bootstrap and of the moved features, and from where the borders run on the grid.
    """
    parts = made.mixture.parts
    drawn, noisy = (
        np.array([_matched(shares(r.labels, parts), made.shares) for r in some])
        for some in (made.stability.drawn, made.stability.noisy)
    )
    border = border_doubt(made.labels, made.found.held, made.found.spot.spacing, made.found.fwhm)
    each = np.linalg.norm([drawn.std(axis=0, ddof=1), noisy.std(axis=0, ddof=1), border], axis=0)
    largest = (drawn.max(axis=1).std(ddof=1), noisy.max(axis=1).std(ddof=1), border.max())
    spread = [np.std([entropy(share) for share in some], ddof=1) for some in (drawn, noisy)]
    slope = np.log2(np.maximum(made.shares, 1e-9)) - entropy(made.shares)
    found = {f"share_{k + 1}_doubt": float(doubt) for k, doubt in enumerate(each)}
    found["largest_doubt"] = float(np.linalg.norm(largest))
    found["entropy_doubt"] = float(np.linalg.norm((*spread, *(slope * border))))
    return found


def _matched(share: Array, own: Array) -> Array:
    """The shares of a replica in the order of size that ours have: its parts bear other names."""
    placed = np.empty(len(own))
    placed[np.argsort(own)] = np.sort(share)
    return placed


HABITATS = Biomarker(
    name="habitats",
    unit="1",
    needs=("suv", "region", "reference_tissue"),
    compute=habitats,
    source=A15,
    title="Number of habitats",
    acquisition=TAKEN,
    truth=PHANTOM,
    gives=("habitats",),
    coverage="a whole number: where BIC is sure of it, so is its interval",
    also=MAPS,
)
