"""Does CT alone aim at the same part of a tumour as PET and MR together?

The target of a map is the quarter of the lesion that it ranks worst: on CT the densest; on PET and MR that with the
highest mean rank of uptake, of low ADC and of low perfusion (a project definition).

    overlap = 2 |A ∩ B| / (|A| + |B|)          of the two targets

How well each map agrees with itself, when its values move by their own error as coarsely as PET blurs, is the overlap
that a repeat would have: two targets differ only where they overlap less than that.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vivomap.core import Biomarker, Estimate, Image, Refusal, Region, Settings
from vivomap.core.image import Array
from vivomap.maths.agreement import dice
from vivomap.maths.blur import blurred, blurred_within
from vivomap.maths.sampling import noise
from vivomap.quantify.habitats.borders import border_doubt
from vivomap.quantify.habitats.count import TAKEN
from vivomap.quantify.habitats.features import LEAST_ML, WCV
from vivomap.quantify.habitats.resolution import Spot, blur_of, matched, near_enough, spot_of, uptake, values_of

QUARTER = 0.25  # project: share of the lesion that a target takes
REPEATS = 40
SEED = 2
RULE = "project: the densest quarter on CT against the quarter of highest uptake, lowest ADC and lowest perfusion"


class Ranked(NamedTuple):
    """What one map's target is made of: its values (voxel,), their standard error, and which end is the worst."""

    values: Array
    error: Array
    sign: float


def worst(maps: tuple[Ranked, ...]) -> Array:
    """The quarter of the voxels with the highest mean rank (voxel,)."""
    score = sum(np.argsort(np.argsort(m.sign * m.values, kind="stable"), kind="stable") for m in maps)
    order = np.argsort(-np.asarray(score), kind="stable")
    chosen = np.zeros(order.size, bool)
    chosen[order[: max(round(QUARTER * order.size), 1)]] = True
    return chosen


def again(maps: tuple[Ranked, ...], held: Array, spot: Spot, fwhm: float, rng: np.random.Generator) -> Array:
    """The target of a repeat, whose values are off by their error, alike over the blur."""
    moved = []
    for each in maps:
        rough = blurred(rng.standard_normal(held.shape), spot.spacing, fwhm)[held]
        moved.append(each._replace(values=each.values + each.error * rough / max(float(rough.std()), 1e-12)))
    return worst(tuple(moved))


def target_overlap(
    ct: Image, suv: Image, adc: Image, region: Region, ktrans: Image | None, rcbv: Image | None
) -> Estimate:
    """The overlap of the target of CT with that of PET and MR, 0 to 1; its settings say the overlap that a repeat has.

    Raises Refusal `not_imaged` if no map of blood supply is there, and if the region is too small.
    """
    blood = ktrans or rcbv
    if blood is None:
        raise Refusal("not_imaged", "targets: the visit has no map of Ktrans or rCBV on the grid of the region")
    near_enough((ct, suv, adc, blood))
    fwhm, flags = blur_of(suv)
    spot = spot_of(region, fwhm)
    if np.count_nonzero(spot.mask) * region.voxel_mm3 < 1000 * LEAST_ML:
        raise Refusal("too_few_voxels", "targets: the region is too small", expected=f"{LEAST_ML:g} mL")
    volumes = [uptake(suv, spot, fwhm), *(matched(i, spot.mask, spot.box, fwhm) for i in (adc, blood, ct))]
    held = spot.mask & np.isfinite(volumes).all(axis=0)
    hot, water, supply, dense = (v[held] for v in volumes)
    alone = (Ranked(dense, np.full(dense.size, _noise(ct, spot, fwhm)), 1.0),)
    both = tuple(
        Ranked(v, WCV[role] * np.abs(v), sign)
        for v, role, sign in ((hot, "suv", 1.0), (water, "adc", -1.0), (supply, blood.role, -1.0))
    )
    rng = np.random.default_rng(SEED)
    one, other = ([again(m, held, spot, fwhm, rng) for _ in range(REPEATS)] for m in (alone, both))
    targets = worst(alone), worst(both)
    value = dice(*targets)
    edges = [border_doubt(t.astype(int), held, spot.spacing, fwhm)[1] / QUARTER for t in targets]
    between = [dice(a, b) for a, b in zip(one, other, strict=True)]
    doubt = float(np.linalg.norm([np.std(between, ddof=1), value - np.mean(between), *np.multiply(edges, value)]))
    return Estimate(value, doubt, flags=flags, settings=(*_repeat(one, other), ("psf_mm", fwhm)))


def _noise(ct: Image, spot: Spot, fwhm: float) -> float:
    """The noise of CT once it is as coarse as PET, HU."""
    seen = np.asarray(values_of(ct)[spot.box], float)
    raw = noise(seen, spot.mask & np.isfinite(seen))
    kernel = np.zeros(tuple(2 * n + 1 for n in np.ceil(2 * fwhm / np.array(spot.spacing)).astype(int)))
    kernel[tuple(n // 2 for n in kernel.shape)] = 1.0
    passed = blurred_within(kernel, np.ones(kernel.shape, bool), spot.spacing, fwhm)
    return raw * float(np.sqrt((passed**2).sum()))


def _repeat(one: list[Array], other: list[Array]) -> Settings:
    """The overlap of each map's target with its own repeat, and of the less repeatable one its standard deviation."""
    own = [[dice(a, b) for a, b in zip(some[::2], some[1::2], strict=True)] for some in (one, other)]
    less = min(own, key=lambda each: float(np.mean(each)))
    return (
        ("repeat_ct", float(np.mean(own[0]))),
        ("repeat_pet_mr", float(np.mean(own[1]))),
        ("repeat", float(np.mean(less))),
        ("repeat_sd", float(np.std(less, ddof=1))),
    )


OVERLAP = Biomarker(
    name="target_overlap",
    unit="1",
    needs=("ct", "suv", "adc", "region"),
    compute=target_overlap,
    source=RULE,
    title="Target of CT against that of PET and MR, overlap",
    acquisition=TAKEN,
    truth="vivomap.acquire.phantom.two_targets:two_targets",
    coverage="what a repeat takes off the overlap counts as doubt in both directions",
    also=("ktrans", "rcbv"),
)
