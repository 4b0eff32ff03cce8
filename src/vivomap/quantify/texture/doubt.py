"""How surely a feature is known: what more noise, and a slightly larger or smaller outline, make of it.

Noise moves a texture feature to one side: it breaks up what is even. So the image is given more of its own noise, until
its standard deviation is sqrt(2) and 2 times as large, and from f at these three the f without any is foretold, along a
parabola in that deviation:

    u² = max(|f(sqrt 2) - f(1)|, |f(1) - f(0)|)² + variance of the draws + ((f(outline + e) - f(outline - e)) / 2)²

The value itself stays the IBSI value of the image as it is. Noise is white and of one strength here; e is the doubt of
the outline and the residual of a resampled image, 0 where neither is known. Where noise is a large part of a level's
width, what is foretold is rough: there u holds for a scan of like noise, and a flag says so.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from vivomap.core import Flag, Image, Region, Settings
from vivomap.core.image import Array
from vivomap.maths.geometry import cut
from vivomap.maths.sampling import noise
from vivomap.maths.texture.grid import Size
from vivomap.quantify.texture.families import Values
from vivomap.quantify.texture.features import read
from vivomap.quantify.texture.processing import Plan, Prepared, Processing, interpolated, levelled, plan

DRAWS = 4  # project: at each of the two doses; the shift is what counts
DOSES = (1.0, 3.0)  # variances that are added, in those of the image itself
NOISE_SHARE = (
    0.4  # of a level's width, measured: above it the doubt falls short of the noise-free texture (see the page)
)
CARDED = ("histogram", "texture")  # the families whose numbers have cards


class Known(NamedTuple):
    """Features and their standard uncertainties by IBSI code, what was done, and warnings."""

    values: Values
    doubts: Values
    settings: Settings
    flags: tuple[Flag, ...] = ()


@lru_cache(maxsize=2)
def known(image: Image, region: Region, card: Processing) -> Known:
    """The features of the carded families with their uncertainty, remembered for the other cards of the region.

    Raises Refusal if the region is empty or too small, or a voxel of it holds no number.
    """
    mask = region.mask.array
    where = plan(mask, image.spacing_mm, card)
    values, inside = image.voxels.array[where.box].astype(float), mask[where.box]
    ready = levelled(*interpolated(values, inside, where, card), where.size_mm, card)
    found = read(ready, card, CARDED)
    box, tight = cut(region.mask)
    each = noise(image.voxels.array[box], tight)
    parts = [_noisy(values, inside, where, card, each, found)]
    edge = float(np.hypot(region.edge_mm, image.residual_mm))
    if edge > 0:
        parts.append(_outlined(values, inside, where, card, (edge, image.spacing_mm)))
    doubts = {code: float(np.sqrt(sum(part[code] ** 2 for part in parts))) for code in found}
    return Known(found, doubts, (*card.settings, *_said(ready, each, edge)), _warned(ready, card, each))


def _warned(ready: Prepared, card: Processing, each: float) -> tuple[Flag, ...]:
    """A warning if the noise of a voxel is a large part of the width of a level."""
    width = card.width or float(np.ptp(ready.values[ready.inside])) / card.number
    if each <= NOISE_SHARE * width:
        return ()
    reason = f"the noise is {100 * each / width:.0f} % of a grey level, so that the texture is partly noise"
    return (Flag("noise_in_texture", reason),)


def _said(ready: Prepared, each: float, edge: float) -> Settings:
    count, levels = float(np.count_nonzero(ready.inside)), float(ready.highest)
    return (("voxels", count), ("levels", levels), ("noise", each), ("edge_mm", edge), ("draws", float(DRAWS)))


def _noisy(values: Array, inside: Array, where: Plan, card: Processing, each: float, found: Values) -> Values:
    """What as much noise again does to each feature: its mean shift and its spread, as one size."""
    if each <= 0:
        return dict.fromkeys(found, 0.0)
    rng = np.random.default_rng(0)
    drawn: dict[float, list[list[float]]] = {dose: [] for dose in DOSES}
    for _ in range(DRAWS):
        more = rng.normal(0, each, values.shape)
        for dose in DOSES:
            noisy = values + dose**0.5 * more
            ready = levelled(*interpolated(noisy, inside, where, card), where.size_mm, card)
            again = read(ready, card, CARDED)
            drawn[dose].append([again[code] for code in found])
    own = np.array(list(found.values()))
    once, twice = (np.mean(drawn[dose], axis=0) for dose in DOSES)
    shift = np.maximum(np.abs(once - own), np.abs(own - _without((own, once, twice))))
    return dict(zip(found, np.hypot(shift, np.std(drawn[DOSES[0]], axis=0, ddof=1)).tolist(), strict=True))


def _without(found: tuple[Array, Array, Array]) -> Array:
    """Features without noise, by the parabola through those at one, sqrt(2) and two times its standard deviation."""
    deviations = np.sqrt([1.0, *(1 + dose for dose in DOSES)])
    return np.asarray(np.linalg.solve(np.vander(deviations, 3), np.array(found))[-1])


def _outlined(values: Array, inside: Array, where: Plan, card: Processing, by: tuple[float, Size]) -> Values:
    """Half of what each feature changes between an outline moved outwards and one moved inwards by `by` mm."""
    edge, size = by
    depth = _depth(inside, size)
    both = []
    for shift in (edge, -edge):
        share = np.clip(0.5 + (depth + shift) / min(size), 0, 1)
        both.append(read(levelled(*interpolated(values, share, where, card), where.size_mm, card), card, CARDED))
    return {code: abs(both[0][code] - both[1][code]) / 2 for code in both[0]}


def _depth(inside: Array, size: Size) -> Array:
    """How deep each voxel lies inside the outline, mm; negative outside. The outline runs half a voxel from both."""
    half = min(size) / 2
    within, without = (ndimage.distance_transform_edt(m, sampling=size) for m in (inside, ~inside))
    return np.where(inside, within - half, half - without)
