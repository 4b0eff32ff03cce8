"""The materials of an image, and the mean of any straight combination of them over a region.

    HU_j + 1000 = sum of s_jm c_m + 1000 f                  c_m in mg/mL, f the water fraction

Everything that is linear in c and f (the amounts themselves, an image at one energy, an image without contrast,
electron density) is one row of weights on HU_j + 1000; in doubt are its noise, HU of water and the sensitivities:

    u² = u(mean)² + sum over j of (w_j u(HU_j))² + sum over j and m of (w_j c_m u(s_jm))²
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from vivomap.core import Estimate, Flag, Image, Refusal, Region, Settings
from vivomap.core.image import Array
from vivomap.maths.decomposition import Split, joint_noise, split
from vivomap.maths.geometry import cut
from vivomap.maths.sampling import Place, region_mean
from vivomap.maths.solid import steps_of
from vivomap.quantify.spectral_ct.calibration import Calibration, Sensed, calibration

WATER = 1000.0  # HU + 1000 of water
BODY_HU = -300.0  # project: what is darker at every energy is air or lung
FEWEST_VOXELS = 20  # project
SLICES = 16  # project: about so many slices tell the noise
SURE = 2.0  # standard uncertainties from which an amount below 0 is told


class Mixture(NamedTuple):
    """How an image splits into its materials (agents in their order, then water), and its noise (energy, energy)."""

    calibration: Calibration
    split: Split
    noise: Array

    @property
    def names(self) -> tuple[str, ...]:
        """The materials in the order of the rows of the split."""
        return (*(a.name for a in self.calibration.agents), "water")


class Inside(NamedTuple):
    """A row of weights (energy,) meaned over a region, its doubt, and the mean amounts of all materials there."""

    value: float
    uncertainty: float
    amounts: Array
    spread: float
    voxels: int
    weights: Array


@lru_cache(maxsize=2)
def mixture(spectral_ct: Image) -> Mixture:
    """The materials of an image. Raises Refusal if it is not calibrated or its energies do not tell them apart."""
    known = calibration(spectral_ct)
    series = spectral_ct.voxels.array
    some = series[:, :: max(series.shape[1] // SLICES, 1)]
    noise = joint_noise(some, np.all(some > BODY_HU, axis=0))
    return Mixture(known, split(design(known.agents), noise), noise)


def design(agents: tuple[Sensed, ...]) -> Array:
    """The matrix (energy, material) of agents and water."""
    return np.column_stack([*(a.values for a in agents), np.full(len(agents[0].values), WATER)])


def mean_of(spectral_ct: Image, region: Region, weights: Array, matter: Mixture) -> Inside:
    """The mean over a region of a row of weights on HU + 1000. Raises Refusal if the region has too few voxels."""
    box, mask = cut(region.mask)
    count = int(np.count_nonzero(mask))
    if count < FEWEST_VOXELS:
        found, least = f"{count} voxels", f"{FEWEST_VOXELS} or more"
        raise Refusal("too_few_voxels", "spectral CT: the region is too small", found=found, expected=least)
    series = np.asarray(spectral_ct.voxels.array[(slice(None), *box)], float) + WATER
    place = Place(steps_of(region.affine), region.edge_mm, spectral_ct.residual_mm)
    mean = region_mean(np.tensordot(weights, series, 1), mask, place)
    amounts = matter.split.weights @ series[:, mask].mean(axis=1)
    return Inside(mean.value, mean.uncertainty, amounts, mean.spread, count, weights)


def doubt(inside: Inside, matter: Mixture) -> float:
    """The doubt of a weighted mean: noise and place, HU of water, and the sensitivities."""
    known = matter.calibration
    parts = [inside.weights * known.water_u]
    for amount, agent in zip(inside.amounts, known.agents, strict=False):
        parts.append(inside.weights * amount * agent.doubts)
    return float(np.hypot(inside.uncertainty, np.linalg.norm(np.concatenate(parts))))


def estimate(
    spectral_ct: Image, region: Region, wanted: Callable[[Mixture], tuple[Array, float]], chart: str
) -> Estimate:
    """The mean over a region of what is `wanted`: weights on the materials, and what is added to their sum.

    `chart` is "role unit" of its map, which has the standard uncertainty of noise as second frame; "" for none.
    """
    matter = mixture(spectral_ct)
    of_materials, more = wanted(matter)
    weights = of_materials @ matter.split.weights
    inside = mean_of(spectral_ct, region, weights, matter)
    known = matter.calibration
    settings: Settings = (*known.said, *_record(inside, matter))
    flags = (*known.flags, *negative(inside, matter))
    drawn = None
    if chart:
        role, unit = chart.split(" ")
        drawn = _map(spectral_ct, (weights, more), np.sqrt(max(weights @ matter.noise @ weights, 0.0)), role, unit)
    return Estimate(inside.value + more, doubt(inside, matter), drawn, flags, settings)


def negative(inside: Inside, matter: Mixture) -> tuple[Flag, ...]:
    """A warning for each material whose mean amount is surely below 0."""
    flags = []
    for k, name in enumerate(matter.names):
        own = inside._replace(weights=matter.split.weights[k], uncertainty=0.0)
        if inside.amounts[k] < -SURE * doubt(own, matter):
            flags.append(Flag("negative_amount", f"the amount of {name} is below 0: {inside.amounts[k]:.3g}"))
    return tuple(flags)


def _record(inside: Inside, matter: Mixture) -> Settings:
    amounts = " ".join(f"{name} {c:.4g}" for name, c in zip(matter.names, inside.amounts, strict=True))
    bound = " ".join(f"{v:.3g}" for v in np.sqrt(np.maximum(np.diag(matter.split.covariance), 0)))
    return (
        ("amounts", amounts),
        ("condition", matter.split.condition),
        ("voxel_u", bound),
        ("sd", inside.spread),
        ("voxels", float(inside.voxels)),
    )


def _map(spectral_ct: Image, row: tuple[Array, float], noise: float, role: str, unit: str) -> Image:
    weights, more = row
    series = spectral_ct.voxels.array
    volume = np.full((2, *series.shape[1:]), noise, np.float32)
    volume[0] = more + WATER * weights.sum()
    for weight, one in zip(weights, series, strict=True):
        volume[0] += np.float32(weight) * one
    settings = (*spectral_ct.settings, ("second_frame", "standard uncertainty"))
    return replace(spectral_ct.like(role, volume, unit), frames=(0.0, 1.0), settings=settings)
