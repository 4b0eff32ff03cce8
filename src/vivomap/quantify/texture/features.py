"""All features of a region by their IBSI codes, for whoever wants more than the numbers that have a card here."""

from __future__ import annotations

from collections.abc import Callable

from vivomap.core import Image, Refusal, Region
from vivomap.quantify.texture import families
from vivomap.quantify.texture.families import Values
from vivomap.quantify.texture.processing import Prepared, Processing, prepare

READERS: dict[str, Callable[[Prepared, Processing], Values]] = {
    "shape": families.shape,
    "likeness": families.likeness,
    "peaks": families.peak,
    "statistics": families.statistics,
    "histogram": families.histogram,
    "volume": families.volume,
    "texture": families.texture,
}
ALL = tuple(READERS)


def features(image: Image, region: Region, card: Processing, only: tuple[str, ...] = ALL) -> Values:
    """Every feature of the asked families (`ALL`) of a region on its image, by IBSI code; lengths in mm.

    Raises Refusal if the image is a series, the region empty or too small, or a family unknown.
    """
    unknown = [name for name in only if name not in READERS]
    if unknown:
        raise Refusal("unknown_name", "there is no such family of features", found=unknown[0], expected=", ".join(ALL))
    if image.voxels.array.ndim != 3:
        raise Refusal("several_volumes", "texture is read from one volume", expected="one volume")
    return read(prepare(image.voxels.array, region.mask.array, image.spacing_mm, card), card, only)


def read(ready: Prepared, card: Processing, only: tuple[str, ...] = ALL) -> Values:
    """The features of prepared grey levels."""
    tight = ready.tight
    read_by = ((READERS[name], ready if name == "peaks" else tight) for name in only)
    return {code: number for reader, what in read_by for code, number in reader(what, card).items()}
