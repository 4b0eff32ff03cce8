"""Ultrasound frames: what lies outside the declared regions, where scanners write name and date, is made black.

A region is the rectangle, both ends included, of Sequence of Ultrasound Regions (0018,6011). Without regions, or with
one that is the whole frame, nothing says where the text is: such an image is held.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_color_lut
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from vivomap.acquire.deidentify import reading
from vivomap.acquire.deidentify.hold import is_approved, is_ultrasound, picture
from vivomap.acquire.element import items, number, said
from vivomap.core import Refusal

PLAIN = (ImplicitVRLittleEndian, ExplicitVRLittleEndian)
WHOLE = 0.98  # project: regions that cover more than this of the frame leave no place for the text that is there
READ_TOO = frozenset({"CR", "DX", "MG", "XA", "RF", "IO", "PX"})  # films and projections, whose labels may be burned in
CORNERS = ("RegionLocationMinX0", "RegionLocationMinY0", "RegionLocationMaxX1", "RegionLocationMaxY1")


def clean(ds: Dataset, approved: Container[str], own: frozenset[str]) -> str:
    """Make an image clean in its place; gives what was done: "", "blanked", "read" or "blanked, read".

    Raises Refusal if an ultrasound image has no usable regions, or if words are read in what is left of the frame.
    """
    ultrasound, trusted = is_ultrasound(ds), is_approved(ds, approved)
    if "PixelData" not in ds:
        return ""
    bare(ds)
    done = []
    if ultrasound:
        try:
            blank(ds)
            done.append("blanked")
        except Refusal:
            if not trusted:
                raise
    if (ultrasound or said(ds, "Modality") in READ_TOO or picture(ds)) and reading.program():
        done.append("read")
        if not trusted and (words := reading.unknown_words(_shown(ds), own)):
            raise Refusal(
                "text_in_pixels",
                "words were read in the pixels that may name someone",
                where=said(ds, "SOPInstanceUID"),
                found=f"{words} words",
                expected="a person's approval",
            )
    return ", ".join(done)


def blank(ds: Dataset) -> None:
    """Make everything outside the regions black. Raises Refusal if there are none, or they are the whole frame."""
    rows, columns = int(said(ds, "Rows") or 0), int(said(ds, "Columns") or 0)
    keep = inside(ds, rows, columns)
    if not keep.any() or keep.mean() > WHOLE:
        raise Refusal("no_regions", "no region says where the image ends and the text begins", expected="(0018,6011)")
    _decompress(ds)
    samples = int(said(ds, "SamplesPerPixel") or 1)
    frames = max(int(said(ds, "NumberOfFrames") or 1), 1)
    kind = np.uint16 if ds.BitsAllocated > 8 else np.uint8
    data = np.frombuffer(ds.PixelData, kind)[: frames * rows * columns * samples].copy()
    photometric = said(ds, "PhotometricInterpretation")
    if photometric == "YBR_FULL_422" or data.size != frames * rows * columns * samples:
        raise Refusal(
            "undecodable_pixels", "the pixels are laid out in a way that cannot be blanked", found=photometric
        )
    planar = samples > 1 and int(said(ds, "PlanarConfiguration") or 0) == 1
    shape = (frames, samples, rows, columns) if planar else (frames, rows, columns, samples)
    image = data.reshape(shape)
    image = image if planar else np.moveaxis(image, -1, 1)
    for sample in range(samples):
        image[:, sample][:, ~keep] = _black(photometric, sample, int(ds.BitsStored))
    written = data.tobytes()
    ds.PixelData = written + b"\0" * (len(written) % 2)


def bare(ds: Dataset) -> None:
    """Take off what hides in plain pixels: bytes behind the last one, and old overlays in the bits above the value."""
    bits = int(said(ds, "BitsAllocated") or 0)
    if ds.file_meta.TransferSyntaxUID not in PLAIN or not bits:
        return
    samples = 2 if said(ds, "PhotometricInterpretation") == "YBR_FULL_422" else int(said(ds, "SamplesPerPixel") or 1)
    pixels = int(said(ds, "Rows") or 0) * int(said(ds, "Columns") or 0) * max(int(said(ds, "NumberOfFrames") or 1), 1)
    size = (pixels * samples * bits + 7) // 8
    layered = any(tag.group & 0xFF00 == 0x6000 and tag.element == 0x0102 for tag in tuple(ds.keys()))
    stored, high = int(said(ds, "BitsStored") or bits), int(said(ds, "HighBit") or bits - 1)
    if len(ds.PixelData) > size + size % 2:
        ds.PixelData = ds.PixelData[:size] + b"\0" * (size % 2)
    if layered and bits == 16 and stored < bits:
        mask = ((1 << stored) - 1) << max(high + 1 - stored, 0)
        ds.PixelData = (np.frombuffer(ds.PixelData, "<u2") & np.uint16(mask)).tobytes()


def inside(ds: Dataset, rows: int, columns: int) -> NDArray[np.bool_]:
    """Which pixels (y, x) lie in a declared region."""
    keep = np.zeros((rows, columns), bool)
    for region in items(ds, "SequenceOfUltrasoundRegions"):
        corners = [number(region, name) for name in CORNERS]
        if None not in corners:
            x0, y0, x1, y1 = (int(c) for c in corners if c is not None)
            if 0 <= x0 <= x1 and 0 <= y0 <= y1:
                keep[y0 : y1 + 1, x0 : x1 + 1] = True
    return keep


def _black(photometric: str, sample: int, bits: int) -> int:
    """The stored value of black."""
    if photometric == "MONOCHROME1":
        return int(2**bits - 1)
    return int(2 ** (bits - 1)) if photometric.startswith("YBR") and sample else 0


def _decompress(ds: Dataset) -> None:
    """Stored pixels as they are counted, colour as RGB where it was compressed. Raises Refusal if they cannot be."""
    if ds.file_meta.TransferSyntaxUID in PLAIN and said(ds, "PhotometricInterpretation") != "YBR_FULL_422":
        return
    try:
        if ds.file_meta.TransferSyntaxUID in PLAIN:
            array = ds.pixel_array
            ds.PixelData, ds.PhotometricInterpretation, ds.PlanarConfiguration = array.tobytes(), "YBR_FULL", 0
            return
        ds.decompress(generate_instance_uid=False)
    except Exception as error:  # decoders raise what they like
        raise Refusal("undecodable_pixels", "the pixels cannot be decoded", found=type(error).__name__) from None


def _shown(ds: Dataset) -> list[NDArray[Any]]:
    """The first, middle and last frame (y, x) of 8 bit, each pixel as its brightest colour, for reading."""
    try:
        array = np.asarray(ds.pixel_array)
    except Exception as error:  # decoders raise what they like
        raise Refusal("undecodable_pixels", "the pixels cannot be decoded", found=type(error).__name__) from None
    if said(ds, "PhotometricInterpretation") == "PALETTE COLOR":
        array = apply_color_lut(array, ds)
    coloured = array.ndim > 2 and array.shape[-1] in (3, 4) and array.shape[-3:-1] == (ds.Rows, ds.Columns)
    grey = array.max(axis=-1) if coloured else array
    grey = grey.reshape(-1, *grey.shape[-2:])
    chosen = sorted({0, len(grey) // 2, len(grey) - 1})
    return [_eight_bit(grey[k]) for k in chosen]


def _eight_bit(frame: NDArray[Any]) -> NDArray[np.uint8]:
    low, high = float(frame.min()), float(frame.max())
    return np.asarray((frame - low) * (255 / max(high - low, 1)), np.uint8)
