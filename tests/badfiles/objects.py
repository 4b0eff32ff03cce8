"""Good slices, and the bytes of bad ones: whole files, from an edit of the data set or of its encoded elements."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterable

import numpy as np
from pydicom.dataset import Dataset
from pydicom.filebase import DicomFileLike
from pydicom.filewriter import write_dataset

from vivomap.acquire.receive.part10 import header

from ..acquire.dicom.conftest import slice_of

IMPLICIT, EXPLICIT, BIG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"
DEFLATED, RLE, J2K, JPEG = (
    "1.2.840.10008.1.2.1.99",
    "1.2.840.10008.1.2.5",
    "1.2.840.10008.1.2.4.90",
    "1.2.840.10008.1.2.4.50",
)
SHAPE = (40, 36)
MIDDLE, COUNT = 3, 7  # of the series that a bad slice is put into
LONG = (b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"UC", b"UN", b"UR", b"UT")
PIXELS = 0x7FE00010
CANARY = "Canary"

Edit = Callable[[Dataset], object]
File = Callable[[int], bytes]  # the bytes of a whole file, for the number of a trial
Elements = list[tuple[int, bytes]]
Change = Callable[[Elements], Elements]


def good(number: int, k: int = MIDDLE, modality: str = "CT") -> Dataset:
    """Slice k of the good series of a trial."""
    ds = slice_of(k, modality)
    ds.StudyInstanceUID, ds.SeriesInstanceUID = f"1.2.3.{number}", f"1.2.3.{number}.4"
    ds.SOPInstanceUID, ds.FrameOfReferenceUID = f"1.2.3.{number}.4.{k + 1}", f"1.2.3.{number}.9"
    ds.Rows, ds.Columns = SHAPE
    ds.PixelData = (100 * k + 10 * np.arange(SHAPE[0])[:, None] + np.arange(SHAPE[1])).astype("<i2").tobytes()
    ds.PatientID, ds.PatientName = f"{CANARY}{number}", f"{CANARY}^{number}"
    return ds


def encoded(ds: Dataset, syntax: str = EXPLICIT) -> bytes:
    """A data set in one of the three plain syntaxes."""
    buffer = io.BytesIO()
    file = DicomFileLike(buffer)
    file.is_little_endian, file.is_implicit_VR = syntax != BIG, syntax == IMPLICIT
    write_dataset(file, ds)
    return buffer.getvalue()


def before_pixels(ds: Dataset) -> bytes:
    """The encoded elements of a slice before its pixels."""
    return joined(split(encoded(ds))[:-1])


def whole(ds: Dataset, data: bytes | None = None, syntax: str = EXPLICIT) -> bytes:
    """A file: the header that the receiver would write, and the data set."""
    return header(str(ds.SOPClassUID), str(ds.SOPInstanceUID), syntax) + (encoded(ds, syntax) if data is None else data)


def data_of(raw: bytes) -> bytes:
    """The data set of a file that `whole` made."""
    return raw[144 + int.from_bytes(raw[140:144], "little") :]


def edited(edit: Edit, syntax: str = EXPLICIT, modality: str = "CT") -> File:
    """The middle slice after an edit of its data set."""

    def make(number: int) -> bytes:
        ds = good(number, modality=modality)
        edit(ds)
        return whole(ds, syntax=syntax)

    return make


def raw(change: Callable[[bytes], bytes]) -> File:
    """The middle slice after a change of its bytes."""
    return lambda number: change(whole(good(number)))


def elements(change: Change) -> File:
    """The middle slice after a change of its encoded elements."""

    def make(number: int) -> bytes:
        ds = good(number)
        return whole(ds, joined(change(split(encoded(ds)))))

    return make


def split(data: bytes) -> Elements:
    """The elements of an explicit data set of which none has an undefined length."""
    at, found = 0, []
    while at < len(data):
        group, number, vr = struct.unpack_from("<HH2s", data, at)
        wide = vr in LONG
        (length,) = struct.unpack_from("<I" if wide else "<H", data, at + (8 if wide else 6))
        end = at + (12 if wide else 8) + length
        found.append((group << 16 | number, data[at:end]))
        at = end
    return found


def joined(found: Iterable[tuple[int, bytes]]) -> bytes:
    return b"".join(part for _, part in found)


def element(tag: int, vr: str, value: bytes, length: int | None = None) -> bytes:
    """One explicit element; `length` lies where it is given."""
    said = len(value) if length is None else length
    name = vr.encode()
    head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, name)
    return head + (b"\0\0" + struct.pack("<I", said) if name in LONG else struct.pack("<H", said)) + value


def text(tag: int, vr: str, value: str | bytes) -> tuple[int, bytes]:
    """One element of text, padded."""
    plain = value.encode() if isinstance(value, str) else value
    return tag, element(tag, vr, plain + (b"\0" if vr == "UI" else b" ") * (len(plain) % 2))


def put(*new: tuple[int, bytes]) -> Change:
    """Elements put in the place of those of their tags, in order."""

    def change(found: Elements) -> Elements:
        tags = {tag for tag, _ in new}
        return sorted([*((t, p) for t, p in found if t not in tags), *new], key=lambda e: e[0])

    return change


def without(*tags: int) -> Change:
    return lambda found: [(t, p) for t, p in found if t not in tags]
