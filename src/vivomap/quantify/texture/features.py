"""All features of a region by their IBSI codes, for whoever wants more than the numbers that have a card here.

Those of a filtered image are its statistics, under the name of the filter and the code: "log 3 mm 3D mirror|Q4LE".
"""

from __future__ import annotations

from collections.abc import Callable

from vivomap.core import Image, Refusal, Region
from vivomap.core.image import Array
from vivomap.maths.texture.grid import Size
from vivomap.maths.texture.histogram import spread
from vivomap.quantify.texture import families
from vivomap.quantify.texture.families import Values
from vivomap.quantify.texture.filters import Filter
from vivomap.quantify.texture.processing import Prepared, Processing, interpolated, levelled, plan, prepare

READERS: dict[str, Callable[[Prepared, Processing], Values]] = {
    "shape": families.shape,
    "likeness": families.likeness,
    "peaks": families.peak,
    "statistics": families.statistics,
    "histogram": families.histogram,
    "volume": families.volume,
    "texture": families.texture,
}
FILTERED = "filtered"
ALL = (*READERS, FILTERED)
BETWEEN = "|"  # a filter and a code


def features(image: Image, region: Region, card: Processing, only: tuple[str, ...] = ALL) -> Values:
    """Every feature of the asked families (`ALL`) of a region on its image, by IBSI code; lengths in mm.

    Raises Refusal if the image is a series, the region empty or too small, or a family unknown.
    """
    unknown = [name for name in only if name not in ALL]
    if unknown:
        raise Refusal("unknown_name", "there is no such family of features", found=unknown[0], expected=", ".join(ALL))
    if image.voxels.array.ndim != 3:
        raise Refusal("several_volumes", "texture is read from one volume", expected="one volume")
    values, mask, size = image.voxels.array, region.mask.array, image.spacing_mm
    found = read(prepare(values, mask, size, card), card, tuple(name for name in only if name != FILTERED))
    return found | (filtered(values, mask, size, card) if FILTERED in only else {})


def filtered(values: Array, mask: Array, size: Size, card: Processing) -> Values:
    """The statistics of the region after each filter of the card, by filter and IBSI code.

    Raises Refusal as `prepare` does, or if a filter cannot be run on such voxels.
    """
    found: Values = {}
    for each in card.filters:
        response, inside = responded(values, mask, size, card, each)
        numbers = families.named("statistics", spread(response[inside]))
        found |= {f"{each.name}{BETWEEN}{code}": number for code, number in numbers.items()}
    return found


def responded(values: Array, mask: Array, size: Size, card: Processing, by: Filter) -> tuple[Array, Array]:
    """The response map of a filter on the card's grid around the region, and what is inside."""
    finer = tuple(t or s for s, t in zip(size, card.size_mm, strict=True))
    where = plan(mask, size, card, by.reach_mm((finer[0], finer[1], finer[2])))
    ready = levelled(*interpolated(values[where.box], mask[where.box], where, card), where.size_mm, card)
    return by.response(ready.values, ready.size_mm), ready.inside


def read(ready: Prepared, card: Processing, only: tuple[str, ...] = tuple(READERS)) -> Values:
    """The features of prepared grey levels."""
    tight = ready.tight
    wide = ready if "peaks" in only else tight
    del ready  # what lies around the region need not be held while tables are made
    read_by = ((READERS[name], wide if name == "peaks" else tight) for name in only)
    return {code: number for reader, what in read_by for code, number in reader(what, card).items()}
