"""The whole header of a file by pydicom, after a look at how it is built; its pixels are not read.

A deflated file is unpacked as far as its header goes. One that unpacks to more than 64 MB outside its pixels, or to
more than 100 times its size, is a bomb (rule R8).
"""

from __future__ import annotations

import os
import warnings
import zlib
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import pydicom
from pydicom.dataset import Dataset

from vivomap.acquire.dicom.structure import Form, Short, check, form_of, guessed, meta, pixel_length
from vivomap.acquire.dicom.tags import DEFLATED, EXPLICIT
from vivomap.acquire.element import UNREADABLE
from vivomap.core import Refusal

FIRST_READ = 1 << 16
INFLATED_MOST = 64 << 20  # bytes, and
PIXEL_MARKS = (b"\xe0\x7f\x08\0", b"\xe0\x7f\x09\0", b"\xe0\x7f\x10\0")
INFLATED_RATIO = 100  # times the compressed size (rule R8)


def full(path: Path) -> tuple[Dataset, int | None]:
    """A header by pydicom, quietly, and the bytes of the pixels that follow it: -1 in fragments, None without any.

    Raises Refusal if it is not built as it must be.
    """
    with warnings.catch_warnings(), path.open("rb") as stored:
        warnings.simplefilter("ignore")
        file: BinaryIO = stored
        syntax, start = meta(stored.read(FIRST_READ))
        if syntax == DEFLATED:
            stored.seek(0)
            file = _inflated(stored.read(), start)
        form = _built(file, start, form_of(syntax) if syntax else None)
        file.seek(0)
        try:
            ds = pydicom.dcmread(file, stop_before_pixels=True, force=True)
        except UNREADABLE as error:
            if isinstance(error, OSError) and error.errno is not None:  # of the disk, and not of the file
                raise
            raise Refusal("bad_header", "the header cannot be read", found=type(error).__name__) from None
        return ds, pixel_length(file.read(12), form)


def _built(file: BinaryIO, start: int, form: Form | None) -> Form:
    """Look at how a header is built before the library takes it in, its pixels unread; gives the form that it has."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    data = file.read(FIRST_READ)
    form = form or guessed(data[start:])
    while True:
        try:
            check(data, start, size, form)
            return form
        except Short:
            if len(data) >= size:
                raise Refusal("header_cut", "the file ends before its header does", found=f"{size} bytes") from None
            data += file.read(7 * len(data))


def _inflated(data: bytes, start: int) -> BinaryIO:
    """A deflated file as a plain one that ends in its pixels. Raises Refusal for a bomb, and never holds it."""
    tail = zlib.decompressobj(-zlib.MAX_WBITS)
    most = max(INFLATED_MOST, INFLATED_RATIO * len(data))
    try:
        inside = tail.decompress(data[start:], INFLATED_MOST)
        size = len(inside)
        while tail.unconsumed_tail and size <= most:
            size += len(tail.decompress(tail.unconsumed_tail, FIRST_READ))
    except zlib.error:
        raise Refusal("bad_header", "the header cannot be unpacked") from None
    if size > most or (size > len(inside) and not any(mark in inside for mark in PIXEL_MARKS)):
        raise Refusal("inflates_too_far", "the file unpacks to far more than it holds", found=f"over {most} bytes")
    head = data[:start].replace(DEFLATED.encode(), EXPLICIT.encode().ljust(len(DEFLATED), b"\0"))
    return BytesIO(head + inside)
