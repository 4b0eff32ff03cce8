"""Whether an image is one of those that a network was made for: role, unit, spacing, size, and its values.

The mean and the standard deviation of an image, m and d, are compared with those of the training images. They lie

    z = max(|m - mean| / spread, |d - sd| / spread)

standard deviations away; beyond `FURTHEST` nothing is computed. A card without statistics says so with each result.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vivomap.core import Flag, Refusal
from vivomap.core.image import Array
from vivomap.maths.network.card import Card

FURTHEST = 4.0  # project: standard deviations of the training images


@dataclass(frozen=True)
class Seen:
    """An image as a network would see it: role, unit, grid steps (z, y, x) in mm, and values (z, y, x)."""

    role: str
    unit: str
    spacing_mm: tuple[float, float, float]
    values: Array


def check(card: Card, seen: Seen) -> tuple[Flag, ...]:
    """Warnings for a result on this image. Raises Refusal `out_of_domain` with what is not as in training."""
    wanted = card.input
    if seen.role != wanted.role:
        raise _outside(card, "another kind of image", seen.role, wanted.role)
    if wanted.unit and seen.unit != wanted.unit:
        raise _outside(card, "another unit", seen.unit, wanted.unit)
    if not np.isfinite(seen.values).all():
        raise Refusal("nan_voxels", "voxels of the image hold no number")
    for own, asked in zip(seen.spacing_mm, wanted.spacing_mm, strict=True):
        if abs(own / asked - 1) > wanted.spacing_tolerance:
            found, expected = (" × ".join(f"{v:.3g}" for v in steps) for steps in (seen.spacing_mm, wanted.spacing_mm))
            raise _outside(card, "another grid", f"{found} mm", f"{expected} mm ± {wanted.spacing_tolerance:.0%}")
    return (*_values(card, seen.values), *_proven(card))


def _values(card: Card, values: Array) -> tuple[Flag, ...]:
    """Raises Refusal if the values are not such as in training; a flag where the card does not say what they were."""
    if card.input.mean is None or card.input.sd is None:
        reason = f"the card of {card.name} does not say what values its images had, so nobody knows if these fit"
        return (Flag("domain_unstated", reason),)
    own = (float(values.mean()), float(values.std()))
    pairs = tuple(zip(("mean", "sd"), own, (card.input.mean, card.input.sd), strict=True))
    far = max(abs(found - middle) / spread for _, found, (middle, spread) in pairs)
    if far > FURTHEST:
        found = ", ".join(f"{name} {value:.4g}" for name, value, _ in pairs)
        expected = ", ".join(f"{name} {middle:.4g} ± {spread:.2g}" for name, _, (middle, spread) in pairs)
        summary = f"{far:.1f} standard deviations away"
        raise _outside(card, "other values than in training", f"{found}: {summary}", f"{expected}, within {FURTHEST:g}")
    return ()


def _proven(card: Card) -> tuple[Flag, ...]:
    if card.validated_at:
        return ()
    return (Flag("model_unproven", f"{card.name} {card.version} has been validated nowhere, as far as its card says"),)


def _outside(card: Card, what: str, found: str, expected: str) -> Refusal:
    summary = f"{what} than {card.name} was made for: {card.domain}"
    return Refusal("out_of_domain", summary, found=found, expected=expected)
