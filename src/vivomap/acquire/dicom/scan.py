"""The header of a DICOM slice, read from its bytes: only the elements that are needed, and none by guess.

Whatever is not plain little endian, in ascending order and within its lengths is left to the full parser.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from vivomap.acquire.dicom.structure import LONG, UNDEFINED, Form, Short, is_sequence, sequence_end, twice
from vivomap.acquire.dicom.tags import (
    IMPLICIT,
    IMPLICIT_BINARY,
    NAMES,
    PIXELS,
    PLAIN,
    PRIVATE,
    PRIVATE_GROUPS,
    SEQUENCES,
    UNSIGNED,
)
from vivomap.core import Refusal

TEXT = frozenset((b"AE", b"AS", b"CS", b"DA", b"DS", b"DT", b"IS", b"LO", b"LT", b"SH", b"ST", b"TM", b"UI"))
SHORT = TEXT | frozenset((b"AT", b"FL", b"FD", b"PN", b"SL", b"SS", b"UL", b"US"))
NUMBER = {b"US": "H", b"SS": "h", b"UL": "I", b"SL": "i", b"FL": "f", b"FD": "d"}
SYNTAX_TAG, MAKER_TAG = 0x00020010, 0x00080070


class Element(NamedTuple):
    """One element of a header: where it starts, where its value starts and ends."""

    tag: int
    vr: bytes
    start: int
    value: int
    end: int


class Doubt(Exception):
    """The bytes are not of the plain kind: the full parser is asked."""


@dataclass(frozen=True, eq=False)
class Scan:
    """A header as elements; the last one is the pixel data, whose length is -1 where it is in fragments."""

    elements: tuple[Element, ...]
    facts: Mapping[str, str]
    names: Mapping[int, tuple[str, bytes]]
    syntax: str
    offset: int
    length: int


def scan(data: bytes, size: int) -> Scan:
    """Walk a header up to its pixels. Raises Doubt, Short, or Refusal for a length past the end of the file."""
    if data[128:132] != b"DICM":
        raise Doubt
    elements, at = _meta(data)
    syntax = next((_said(data, e, b"UI") for e in elements if e.tag == SYNTAX_TAG), "")
    if not syntax.startswith("1.2.840.10008.1.2") or syntax in ("1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"):
        raise Doubt
    explicit = syntax != IMPLICIT
    last = 0
    while True:
        if at == size:  # an object without pixels: the full parser reads it whole
            raise Doubt
        element = _element(data, at, explicit)
        if element.tag <= last:
            _disorder(element.tag, elements)
        last = element.tag
        if element.tag in PIXELS:
            break
        if element.end > size:
            raise Refusal("header_cut", "an element says that it is longer than the file", found=f"{element.tag:08x}")
        if element.end > len(data):
            raise Short
        if is_sequence(element.tag, element.vr) and data[element.value - 4 : element.value] != b"\xff\xff\xff\xff":
            sequence_end(data, element.value, element.end - element.value, Form(explicit and element.vr != b"UN"))
        elements.append(element)
        at = element.end
    fragments = element.end == element.value - 1
    if fragments == (syntax in PLAIN):
        raise Doubt
    names = _names(data, elements)
    facts = {names[e.tag][0]: _said(data, e, names[e.tag][1]) for e in elements if e.tag in names}
    length = -1 if fragments else element.end - element.value
    return Scan((*elements, element), facts, names, syntax, element.value, length)


def _meta(data: bytes) -> tuple[list[Element], int]:
    at, elements = 132, []
    while data[at : at + 2] == b"\x02\x00":
        elements.append(_element(data, at, True))
        at = elements[-1].end
    return elements, at


def _disorder(tag: int, elements: list[Element]) -> None:
    if tag in NAMES and any(e.tag == tag for e in elements):
        twice(tag)
    raise Doubt


def _element(data: bytes, at: int, explicit: bool) -> Element:
    try:
        group, number, vr, short = struct.unpack_from("<HH2sH", data, at)
        tag = group << 16 | number
        if not explicit or group == 0xFFFE:
            (length,) = struct.unpack_from("<I", data, at + 4)
            vr, value = b"", at + 8
        elif vr in SHORT:
            length, value = short, at + 8
        elif vr in LONG:
            (length,) = struct.unpack_from("<I", data, at + 8)
            value = at + 12
        else:
            raise Doubt
    except struct.error:
        raise Short from None
    if length != UNDEFINED:
        return Element(tag, vr, at, value, value + length)
    if tag in PIXELS:
        return Element(tag, vr, at, value, value - 1)
    if vr not in (b"SQ", b""):
        raise Doubt
    return Element(tag, vr, at, value, sequence_end(data, value, length, Form(explicit)))


def _names(data: bytes, elements: list[Element]) -> dict[int, tuple[str, bytes]]:
    """What each element that matters is called, with the VR that its value is read by."""
    names: dict[int, tuple[str, bytes]] = {}
    creators: dict[tuple[int, int], str] = {}
    manufacturer = next((_said(data, e, b"LO").upper() for e in elements if e.tag == MAKER_TAG), "")
    for e in elements:
        group, number = e.tag >> 16, e.tag & 0xFFFF
        if e.tag in NAMES:
            name = NAMES[e.tag]
            names[e.tag] = (name, b"SQ" if name in SEQUENCES else e.vr or IMPLICIT_BINARY.get(name, b"LO"))
        elif group in PRIVATE_GROUPS and 0x10 <= number <= 0xFF:
            creators[group, number] = _said(data, e, b"LO")
        elif group in PRIVATE_GROUPS:
            found = PRIVATE.get((group, creators.get((group, number >> 8), ""), number & 0xFF))
            if (group, number >> 8) not in creators:
                name, vr, maker = UNSIGNED.get((group, number), ("", b"", ""))
                found = (name, vr) if name and maker in manufacturer else None
            if found:
                names[e.tag] = found if e.vr in (b"", b"UN") else (found[0], e.vr)
    return names


def _said(data: bytes, element: Element, vr: bytes) -> str:
    return said(data[element.value : element.end], vr)


def said(value: bytes, vr: bytes) -> str:
    """The value of an element as text, several joined by a backslash. Raises Doubt if it is not plain ASCII."""
    if vr in TEXT:
        if not value.isascii() or b"\x1b" in value:
            raise Doubt
        text = value.decode("ascii").strip(" \0")
        return "\\".join(part.strip(" \0") for part in text.split("\\")) if "\\" in text else text
    if vr in NUMBER:
        width = struct.calcsize("<" + NUMBER[vr])
        if len(value) % width:
            raise Doubt
        return "\\".join(repr(v) for v in struct.unpack(f"<{len(value) // width}{NUMBER[vr]}", value))
    if vr == b"SQ":
        return "SQ" if value else ""
    raise Doubt
