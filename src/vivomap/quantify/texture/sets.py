"""The cards of processing that are shipped for whole tables of features, by name: everything that moves a feature.

A change to a card is a new version: numbers of two versions are not held against each other.
"""

from __future__ import annotations

from dataclasses import replace

from vivomap.core import Image, Refusal
from vivomap.quantify.texture.cards import CT, SUV
from vivomap.quantify.texture.filters import Details, Filter, Lines, Mean, Rings, Spots, Waves
from vivomap.quantify.texture.processing import Processing


def filters_for(voxel_mm: float) -> tuple[Filter, ...]:
    """Twelve filters for even voxels, of two scales and all directions alike (project)."""
    passes = tuple(Details("coif1", code) for code in ("LLL", "LLH", "LHH", "HHH"))
    spots = tuple(Spots(k * voxel_mm) for k in (1, 2, 3))
    wave = Waves(2 * voxel_mm, 4 * voxel_mm, 1.0, 4)
    return (Mean(3), *spots, Lines("L5E5E5", reach=3), wave, *passes, Rings(1), Rings(2))


SETS = {
    "ct": replace(CT, name="ct filtered", version="1", filters=filters_for(CT.size_mm[0])),
    "suv": replace(SUV, name="suv filtered", version="1", filters=filters_for(SUV.size_mm[0])),
}


def set_for(image: Image) -> Processing:
    """The card for an image of a role. Raises Refusal for one whose intensities have no unit that holds everywhere."""
    if image.role in SETS:
        return SETS[image.role]
    summary = "no card of processing is shipped for this kind of image, since its levels would differ between scans"
    raise Refusal("no_unit", summary, found=image.role, expected=", ".join(SETS))
