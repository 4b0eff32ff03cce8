"""Regions by a trained network: the image is laid as the network's card asks, and refused where it was not made for it.

The edge of a network's region is as wide as its chances say: half of the volume between the chances 0.16 and 0.84, over
the surface. That is what the network believes; only validation says whether it is right.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from vivomap.acquire.regions import names
from vivomap.acquire.segment.found import Segmented
from vivomap.core import Flag, Image, Refusal, Region, Voxels
from vivomap.maths.network import Card, Seen, check, predict
from vivomap.maths.solid import faces, steps_of, surface_mm2

LOW, HIGH = 0.1587, 0.8413  # one standard deviation to both sides of an edge
HALF = 0.5
SQUARE = 0.99  # cosine: how straight an image must lie to be turned without resampling; project

Told = Callable[[int, int], None]


def by_network(image: Image, card: Card, told: Told = lambda done, total: None) -> tuple[Segmented, ...]:
    """A region for each label of a network that is found in an image, with its chances.

    Raises Refusal `out_of_domain`, `several_volumes`, what the image denies, or what the network's room refuses.
    """
    image.trusted("region", "volume", "mm")
    if image.voxels.array.ndim != 3:
        raise Refusal(
            "several_volumes", "the image is a series of volumes, and a network takes one", expected="one volume"
        )
    order, flips = _lie(image)
    laid = np.ascontiguousarray(image.voxels.array.transpose(order)[flips])
    z, y, x = (image.spacing_mm[k] for k in order)
    flags = check(card, Seen(image.role, image.unit, (z, y, x), laid))
    chances = predict(card, laid, told)
    back = np.argsort(order)
    own = [chance[flips].transpose(back) for chance in chances]
    named = [(label, chance) for label, chance in zip(card.labels, own, strict=True) if label]
    top = np.max(own, axis=0) if card.activation == "softmax" else None
    return tuple(_segmented(image, card, label, chance, (flags, top)) for label, chance in named)


def _lie(image: Image) -> tuple[tuple[int, int, int], tuple[slice, slice, slice]]:
    """The order and the flips that bring an image's axes to (z, y, x), rising to superior, posterior and left.

    Raises Refusal `tilted_slices` if it lies askew.
    """
    steps = np.asarray(image.affine)[:3, :3]
    cosines = steps / np.linalg.norm(steps, axis=0)
    order = [int(np.argmax(np.abs(cosines[axis]))) for axis in (2, 1, 0)]
    along = [float(cosines[axis, column]) for axis, column in zip((2, 1, 0), order, strict=True)]
    if sorted(order) != [0, 1, 2] or min(map(abs, along)) < SQUARE:
        raise Refusal("tilted_slices", "the image lies askew to the patient, and a network takes it straight")
    z, y, x = (slice(None, None, 1 if c > 0 else -1) for c in along)
    return (order[0], order[1], order[2]), (z, y, x)


def _segmented(
    image: Image,
    card: Card,
    label: str,
    chance: NDArray[np.float32],
    told: tuple[tuple[Flag, ...], NDArray[np.float32] | None],
) -> Segmented:
    flags, top = told
    mask = np.ascontiguousarray(chance == top if top is not None else chance >= HALF)
    region = Region(
        label,
        Voxels.of(mask),
        names.finding_of(label),
        names.site_of(label),
        image.affine,
        source=(f"network:{card.name}:{card.version}:{card.sha256[:12]}",),
        edge_mm=_edge_mm(image, mask, chance),
        flags=flags,
        series=image.text("series_uid"),
    )
    return Segmented(region, image.like("chance", np.ascontiguousarray(chance), "1"))


def _edge_mm(image: Image, mask: NDArray[np.bool_], chance: NDArray[np.float32]) -> float:
    """Half of what lies between the chances of one standard deviation to both sides, over the surface, mm.

    Only what touches the region counts; 0 for a network that is sure of every voxel.
    """
    if not mask.any():
        return 0.0
    parts, _ = ndimage.label((chance >= LOW) | mask)
    near = np.isin(parts, np.unique(parts[mask]))
    between = np.count_nonzero((chance >= LOW) & (chance < HIGH) & near) * image.voxel_mm3
    surface = surface_mm2(faces(np.pad(mask, 1)), steps_of(image.affine))
    return float(between / (2 * surface))
