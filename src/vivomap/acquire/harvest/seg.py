"""Segmentations (SEG) of other makers: the volume of each segment, mL, also where the object breaks the standard.

    V = n v        n voxels of v mm3 each; its doubt is that of the drawn mask on its grid (maths/solid.py)

Mended before it is read: one byte per pixel where one bit is due; a wrong or absent Number of Frames; frames that name
no segment where there is one alone; a byte whose bits are masks of their own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence

from vivomap.acquire.element import items, number, said
from vivomap.acquire.harvest.complaints import Book
from vivomap.acquire.harvest.found import About, Concept, Number
from vivomap.acquire.harvest.origin import Origin
from vivomap.acquire.regions.seg import BROKEN, segments
from vivomap.core import Missing, Refusal, Region
from vivomap.maths.geometry import trim
from vivomap.maths.solid import faces, volume_doubt

VOLUME = Concept("118565006", "SCT", "Volume")
COUNTED = Concept("126030", "DCM", "Sum of segmented voxel volumes")
LEGEND = (0x0117, 0xD3)  # place of the private legend of a bit mask (ISPY2); its creator differs from site to site
NATIVE = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2")
PADDING = 16  # bits: pixels end on an even byte
ON_GRID = "of the mask on its grid"


def numbers(ds: Dataset, origin: Origin, book: Book) -> Iterator[Number | Missing]:
    """The volume of every segment, or why it has none. Raises Refusal if the object cannot be read."""
    _mend(ds, book)
    for k, found in enumerate(_regions(ds, book), 1):
        if isinstance(found, Refusal):
            yield Missing("volume", found.where, origin.day, found.code, found.summary)
        else:
            yield volume_number(found, _about(ds, found), origin, f"segment {k}")


def volume_number(region: Region, about: About, origin: Origin, place: str) -> Number:
    """The volume of a mask as a number."""
    count, voxel = region.voxel_count, region.voxel_mm3
    doubt = volume_doubt(faces(trim(region.mask.array).mask), voxel) if count else voxel / math.sqrt(3)
    return Number(
        name="volume",
        value=count * voxel / 1000,
        unit="mL",
        uncertainty=doubt / 1000,
        doubt=ON_GRID,
        code=VOLUME,
        qualifiers=(COUNTED,),
        about=about,
        day=origin.day,
        path=place,
        written=f"{count} voxels of {voxel:.6g} mm3",
        provenance=origin.provenance(place, (("voxels", float(count)),), region.source),
        flags=tuple(f for f in region.flags if f.code != "own_grid"),  # it has no image here, by design
    )


def _about(ds: Dataset, region: Region) -> About:
    return About(region.name, region.tracking, region.finding, region.site)


def _mend(ds: Dataset, book: Book) -> None:
    """Complain of what is wrong with an object, and put right what can be. Raises Refusal `bad_segmentation`."""
    if said(ds, "SegmentationType") == "BINARY" and number(ds, "BitsAllocated") != 1:
        book.note("seg_bits", "Bits Allocated", f"{said(ds, 'BitsAllocated')} bits")
    _mend_frames(ds, book)
    frames, drawn = items(ds, "PerFrameFunctionalGroupsSequence"), items(ds, "SegmentSequence")
    shared = items(ds, "SharedFunctionalGroupsSequence")
    named = any(items(f, "SegmentIdentificationSequence") for f in (*frames, *shared))
    if len(drawn) == 1 and frames and not named and said(ds, "SegmentationType") != "LABELMAP":
        book.note("seg_no_segment_number", "Segment Identification Sequence")
        for frame in frames:
            which = Dataset()
            which.ReferencedSegmentNumber = int(number(drawn[0], "SegmentNumber") or 1)
            frame.SegmentIdentificationSequence = Sequence([which])


def _mend_frames(ds: Dataset, book: Book) -> None:
    """Trust the descriptions of frames where Number of Frames is wrong or absent, and the pixels agree with them.

    Raises Refusal `bad_segmentation` where pixels and descriptions differ: nobody can tell which frame is which.
    """
    described = len(items(ds, "PerFrameFunctionalGroupsSequence"))
    promised, there = number(ds, "NumberOfFrames"), _bits_there(ds)
    if not described:
        raise Refusal("bad_segmentation", "the segmentation does not say where its frames lie")
    wanted = described * _bits_of_frame(ds)
    if there is not None and not wanted <= there < wanted + max(_bits_of_frame(ds), PADDING):
        frames = there // (_bits_of_frame(ds) or 1)
        raise Refusal("bad_segmentation", f"{described} frames are described, but {frames} have pixels")
    if promised != described:
        book.note("seg_frames", "Number of Frames", f"{promised or 0:g} promised, {described} described")
        ds.NumberOfFrames = described


def _bits_of_frame(ds: Dataset) -> int:
    return math.prod(int(number(ds, k) or 0) for k in ("Rows", "Columns", "BitsAllocated"))


def _bits_there(ds: Dataset) -> int | None:
    """How many bits of pixels there are; None where only a decoder knows."""
    meta = getattr(ds, "file_meta", None)
    if meta is None or meta.get("TransferSyntaxUID") not in NATIVE or "PixelData" not in ds:
        return None
    return len(ds.PixelData) * 8


def _regions(ds: Dataset, book: Book) -> Iterator[Region | Refusal]:
    """Each segment on its own grid; of a bit mask each bit."""
    legend = _legend(ds)
    if said(ds, "SegmentationType") != "FRACTIONAL" or not _is_bit_mask(ds, legend):
        yield from segments(ds, ())
        return
    book.note("seg_bit_mask", "Pixel Data", "; ".join(legend.values()))
    pixels = _pixels(ds)
    whole = items(ds, "SegmentSequence")[0]
    for bit in sorted(set(legend) | {b for b in range(8) if (pixels >> b & 1).any()}):
        ds.SegmentationType, ds.PixelData = "BINARY", (pixels >> bit & 1).astype(np.uint8).tobytes()
        whole.SegmentLabel = legend.get(bit) or f"bit {bit}"
        yield from segments(ds, ())


def _is_bit_mask(ds: Dataset, legend: dict[int, str]) -> bool:
    """Whether a fractional segmentation cannot be one: it has a legend of bits. Raises Refusal without a legend."""
    if legend and len(items(ds, "SegmentSequence")) == 1 and number(ds, "BitsAllocated") == 8:
        return True
    most = number(ds, "MaximumFractionalValue")
    if most and _pixels(ds).max(initial=0) > most:
        reason = f"pixels are larger than the largest fraction, {most:g}, and no legend says what they mean"
        raise Refusal("bad_segmentation", reason, expected=f"at most {most:g}")
    return False


def _pixels(ds: Dataset) -> Any:
    try:
        return np.asarray(ds.pixel_array)
    except BROKEN as broken:
        raise Refusal("undecodable_pixels", "the pixels of the segmentation cannot be decoded") from broken


def _legend(ds: Dataset) -> dict[int, str]:
    """What each bit of a pixel means, by its place, as a private element says it: 00010000 (16) : words."""
    mine = ds.group_dataset(LEGEND[0])
    said_ = (e for e in mine.iterall() if e.tag.group == LEGEND[0] and e.tag.element > 0xFFF and e.VR != "SQ")
    element = next((e for e in said_ if e.tag.element & 0xFF == LEGEND[1]), None)
    value = "" if element is None else element.value
    parts = value if isinstance(value, MultiValue | list) else str(value).split("\\")
    found: dict[int, str] = {}
    for part in parts:
        bits, _, words = str(part).partition(":")
        figure = bits.strip(" <").split(" ")[0]
        if len(figure) == 8 and set(figure) <= {"0", "1"} and figure.count("1") == 1 and words.strip(" >"):
            found[7 - figure.index("1")] = words.strip(" >")
    return found
