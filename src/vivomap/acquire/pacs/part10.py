"""What the first bytes of a DICOM file say of it: class, instance, transfer syntax, where its data set begins.

The file meta group is always explicit little endian (PS3.10, 7.1). It is read here, within narrow bounds, because it
comes from outside and decides how an object is offered to a PACS and kept.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from vivomap.acquire.pacs.trust import is_uid
from vivomap.core import Refusal

FIRST = 1 << 16  # bytes in which the group must end
LONG = (b"OB", b"OW", b"OF", b"OD", b"OL", b"OV", b"SQ", b"UC", b"UR", b"UT", b"UN", b"SV", b"UV")
WANTED = {0x0002: "sop_class", 0x0003: "instance", 0x0010: "syntax"}


class Meta(NamedTuple):
    """The file meta group: three UIDs, and the byte at which the data set begins."""

    sop_class: str
    instance: str
    syntax: str
    offset: int


def meta(first: bytes) -> Meta:
    """Read the file meta group from the first bytes of a file. Raises Refusal `bad_header`."""
    if first[128:132] != b"DICM":
        raise Refusal("bad_header", "this is no DICOM file", expected="DICM after 128 bytes")
    said: dict[str, str] = {}
    at = 132
    while first[at : at + 2] == b"\x02\x00":
        element, vr, length, start = _element(first, at)
        if start + length > min(len(first), FIRST):
            raise Refusal("bad_header", "the file meta group does not end")
        name = WANTED.get(element)
        if name and vr == b"UI" and name not in said:
            said[name] = first[start : start + length].rstrip(b"\0 ").decode("ascii", "replace")
        at = start + length
    if set(said) != set(WANTED.values()) or not all(map(is_uid, said.values())):
        raise Refusal("bad_header", "the file meta group lacks class, instance or transfer syntax")
    return Meta(**said, offset=at)


def _element(first: bytes, at: int) -> tuple[int, bytes, int, int]:
    """Element number, VR, length of the value, and where the value begins."""
    try:
        element, vr, length = struct.unpack_from("<H2sH", first, at + 2)
        if vr in LONG:
            return element, vr, int(struct.unpack_from("<I", first, at + 8)[0]), at + 12
    except struct.error:
        raise Refusal("bad_header", "the file meta group is cut") from None
    return element, vr, length, at + 8
