"""The outlines of one ROI as they stand in a structure set: points in mm, the kind of line, the slice they name."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset

from vivomap.acquire.element import items, said

FEWEST = 3  # corners of a surface


@dataclass(frozen=True, eq=False)
class Contour:
    """Points (n, 3) in mm LPS (x, y, z), or None where they cannot be read; `slice_uid` is "" where none is named."""

    points: NDArray[np.float64] | None
    kind: str
    slice_uid: str


def contours_of(roi: Dataset) -> tuple[Contour, ...]:
    """The outlines of one item of the ROI Contour Sequence, in the order of the file."""
    found = []
    for item in items(roi, "ContourSequence"):
        images = items(item, "ContourImageSequence")
        uid = said(images[0], "ReferencedSOPInstanceUID") if images else ""
        kind = said(item, "ContourGeometricType")
        points = _points(item)
        if points is not None and kind.startswith("CLOSED") and len(points) < FEWEST:
            points = None
        found.append(Contour(points, kind, uid))
    return tuple(found)


def _points(item: Dataset) -> NDArray[np.float64] | None:
    """Contour Data as (n, 3), read from its bytes: ten megabytes of decimal strings take seconds one by one."""
    if "ContourData" not in item:
        return None
    element = item.get_item("ContourData")
    raw = element.value if isinstance(element, RawDataElement) else item.ContourData
    try:
        parts = raw.split(b"\\") if isinstance(raw, bytes) else raw
        numbers = np.array([float(p) for p in parts])
    except (ValueError, TypeError):
        return None
    if not len(numbers) or len(numbers) % 3 or not np.isfinite(numbers).all():
        return None
    return numbers.reshape(-1, 3)
