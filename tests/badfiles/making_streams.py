"""Makers of A12 to A20."""

from __future__ import annotations

import gzip
import io
import struct
import subprocess
import tarfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from unittest import mock

import nibabel
import numpy as np
from pydicom.config import disable_value_validation
from pydicom.dataset import Dataset
from pydicom.uid import MediaStorageDirectoryStorage

from vivomap.acquire import read as read_here
from vivomap.acquire.dicom import decode

from .card import Deed, Found
from .deeds import among, compared, series
from .house import House
from .making_bytes import fragments, stream
from .objects import (
    BIG,
    J2K,
    RLE,
    File,
    before_pixels,
    edited,
    encoded,
    good,
    raw,
    whole,
)
from .reader import described

GE_PRIVATE, NOBODYS = "1.2.840.113619.5.2", "1.2.3.4.5.6"
ROWS, BITS = 0x00280010, 0x00280100
SOON = 60.0


ANSWER = '{"dtype": "<i2", "shape": [1, 40, 36]}' + "\\n0123"
HALF = f"sys.stdout.write('{ANSWER}'); sys.stdout.flush(); os.abort()"


def decoder(program: str) -> Deed:
    """The door, while its decoder does this with the middle slice."""

    def deed(house: House, number: int) -> Found:
        folder, right = house.folder / f"bad{number}", house.folder / f"right{number}"
        folder.mkdir()
        among(stream())(folder, number)
        series(right, number)
        stand_in = house.folder / f"decoder{number}.py"
        stand_in.write_text(f"import os, sys, time\nsys.stdin.readline()\n{program}\n")
        queue: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
        patches = {"__file__": str(stand_in), "_idle": lambda _: queue, "SECONDS_MOST": 2.0}
        start = time.monotonic()
        with mock.patch.multiple(decode, **patches):
            bad = described(read_here(folder))
        assert time.monotonic() - start < SOON
        again = described(read_here(folder))  # the next one is served
        assert not compared(again, described(read_here(right))).codes
        return compared(bad, described(read_here(right)))

    return deed


def rle(change: Callable[[bytes], bytes] = lambda b: b, table: bytes = b"", split_at: int = 0) -> File:
    """The middle slice as RLE; its one frame in one fragment, or two."""

    def make(number: int) -> bytes:
        ds = good(number)
        pixels = np.frombuffer(ds.PixelData, np.uint8).reshape(-1, 2)
        segments = [b"".join(b"\x00" + bytes([v]) for v in pixels[:, k].tolist()) for k in (1, 0)]
        head = struct.pack("<16I", 2, 64, 64 + len(segments[0]), *[0] * 13)
        code = change(head + b"".join(segments))
        parts = (code[:split_at], code[split_at:]) if split_at else (code,)
        return whole(ds, before_pixels(ds) + fragments(*parts, table=table), RLE)

    return make


def in_two(number: int) -> bytes:
    """A codestream in two fragments."""
    made = stream()(number)
    at = made.index(b"\xff\x4f\xff\x51")
    size = struct.unpack_from("<I", made, at - 4)[0]
    code = made[at : at + size]
    ds = good(number)
    return whole(ds, before_pixels(ds) + fragments(code[:100], code[100:]), J2K)


def swapped(number: int) -> bytes:
    ds = good(number)
    ds.PixelData = np.frombuffer(ds.PixelData, "<u2").astype(">u2").tobytes()
    return whole(ds, syntax=BIG)


def as_syntax(syntax: str) -> File:
    return lambda number: whole(good(number), encoded(good(number)), syntax)


def numbers(**said: int) -> File:
    return edited(lambda ds: [setattr(ds, k, v) for k, v in said.items()])


def strange_meta(number: int) -> bytes:
    made = whole(good(number))
    extra = struct.pack("<HH2sH", 2, 0x0016, b"QQ", 4) + b"ABCD"
    end = 144 + int.from_bytes(made[140:144], "little")
    size = struct.pack("<I", end - 144 + len(extra))
    return made[:140] + size + made[144:end] + extra + made[end:]


def archive(name: str, content: bytes = b"outside") -> File:
    def make(number: int) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr(name, content)
        return buffer.getvalue()

    return make


def linked(number: int) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as packed:
        info = tarfile.TarInfo("out")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc"
        packed.addfile(info)
    return buffer.getvalue()


def forged_archive(number: int) -> bytes:
    """A ZIP that says of its one file that it is small."""
    made = archive("a.dcm", bytes(1 << 20))(number)
    return made.replace(struct.pack("<I", 1 << 20), struct.pack("<I", 10))


def nifti(packed: Callable[[bytes], bytes], shape: tuple[int, ...] = ()) -> File:
    def make(number: int) -> bytes:
        image = nibabel.Nifti1Image(np.ones((4, 4, 4), np.int16), np.diag([2.0, 2, 2, 1]))
        content = image.to_bytes()
        if shape:
            content = content[:40] + struct.pack("<8h", len(shape), *shape, *[1] * (7 - len(shape))) + content[56:]
        return packed(content)

    return make


def inflating(content: bytes) -> bytes:
    """The volume, and five gigabytes of nothing behind it, in five megabytes."""
    return gzip.compress(content) + gzip.compress(bytes(64 << 20), 9) * 80


def directory(number: int) -> bytes:
    """A DICOMDIR that names a file outside of its folder."""
    record, ds = Dataset(), Dataset()
    with disable_value_validation():
        record.DirectoryRecordType, record.ReferencedFileID = "IMAGE", ["..", "..", "outside", "etc", "passwd"]
    ds.SOPClassUID, ds.SOPInstanceUID = MediaStorageDirectoryStorage, f"1.2.3.{number}.8"
    ds.DirectoryRecordSequence = [record]
    data = encoded(ds)
    del ds.DirectoryRecordSequence
    return whole(ds, data)


def detached(folder: Path, number: int) -> None:
    """A NRRD head that names voxels outside of its folder."""
    series(folder, number)
    lines = "type: short\ndimension: 3\nsizes: 4 4 4\nspace: left-posterior-superior\nencoding: raw\nendian: little"
    places = "space directions: (1,0,0) (0,1,0) (0,0,1)\nspace origin: (0,0,0)"
    (folder.parent / f"secret{number}.raw").write_bytes(bytes(range(128)))
    (folder / "v.nhdr").write_text(f"NRRD0004\n{lines}\n{places}\ndata file: ../secret{number}.raw\n\n")


MACH = (b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xca\xfe\xba\xbe")
PROGRAMS = {"MZ": b"MZ", "ELF": b"\x7fELF", "a script": b"#!/bin/sh\n", **{f"Mach-O {m.hex()}": m for m in MACH}}


def beginning(magic: bytes) -> File:
    return raw(lambda b: magic + b[len(magic) :])
