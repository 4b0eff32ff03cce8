"""The signals of a diffusion series that a model of more than one exponential may be fitted to.

The mean signal of a region of n voxels is told far better than that of one: a number of the region is the model fitted
to it, and not the mean of fits that lie against their bounds. Noise of standard deviation s in both channels lifts the
mean of a magnitude A; from three times the noise on, to a quarter of a percent,

    S(b) = sqrt((mean of A)² - s²)

How far the number would move with the signal of each voxel, to first order, is spread over the region as any other map:
its scatter, the outline and a resampled image give the doubt.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from vivomap.core import Image, Refusal, Region, Settings
from vivomap.core.image import Array
from vivomap.maths.geometry import cut
from vivomap.maths.sampling import Mean, Place, noise, region_mean
from vivomap.maths.solid import steps_of

TISSUE = 0.1  # project: of the 99th centile at the lowest b; what is darker is air
LEAST_SNR = 3.0  # methods A0: of the mean signal at the highest b over its noise
FEWEST_VOXELS = 20  # project, as for ADC


class Gate(NamedTuple):
    """What a model asks of a series: how many different b-values, and how many of them below and from a split on."""

    model: str
    fewest_b: int
    split: float = 0.0
    below: int = 0
    above: int = 0


class Signal(NamedTuple):
    """The mean signal of a region at each frame, what each voxel (frame, z, y, x) adds to it, and how it was found."""

    b: Array
    mean: Array
    parts: Array
    mask: Array
    noise: float
    settings: Settings


@lru_cache(maxsize=2)
def noise_of(dwi: Image) -> float:
    """The noise of one voxel of a series, from its highest b; 0 where there is none."""
    signals, b = dwi.voxels.array, np.array(dwi.frames)
    low, high = signals[int(b.argmin())], signals[int(b.argmax())]
    return noise(high, low > TISSUE * np.percentile(low, 99))


def b_values(dwi: Image, gate: Gate) -> Array:
    """The b-values of a series, s/mm2. Raises Refusal if they are too few for a model, or ill placed."""
    b = np.array(dwi.frames, float)
    known = np.unique(b)
    said = ", ".join(f"{v:g}" for v in known) or "none"
    if dwi.voxels.array.ndim != 4 or len(known) < gate.fewest_b:
        summary = f"{gate.model}: {gate.fewest_b} different b-values are needed"
        raise Refusal("few_b_values", summary, found=said, expected=f"{gate.fewest_b} or more")
    if np.sum(known < gate.split) < gate.below or np.sum(known >= gate.split) < gate.above:
        needed = f"{gate.below} below {gate.split:g} s/mm2 and {gate.above} from there on"
        raise Refusal("few_b_values", f"{gate.model}: the b-values lie badly", found=said, expected=needed)
    return b


def signal_of(dwi: Image, region: Region, gate: Gate) -> Signal:
    """The mean signal of a region, ready for a fit.

    Raises Refusal if the b-values do not suffice, if the region has too few voxels, or if noise hides its signal.
    """
    b, sigma = b_values(dwi, gate), noise_of(dwi)
    box, mask = cut(region.mask)
    count = int(np.count_nonzero(mask))
    if count < FEWEST_VOXELS:
        found, least = f"{count} voxels", f"{FEWEST_VOXELS} or more"
        raise Refusal("too_few_voxels", f"{gate.model}: the region is too small", found=found, expected=least)
    parts = np.asarray(dwi.voxels.array[(slice(None), *box)], float)
    lifted = parts[:, mask].mean(axis=1)
    mean = unlifted(lifted, sigma)
    ratio = float(mean[b == b.max()].mean()) / sigma if sigma > 0 else np.inf
    if ratio <= LEAST_SNR:
        found, least = f"{ratio:.1f} times the noise at b = {b.max():g}", f"more than {LEAST_SNR:g}"
        raise Refusal("too_noisy", f"{gate.model}: noise hides the signal of the region", found=found, expected=least)
    said = (("b_values", " ".join(f"{v:g}" for v in b)), ("noise", sigma), ("snr_at_highest_b", min(ratio, 1e6)))
    return Signal(b, mean, parts - lifted[:, None, None, None], mask, sigma, said)


def region_number(value: float, weights: Array, signal: Signal, image: Image, region: Region) -> Mean:
    """A number of the region with its doubt; `weights` say how far it moves with the signal of each frame."""
    moved = np.tensordot(weights, signal.parts, 1)
    place = Place(steps_of(region.affine), region.edge_mm, image.residual_mm)
    return region_mean(value + moved, signal.mask, place)


def unlifted(signals: Array, sigma: float) -> Array:
    """Signals of single voxels without what noise lifts them by: sqrt(A² - s²), 0 where noise is all."""
    return np.asarray(np.sqrt(np.maximum(np.asarray(signals, float) ** 2 - sigma**2, 0.0)))


def with_doubt(dwi: Image, role: str, values: tuple[Array, Array], unit: str) -> Image:
    """A map of two frames on the grid of a series: the values and their standard uncertainties; NaN where none."""
    stack = np.stack([np.asarray(v, np.float32) for v in values])
    made = dwi.like(role, stack, unit)
    said: Settings = (*dwi.settings, ("second_frame", "standard uncertainty"))
    return Image(**{**vars(made), "frames": (0.0, 1.0), "settings": said})
