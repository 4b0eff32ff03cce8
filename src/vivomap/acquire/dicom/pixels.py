"""The voxels of a stack: read straight into the volume where they lie in the file as they are, else decoded.

The bytes that the header promises are counted before anything is allocated (rule R9). Bits beyond BitsStored are no
part of a value (PS3.5, 8.1.1). Where every slice has one whole slope and intercept the volume stays whole (int16, or
int32 where that is too small); else it is float32.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from vivomap.acquire.dicom.decode import WORKERS
from vivomap.acquire.dicom.header import Header, floats
from vivomap.acquire.dicom.plane import Plane
from vivomap.acquire.dicom.scaling import Scaling
from vivomap.acquire.dicom.tags import BIG_ENDIAN, DEFLATED, PLAIN
from vivomap.core import Refusal

Array = NDArray[Any]
Decoded = Mapping[Path, Array]
INT16 = np.iinfo(np.int16)
LARGEST = 2**31  # voxels per frame or frames per file: more is a forged header
FLOAT_TAGS = {32: "<f4", 64: "<f8"}


def plain(header: Header) -> bool:
    """Whether the pixels lie in the file as grey values of 8, 16 or 32 bits, to be read without a decoder."""
    return (
        header.offset > 0
        and header.syntax in PLAIN
        and header.text("SamplesPerPixel") in ("1", "")
        and header.text("PhotometricInterpretation") != "PALETTE COLOR"
        and header.text("BitsAllocated") in ("8", "16", "32", "64")
    )


def frames_of(header: Header) -> int:
    """How many frames a file holds."""
    return int((floats(header.text("NumberOfFrames")) or (1.0,))[0])


SIZE = (
    "Rows",
    "Columns",
    "SamplesPerPixel",
    "NumberOfFrames",
    "BitsAllocated",
    "BitsStored",
    "PhotometricInterpretation",
)


def sized(header: Header) -> None:
    """Compare the bytes that the header promises with those that are there. Raises Refusal if they are too few."""
    deflated = header.syntax == DEFLATED
    if header.length > header.size - header.offset and not deflated:
        raise Refusal("pixels_cut", "the file ends before its pixels do", found=f"{header.size} bytes")
    there = header.length if header.syntax in (*PLAIN, BIG_ENDIAN, DEFLATED) else -1
    _sized(tuple(map(header.facts.get, SIZE)), there)


@lru_cache(maxsize=1024)
def _sized(said: tuple[str | None, ...], there: int) -> None:
    """The same by facts; `there` is -1 where only a decoder knows how many bytes there are."""
    rows, columns, samples, frames = (int((floats(text or "") or (1.0,))[0]) for text in said[:4])
    bits = int((floats(said[4] or "") or (0.0,))[0])
    stored = int((floats(said[5] or "") or (bits,))[0])
    if min(rows, columns, samples, frames, bits) < 1 or stored > bits or not said[0]:
        raise Refusal(
            "bad_header", "rows, columns, frames or bits make no image", found=f"{rows} x {columns}, {bits} bit"
        )
    if rows * columns > LARGEST or frames > LARGEST:
        raise Refusal("bad_header", "the image is larger than any image", found=f"{frames} of {rows} x {columns}")
    if there < 0:
        return
    wanted = -(-rows * columns * samples * frames * bits // 8)
    if said[6] == "YBR_FULL_422":
        wanted = wanted * 2 // 3
    if there < wanted:
        raise Refusal("pixels_cut", "the file holds fewer pixels than it says", found=f"{there} of {wanted} bytes")
    if there >= wanted + max(2, wanted // frames):
        raise Refusal("pixels_unclear", "the file holds more pixels than it says", found=f"{there} of {wanted} bytes")


def _dtype(header: Header) -> np.dtype[Any]:
    bits = int(header.text("BitsAllocated"))
    if not header.text("PixelRepresentation"):
        if bits in FLOAT_TAGS:
            return np.dtype(FLOAT_TAGS[bits])
        return np.dtype(f"<u{bits // 8}")
    return np.dtype(f"<{'i' if header.text('PixelRepresentation') == '1' else 'u'}{bits // 8}")


def volume(planes: Sequence[Plane], scalings: Sequence[Scaling], decoded: Decoded) -> Array:
    """The planes as one array (z, y, x), rescaled. Raises Refusal if a file changes or vanishes while it is read."""
    slopes, offsets = {s.slope for s in scalings}, {s.intercept for s in scalings}
    together = len(slopes) == len(offsets) == 1
    slope, offset = scalings[0].slope, scalings[0].intercept
    if together and slope == 1 and offset == int(offset):
        raw = [plain(p.header) and not p.tile for p in planes]
        kinds = {_dtype(p.header) for p, r in zip(planes, raw, strict=True) if r}
        if all(raw) and len(kinds) == 1 and kinds.pop() in (np.dtype("<i2"), np.dtype("<u2")):
            return _whole_16(planes, int(offset))
    whole = all(_kind(p, decoded).kind in "iu" for p in planes)
    if together and whole and slope == int(slope) and offset == int(offset):
        return _whole(planes, int(slope), int(offset), decoded)
    out = np.empty((len(planes), *planes[0].shape), np.float32)

    def one(k: int) -> None:
        out[k] = stored(planes[k], decoded).astype(np.float64) * scalings[k].slope + scalings[k].intercept

    _spread(one, len(planes))
    return out


def _kind(plane: Plane, decoded: Decoded) -> np.dtype[Any]:
    return _dtype(plane.header) if plain(plane.header) else decoded[plane.header.path].dtype


def _whole(planes: Sequence[Plane], slope: int, offset: int, decoded: Decoded) -> Array:
    out = np.empty((len(planes), *planes[0].shape), np.int32)

    def one(k: int) -> bool:
        out[k] = array = stored(planes[k], decoded).astype(np.int64) * slope + offset
        return bool(array.min() >= INT16.min and array.max() <= INT16.max)

    return out.astype(np.int16) if all(_spread(one, len(planes))) else out


def _whole_16(planes: Sequence[Plane], offset: int) -> Array:
    """16-bit slices read into place and shifted where they lie; widened to 32 bit if a value does not fit."""
    kind = _dtype(planes[0].header)
    out = np.empty((len(planes), *planes[0].shape), kind)
    unsigned = kind.kind == "u"

    def one(k: int) -> bool:
        plane, target = planes[k], out[k]
        _read_into(plane, target)
        _mask(plane.header, target)
        fits = not unsigned or (-offset <= -INT16.min and int(target.max()) + offset <= INT16.max)
        if offset:
            target += shift
        if offset < 0 and not unsigned:  # a value that went below the lowest comes back above the highest
            return int(target.max()) <= INT16.max + offset
        if offset > 0 and not unsigned:
            return int(target.min()) >= INT16.min + offset
        return fits

    shift = np.array(offset & 0xFFFF, np.uint16).astype(kind)  # modulo 2^16, right wherever the sum fits
    if all(_spread(one, len(planes))):
        return out.view("<i2")
    out -= shift
    return out.astype(np.int32) + np.int32(offset)


T = TypeVar("T")


def _spread(deed: Callable[[int], T], count: int) -> list[T]:
    """A deed for each number below a count, shared among the cores."""

    def share(first: int) -> list[T]:
        return [deed(k) for k in range(first, count, WORKERS)]

    with ThreadPoolExecutor(WORKERS) as pool:
        return [done for part in pool.map(share, range(WORKERS)) for done in part]


def stored(plane: Plane, decoded: Decoded) -> Array:
    """The stored values of one plane (y, x)."""
    header = plane.header
    if plain(header):
        whole = Plane(header, plane.facts, 0 if plane.tile else plane.frame)
        array = np.empty(whole.shape, _dtype(header))
        _read_into(whole, array)
    else:
        array = decoded[header.path][0 if plane.tile else plane.frame].copy()
    if array.dtype.kind in "iu":
        _mask(header, array)
    if plane.tile:
        top, left, high, wide = plane.tile
        return array[top : top + high, left : left + wide]
    return array


def _read_into(plane: Plane, target: Array) -> None:
    header = plane.header
    handle = os.open(header.path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        os.lseek(handle, header.offset + plane.frame * target.nbytes, os.SEEK_SET)
        view = target.reshape(-1).view(np.uint8).data
        done = os.readv(handle, [view]) if hasattr(os, "readv") else 0
        while done < len(view):
            part = os.read(handle, len(view) - done)
            if not part:
                raise Refusal("pixels_cut", "the file became shorter while it was read", where=str(header.path))
            view[done : done + len(part)] = part
            done += len(part)
    finally:
        os.close(handle)


def _mask(header: Header, array: Array) -> None:
    """Leave the stored bits of each value, in place: its sign is that of the highest stored bit."""
    bits, stored_bits = array.dtype.itemsize * 8, int((floats(header.text("BitsStored")) or (0.0,))[0])
    high = int((floats(header.text("HighBit")) or (stored_bits - 1.0,))[0])
    if not stored_bits or (stored_bits >= bits and high >= bits - 1) or not 0 < high < bits:
        return
    if header.length < 0 or not header.offset:  # the decoder has done so
        return
    np.left_shift(array, bits - 1 - high, out=array)
    np.right_shift(array, bits - stored_bits, out=array)
