"""The frames of a segmentation object (SEG): where each lies, which segment it belongs to, and its pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from vivomap.acquire.element import UNREADABLE, items, number, said
from vivomap.core import Affine, Refusal, affine_of

Vector = NDArray[np.float64]
SAME = 1e-3  # mm; two planes closer than this are one
WHOLE = 0.01  # of a step; project: as uneven as positions of evenly spaced planes may be
FAR = 10000  # planes; project: no body is longer, so a gap of this size is a wrong position


@dataclass(frozen=True, eq=False)
class Plane:
    """One frame: `corner` is the centre of its first pixel, `down` and `along` its steps in mm LPS.

    `corner` is None where the object gives no place in the patient. `segment` is 0 for a label map, whose pixels
    name the segments. `slices` are the SOP Instance UIDs that it was drawn on.
    """

    index: int
    segment: int
    corner: Vector | None
    down: Vector
    along: Vector
    slices: tuple[str, ...]

    @property
    def normal(self) -> Vector:
        cross = np.cross(self.along, self.down)
        return np.asarray(cross / np.linalg.norm(cross))


def planes_of(ds: Dataset) -> tuple[Plane, ...]:
    """The frames in the order of the file. Raises Refusal if a frame says too little of itself."""
    shared = (ds.get("SharedFunctionalGroupsSequence") or [Dataset()])[0]
    frames = items(ds, "PerFrameFunctionalGroupsSequence")
    if not frames:
        raise Refusal("bad_segmentation", "the segmentation does not say where its frames lie")
    return tuple(_plane(i, frame, shared) for i, frame in enumerate(frames))


def _plane(index: int, frame: Dataset, shared: Dataset) -> Plane:
    spacing = _numbers(_group(frame, shared, "PixelMeasuresSequence"), "PixelSpacing", 2)
    turn = _numbers(_group(frame, shared, "PlaneOrientationSequence"), "ImageOrientationPatient", 6)
    corner = _numbers(_group(frame, shared, "PlanePositionSequence"), "ImagePositionPatient", 3)
    placed = spacing is not None and turn is not None and corner is not None
    down, along = (turn[3:] * spacing[0], turn[:3] * spacing[1]) if placed else (np.zeros(3), np.zeros(3))  # type: ignore[index]
    segment = number(_group(frame, shared, "SegmentIdentificationSequence"), "ReferencedSegmentNumber")
    sources = (s for d in items(frame, "DerivationImageSequence") for s in items(d, "SourceImageSequence"))
    uids = tuple(said(s, "ReferencedSOPInstanceUID") for s in sources)
    return Plane(index, int(segment or 0), corner if placed else None, down, along, uids)


def _shared(ds: Dataset) -> Dataset:
    """The functional groups that hold for every frame."""
    return (*items(ds, "SharedFunctionalGroupsSequence"), Dataset())[0]


def _group(frame: Dataset, shared: Dataset, keyword: str) -> Dataset:
    """A functional group of a frame, or the one that all frames share; empty where neither is there."""
    for holder in (frame, shared):
        if found := items(holder, keyword):
            return found[0]
    return Dataset()


def _numbers(group: Dataset, keyword: str, count: int) -> Vector | None:
    """An attribute as finite numbers, or None where it is absent or has another count."""
    try:
        numbers = np.array([float(v) for v in group.get(keyword) or ()])
    except UNREADABLE:
        return None
    if len(numbers) != count:
        return None
    return numbers if np.isfinite(numbers).all() else None


def spacing_of(ds: Dataset) -> float | None:
    """Spacing Between Slices of the shared pixel measures, mm; None where it is not said. Never Slice Thickness."""
    step = number(_group(Dataset(), _shared(ds), "PixelMeasuresSequence"), "SpacingBetweenSlices")
    return abs(step) if step else None


def own_grid(planes: Sequence[Plane], said_step: float | None) -> tuple[Affine, tuple[int, ...], int]:
    """The affine of the planes' own grid, the slice of each plane on it, and the number of slices.

    Planes may be missing, since a SEG may leave out empty ones. Raises Refusal if they differ in direction, if
    their distances are no multiples of one step, or if a single plane says no step.
    """
    first = planes[0]
    if any(np.abs(np.r_[p.down - first.down, p.along - first.along]).max() > SAME for p in planes):
        raise Refusal("bad_segmentation", "the planes of the segmentation do not lie parallel")
    corners = np.array([p.corner for p in planes])
    heights = corners @ first.normal
    levels = np.unique(np.round(heights / SAME)) * SAME
    apart = np.diff(levels)
    step = _step(apart, said_step)
    index = np.rint((heights - heights.min()) / step).astype(int)
    sideways = corners - corners[int(heights.argmin())] - np.outer(index * step, first.normal)
    if np.abs(sideways).max() > max(WHOLE * step, SAME) or index.max() > FAR:
        raise Refusal("bad_segmentation", "the planes of the segmentation do not stand evenly on one line")
    rows = np.eye(4)
    rows[:3] = np.c_[first.normal * step, first.down, first.along, corners[int(heights.argmin())]]
    return affine_of(rows), tuple(int(i) for i in index), int(index.max()) + 1


def _step(apart: Vector, said_step: float | None) -> float:
    """The distance of neighbouring planes, mm: what the object says, where that fits, else the smallest seen."""
    for step in (said_step, float(apart.min()) if len(apart) else None):
        if step and (np.abs(apart / step - np.rint(apart / step)) <= WHOLE).all():
            return step
    if not len(apart):
        raise Refusal("bad_segmentation", "one plane alone, without Spacing Between Slices, has no thickness")
    raise Refusal("bad_segmentation", "the distances between the planes are no multiples of one step")
