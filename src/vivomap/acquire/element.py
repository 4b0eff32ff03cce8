"""One attribute of a DICOM header as plain text, a number or a list of items, whatever the file has done to it.

Text is taken from the bytes as they lie in the file where they have not been looked at yet: a header with a comma in
a number or a time of five digits gives nothing here, and neither an error nor a warning of the library.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag, Tag

BINARY = frozenset({"FD", "FL", "SL", "SS", "SV", "UL", "US", "UV"})
UNREADABLE = (  # what the library raises for a value that it cannot make
    AttributeError,
    BytesLengthException,
    EOFError,
    LookupError,
    OSError,
    OverflowError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
)
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
Element = DataElement | RawDataElement
LONGEST = 64  # a value of the attributes read here is at most this long (LO)


def said(holder: Dataset, keyword: str) -> str:
    """An attribute as text; "" where it is absent, empty, repeated or cannot be read."""
    element = _element(holder, Tag(keyword))
    if isinstance(element, RawDataElement) and dictionary_VR(keyword) not in BINARY:
        return plain(element.value)
    try:
        return plain(holder.get(keyword))
    except UNREADABLE:
        return ""


def _element(holder: Dataset, tag: BaseTag) -> Element | None:
    """An element as it lies there; None where it is absent, or the library cannot even cut it out."""
    try:
        return holder.get_item(tag)
    except UNREADABLE:
        return None


def number(holder: Dataset, keyword: str) -> float | None:
    """An attribute as a number, or None where it is absent or no finite decimal number."""
    return numbered(said(holder, keyword))


def numbered(text: str) -> float | None:
    """Text as a number, or None where it is none: a comma, a unit, "nan" and the like."""
    value = float(text) if NUMBER.fullmatch(text) else None
    return None if value in (float("inf"), float("-inf")) else value


def values(holder: Dataset, keyword: str) -> tuple[str, ...]:
    """Every value of an attribute of several values, as text."""
    element = _element(holder, Tag(keyword))
    value = None if element is None else element.value
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace")
    parts = value.split("\\") if isinstance(value, str) else value if isinstance(value, list | MultiValue) else ()
    return tuple(text for part in parts if (text := plain(part)))


def items(holder: Dataset, keyword: str) -> tuple[Dataset, ...]:
    """The items of a sequence; none where it is absent or no sequence."""
    try:
        value = holder.get(keyword)
    except UNREADABLE:
        return ()
    return tuple(value) if isinstance(value, Sequence) else ()


def private(holder: Dataset, group: int, creator: str, offset: int) -> str:
    """A private element as text, only from the block that its creator has reserved; "" where there is none."""
    for block in _blocks(holder, group, creator):
        element = _element(holder, Tag(group, (block << 8) + offset))
        text = plain(element.value) if element is not None else ""
        if text:
            return text
    return ""


def plain(value: Any) -> str:
    """One value of a header as text; "" for several values or none."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, str):
        text = value.strip(" \x00\t\r\n")
        return "" if "\\" in text or len(text) > LONGEST else text
    if isinstance(value, datetime):
        return value.strftime("%Y%m%d%H%M%S.%f%z")
    if isinstance(value, date):
        return value.strftime("%Y%m%d")
    if isinstance(value, time):
        return value.strftime("%H%M%S.%f")
    return str(value) if isinstance(value, int | float) else ""


def _blocks(holder: Dataset, group: int, creator: str) -> Iterator[int]:
    there = holder.keys()
    for block in range(0x10, 0x100):
        if (group << 16) + block in there:
            element = _element(holder, Tag(group, block))
            if element is not None and plain(element.value) == creator:
                yield block
