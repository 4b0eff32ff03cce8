"""The private header in which Siemens scanners say what standard elements have no place for (CSA, second form)."""

from __future__ import annotations

import struct

from vivomap.core import Refusal

MAGIC = b"SV10"
MOST = 1000  # tags, and items of a tag; project: beyond this the header is broken
TAG, ITEM = struct.Struct("<64si4siii"), struct.Struct("<4i")


def csa(data: bytes) -> dict[str, tuple[str, ...]]:
    """The values of each tag that has any, as text. Raises Refusal if the header is of another form or cut short."""
    try:
        return _tags(data)
    except struct.error:
        raise Refusal("bad_header", "the private header of the scanner is cut short") from None


def _tags(data: bytes) -> dict[str, tuple[str, ...]]:
    if data[:4] != MAGIC:
        raise Refusal("bad_header", "the private header of the scanner has a form that is not read")
    (count,) = struct.unpack_from("<I", data, 8)
    place, found = 16, {}
    for _ in range(_few(count)):
        name, _, _, _, items, _ = TAG.unpack_from(data, place)
        place += TAG.size
        values = []
        for _ in range(_few(items)):
            length = ITEM.unpack_from(data, place)[1]
            place += ITEM.size
            text = data[place : place + max(0, length)].split(b"\0")[0].decode("latin-1").strip()
            place += (max(0, length) + 3) // 4 * 4
            values.append(text)
        said = tuple(v for v in values if v)
        if said:
            found[name.split(b"\0")[0].decode("latin-1")] = said
    return found


def _few(count: int) -> int:
    if not 0 <= count <= MOST:
        raise Refusal("bad_header", "the private header of the scanner is broken", found=f"{count} parts")
    return count
