"""The file header that is put before a received data set, so that it is a DICOM file (PS3.10, 7.1).

It is made of what the association says, and of nothing else: SOP class and instance of the command, the transfer
syntax that was agreed. No title of a sender, no time and no version that changes: the same object sent again, by
whomever, gives the same bytes. The data set behind it is as it came.
"""

from __future__ import annotations

import struct
import warnings
from typing import IO

import pydicom

CLASS_UID = "2.25.41538203536822614071821962507485051463"  # of this way of writing; a UUID (PS3.5, B.2)
VERSION_NAME = "VIVOMAP_INBOX_1"
PREAMBLE = bytes(128) + b"DICM"
DEFLATED = "1.2.840.10008.1.2.1.99"


def header(sop_class: str, instance: str, syntax: str) -> bytes:
    """Preamble, prefix and file meta group of one object."""
    rest = b"".join(
        (
            struct.pack("<HH2sHI", 2, 0x0001, b"OB", 0, 2) + b"\x00\x01",
            _text(0x0002, b"UI", sop_class),
            _text(0x0003, b"UI", instance),
            _text(0x0010, b"UI", syntax),
            _text(0x0012, b"UI", CLASS_UID),
            _text(0x0013, b"SH", VERSION_NAME),
        )
    )
    return PREAMBLE + struct.pack("<HH2sHI", 2, 0, b"UL", 4, len(rest)) + rest


def _text(element: int, vr: bytes, text: str) -> bytes:
    value = text.encode("ascii", "replace")
    value += (b"\0" if vr == b"UI" else b" ") * (len(value) % 2)
    return struct.pack("<HH2sH", 2, element, vr, len(value)) + value


def study_of(file: IO[bytes], syntax: str) -> str:
    """The study that a file of this transfer syntax names; "" where that cannot be read, or only by inflating it."""
    if syntax == DEFLATED:
        return ""
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ds = pydicom.dcmread(file, stop_before_pixels=True, specific_tags=["StudyInstanceUID"])
            return str(ds.get("StudyInstanceUID", ""))
    except Exception:  # pydicom raises what its parts raise; a file that cannot be read names no study
        return ""
