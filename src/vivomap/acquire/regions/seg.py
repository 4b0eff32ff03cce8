"""Segmentation objects (SEG) as regions: each segment on the grid of the image it was drawn on, else on its own.

A fractional segment counts a voxel from half of the largest value on. Segments may overlap; each has its own mask.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from vivomap.acquire.element import UNREADABLE, items, number, said
from vivomap.acquire.regions import grid, names
from vivomap.acquire.regions.labels import label
from vivomap.acquire.regions.planes import Plane, own_grid, planes_of, spacing_of
from vivomap.core import Affine, Flag, Image, Refusal, Region, Voxels, affine_of

HALF = 0.5  # of the largest value; the middle of a scale of probability or occupancy (project)
BROKEN = (*UNREADABLE, RuntimeError, OSError, MemoryError)


class Place(NamedTuple):
    """Where the frames go: a grid, and for each frame how its pixels get there (None where they lie beyond)."""

    affine: Affine
    shape: tuple[int, int, int]
    placing: tuple[grid.Placing | None, ...]
    flags: tuple[Flag, ...]
    series: str = ""


def segments(ds: Dataset, images: Sequence[Image]) -> Iterator[Region | Refusal]:
    """Each segment as a region, or why it is none. Raises Refusal if the object, or its place, cannot be read."""
    planes = planes_of(ds)
    frames = _frames(ds)
    if len(frames) != len(planes):
        raise Refusal("bad_segmentation", f"{len(frames)} frames of pixels, but {len(planes)} descriptions of them")
    place = _place(ds, planes, frames.shape[1:], images)
    by_value, top = said(ds, "SegmentationType") == "LABELMAP", _top(ds)
    kept = [s for s in items(ds, "SegmentSequence") if not (by_value and _background(ds, s))]
    for item, name in zip(kept, _labels(kept), strict=True):
        segment = int(number(item, "SegmentNumber") or 0)
        own = [p for p in planes if by_value or p.segment == segment]
        pixels = frames[[p.index for p in own]]
        try:
            mask, flags = _gather(own, pixels == segment if by_value else pixels >= top, place)
        except Refusal as refusal:
            refusal.where = name
            yield refusal
            continue
        yield _region(ds, item, name, mask, (place, (*place.flags, *_softness(ds), *flags)))


def _labels(items: Sequence[Dataset]) -> list[str]:
    """What the segments are called; a label that several bear is followed by the segment's number."""
    numbers = [said(s, "SegmentNumber") for s in items]
    labels = [label(s, "SegmentLabel", "TrackingID") or f"segment {n}" for s, n in zip(items, numbers, strict=True)]
    return [x if labels.count(x) == 1 else f"{x} {n}" for x, n in zip(labels, numbers, strict=True)]


def _region(
    ds: Dataset, item: Dataset, name: str, mask: NDArray[np.bool_], told: tuple[Place, tuple[Flag, ...]]
) -> Region:
    """A segment with what its header says of it."""
    kind, meaning = _code(item, "SegmentedPropertyTypeCodeSequence")
    category, _ = _code(item, "SegmentedPropertyCategoryCodeSequence")
    _, where = _code(item, "AnatomicRegionSequence")
    finding = names.finding_of_segment(name, (category, kind), meaning)
    site = names.site_of(where) or where.lower() or names.site_of(meaning, name)
    return Region(
        name,
        Voxels.of(mask),
        finding,
        site,
        told[0].affine,
        tracking=said(item, "TrackingUID"),
        source=(said(ds, "SOPInstanceUID"),),
        flags=tuple(names.allowing(f, finding) for f in told[1]),
        series=told[0].series,
    )


def _code(item: Dataset, keyword: str) -> tuple[str, str]:
    """Value and meaning of a coded attribute; "" where it is absent."""
    codes = items(item, keyword)
    return (said(codes[0], "CodeValue"), label(codes[0], "CodeMeaning")) if codes else ("", "")


def _background(ds: Dataset, item: Dataset) -> bool:
    """Whether an entry of a label map is what lies between the segments."""
    number = said(item, "SegmentNumber")
    return number == "0" or number == said(ds, "PixelPaddingValue")


def _frames(ds: Dataset) -> NDArray[Any]:
    """The pixels (frame, y, x). Raises Refusal if they cannot be decoded."""
    try:
        pixels = np.asarray(ds.pixel_array)
    except BROKEN as broken:
        raise Refusal("undecodable_pixels", "the pixels of the segmentation cannot be decoded") from broken
    return pixels if pixels.ndim == 3 else pixels[None]


def _top(ds: Dataset) -> float:
    """The value from which a pixel belongs to its segment."""
    if said(ds, "SegmentationType") != "FRACTIONAL":
        return 1
    most = number(ds, "MaximumFractionalValue")
    if not most:
        raise Refusal("bad_segmentation", "a fractional segmentation without its largest value")
    return float(HALF * most)


def _softness(ds: Dataset) -> tuple[Flag, ...]:
    if said(ds, "SegmentationType") != "FRACTIONAL":
        return ()
    kind = said(ds, "SegmentationFractionalType").lower() or "fraction"
    return (Flag("fractional_segment", f"drawn as {kind}; voxels from half of the largest value on were taken"),)


def _place(ds: Dataset, planes: Sequence[Plane], size: tuple[int, ...], images: Sequence[Image]) -> Place:
    """The image grid that holds the most frames, those it names first; else the object's own grid.

    Raises Refusal if the object does not lie in the patient, or in no frame of reference that an image has.
    """
    if any(p.corner is None for p in planes):
        return _by_slice(planes, size, images)
    frame = said(ds, "FrameOfReferenceUID")
    known = {i.text("frame_of_reference") for i in images} - {""}
    if frame and known and frame not in known:
        raise Refusal("wrong_frame", "no image lies in the frame of reference of this segmentation")
    named = {uid for p in planes for uid in p.slices}
    near = [i for i in images if i.text("frame_of_reference") in ("", frame) or not frame]
    placed = [(sum(x is not None for x in placing), len(named.intersection(i.source)), i, placing)
              for i in near for placing in [tuple(_onto(p, size, i) for p in planes)]]  # fmt: skip
    best = max(placed, key=lambda p: (p[1] > 0 and p[0] > 0, p[0], p[1]), default=None)
    if best is None or not best[0]:
        affine, index, depth = own_grid(planes, spacing_of(ds))
        reason = "its voxels fall on those of no image here; it was kept on its own grid"
        own = tuple(grid.Placing.at_slice(i) for i in index)
        return Place(affine, (depth, size[0], size[1]), own, (Flag("own_grid", reason),))
    return Place(best[2].affine, best[2].shape, best[3], (), best[2].text("series_uid"))


def _onto(plane: Plane, size: tuple[int, ...], image: Image) -> grid.Placing | None:
    """How a frame's pixels become voxels of an image; None if they do not fit or the slice is not there."""
    steps = np.asarray(image.affine)[:3, :3]
    across = int(np.argmax(np.abs(plane.normal @ steps) / np.linalg.norm(steps, axis=0)))
    rows = np.eye(4)
    rows[:3] = np.c_[steps[:, across], plane.down, plane.along, plane.corner]
    found = grid.fit(affine_of(rows), (1, *size), image)
    return found if found and 0 <= found.start[across] < image.shape[across] else None


def _by_slice(planes: Sequence[Plane], size: tuple[int, ...], images: Sequence[Image]) -> Place:
    """The place of frames without a position: the very slices that they name, if these have the same size."""
    for image in images:
        at = [next((image.source.index(u) for u in p.slices if u in image.source), None) for p in planes]
        if tuple(size) == image.shape[1:] and len(image.source) == image.shape[0] and any(a is not None for a in at):
            placing = tuple(None if a is None else grid.Placing.at_slice(a) for a in at)
            return Place(image.affine, image.shape, placing, (), image.text("series_uid"))
    raise Refusal("not_in_patient_space", "the segmentation has no position in the patient, and its image is not here")


def _gather(
    planes: Sequence[Plane], bits: NDArray[np.bool_], place: Place
) -> tuple[NDArray[np.bool_], tuple[Flag, ...]]:
    """The mask of one segment. Raises Refusal if all that was drawn lies beyond the grid."""
    drawn, placing = int(np.count_nonzero(bits)), [place.placing[p.index] for p in planes]
    laid = grid.lay(((b[None], p) for b, p in zip(bits, placing, strict=True) if p is not None), place.shape)
    absent = sum(p is None for p in placing)
    lost = laid.outside + sum(int(np.count_nonzero(b)) for b, p in zip(bits, placing, strict=True) if p is None)
    if drawn and not laid.mask.any():
        raise Refusal("outside_image", "all that the segment marks lies beyond the image")
    if not absent and not lost:
        return laid.mask, ()
    reason = f"{absent} of {len(planes)} frames, and {lost} of {drawn} marked voxels, lie where the image has nothing"
    return laid.mask, (Flag("absent_slices", f"{reason}; they were left out", "volume" if lost else ""),)
