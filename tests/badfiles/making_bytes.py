"""Makers of A01 to A11."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

import numpy as np
import pydicom
from openjpeg.utils import encode_array

from vivomap.acquire.receive.part10 import header

from .objects import (
    BIG,
    DEFLATED,
    IMPLICIT,
    J2K,
    PIXELS,
    Elements,
    File,
    before_pixels,
    edited,
    element,
    elements,
    encoded,
    good,
    joined,
    put,
    split,
    whole,
)

SEQUENCE = 0x00081140  # ReferencedImageSequence
UNDEFINED = 0xFFFFFFFF
FOREIGN: dict[str, bytes] = {
    "a PNG": b"\x89PNG\r\n\x1a\n" + bytes(64),
    "a text": b"dear colleague, " * 20,
    "a PDF": b"%PDF-1.7\n" + bytes(200),
    "an office document": b"PK\x03\x04" + bytes(300),
    "a program": b"MZ" + bytes(300),
    "an HDF5": b"\x89HDF\r\n\x1a\n" + bytes(300),
    "noise": bytes((k * 131) % 251 for k in range(4000)),
    "zeros": bytes(4000),
}


def bare(number: int) -> bytes:
    return encoded(good(number), IMPLICIT)


def no_syntax(syntax: str) -> File:
    """A file whose head leaves out the transfer syntax."""

    def make(number: int) -> bytes:
        ds = good(number)
        data = encoded(ds, syntax)
        if syntax == BIG:
            size = len(ds.PixelData)
            data = data[:-size] + np.frombuffer(data[-size:], "<u2").astype(">u2").tobytes()
        head = element(0x00020003, "UI", str(ds.SOPInstanceUID).encode().ljust(len(ds.SOPInstanceUID) + 1 & ~1, b"\0"))
        return bytes(128) + b"DICM" + element(0x00020000, "UL", struct.pack("<I", len(head))) + head + data

    return make


def nested(depth: int, defined: bool) -> bytes:
    """A sequence in a sequence in a sequence; with lengths, or with ends."""
    inner = b""
    if not defined:
        head = element(SEQUENCE, "SQ", b"", UNDEFINED) + struct.pack("<HHI", 0xFFFE, 0xE000, UNDEFINED)
        tail = struct.pack("<HHI", 0xFFFE, 0xE00D, 0) + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
        return head * depth + tail * depth
    for _ in range(depth):
        item = struct.pack("<HHI", 0xFFFE, 0xE000, len(inner)) + inner
        inner = element(SEQUENCE, "SQ", item)
    return inner


def deep(depth: int, defined: bool) -> File:
    return elements(put((SEQUENCE, nested(depth, defined))))


def longer(tag: int, vr: str, value: bytes, length: int) -> File:
    """An element that says that it is longer than it is."""
    return elements(put((tag, element(tag, vr, value, length))))


def within(inner: bytes) -> File:
    """Bytes as the one item of a sequence, whose lengths are right."""
    item = struct.pack("<HHI", 0xFFFE, 0xE000, len(inner)) + inner
    return elements(put((SEQUENCE, element(SEQUENCE, "SQ", item))))


def bomb(size: int) -> File:
    """A deflated object whose one text unpacks to so many bytes."""

    def make(number: int) -> bytes:
        ds = good(number)
        found: Elements = put((0x00204000, element(0x00204000, "UT", bytes(size))))([])
        squeeze = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        data = squeeze.compress(joined(put(*found)(split(encoded(ds))))) + squeeze.flush()
        return header(str(ds.SOPClassUID), str(ds.SOPInstanceUID), DEFLATED) + data

    return make


def sized(rows: int, columns: int, frames: int = 1) -> File:
    def edit(ds: pydicom.Dataset) -> None:
        ds.Rows, ds.Columns = rows, columns
        if frames > 1:
            ds.NumberOfFrames = frames

    return edited(edit)


def fragments(*parts: bytes, table: bytes = b"") -> bytes:
    """Encapsulated pixels, with this offset table."""
    items = (table, *parts)
    body = b"".join(struct.pack("<HHI", 0xFFFE, 0xE000, len(p)) + p for p in items)
    return element(PIXELS, "OB", body, UNDEFINED)[:12] + body + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)


def stream(change: Callable[[bytes], bytes] = lambda b: b, syntax: str = J2K, photometric: str = "") -> File:
    """The middle slice with its pixels as one JPEG 2000 codestream, after a change."""

    def make(number: int) -> bytes:
        ds = good(number)
        code = change(encode_array(ds_array(ds), bits_stored=16, use_mct=False))
        return whole(ds, before_pixels(ds) + fragments(code + b"\0" * (len(code) % 2)), syntax)

    return make


def ds_array(ds: pydicom.Dataset) -> np.ndarray:
    return np.frombuffer(ds.PixelData, "<i2").reshape(ds.Rows, ds.Columns)


def forged(width: int, height: int) -> Callable[[bytes], bytes]:
    """The size in the SIZ segment of a codestream, and its tile, made anew."""

    def change(code: bytes) -> bytes:
        at = code.index(b"\xff\x51") + 6
        return (
            code[:at]
            + struct.pack(">II", width, height)
            + code[at + 8 : at + 16]
            + struct.pack(">II", width, height)
            + code[at + 24 :]
        )

    return change


def jpeg_bomb(number: int) -> bytes:
    """A baseline JPEG of 65500 x 65500 pixels by its own word, in a few bytes."""
    code = (
        b"\xff\xd8\xff\xc0\x00\x0b\x08"
        + struct.pack(">HH", 65500, 65500)
        + b"\x01\x01\x11\x00\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\xff\xd9"
    )
    ds = good(number)
    return whole(ds, before_pixels(ds) + fragments(code + b"\0" * (len(code) % 2)), "1.2.840.10008.1.2.4.50")
