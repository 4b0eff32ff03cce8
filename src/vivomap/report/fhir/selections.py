"""Which images a number was read from: the slices that a region lies on, and the segment that holds it.

A slice belongs to a region if at least one voxel of the region lies on it; the middle one is where the region is
largest. Only images that DICOM can name are told of.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vivomap.core import Region
from vivomap.report.dicom_seg import SEG_CLASS, grids
from vivomap.report.dicom_source import sop_class
from vivomap.report.forms import Filed


@dataclass(frozen=True)
class Selection:
    """Objects of one series: of a lesion, the slices that it was drawn on, or the segment that holds it.

    `largest` is the object on which most of it is seen, "" for a segment; `segment` its number in a segmentation.
    """

    lesion: str
    study: str
    series: str
    frame_of_reference: str
    sop_class: str
    instances: tuple[str, ...]
    largest: str = ""
    segment: int = 0


def selections(filed: Filed) -> tuple[Selection, ...]:
    """The slices and the segment of every region of a visit that can be named, lesion by lesion."""
    found = []
    for grid in grids(filed):
        image = grid.image
        shared = (image.text("study_uid"), image.text("series_uid"), image.text("frame_of_reference"))
        for segment in grid.segments:
            planes = _planes(segment.region, image.source)
            if planes:
                found.append(Selection(segment.lesion, *shared, sop_class(image), *planes))
            place = (shared[0], grid.series, shared[2])
            found.append(Selection(segment.lesion, *place, SEG_CLASS, (grid.uid,), "", segment.number))
    return tuple(found)


def _planes(region: Region, source: tuple[str, ...]) -> tuple[tuple[str, ...], str] | None:
    """The objects of the slices with voxels of a region, and the one with most; None where no object has one slice."""
    each = np.count_nonzero(region.mask.array, axis=(1, 2))
    if len(source) != each.size:
        return ((source[0],), source[0]) if len(set(source)) == 1 else None
    return tuple(source[int(z)] for z in np.flatnonzero(each)), source[int(each.argmax())]
