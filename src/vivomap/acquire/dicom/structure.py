"""Whether a data set is built as it must be, seen from its bytes alone and before a library takes them in (rule R10).

A length that leads past its holder, sequences within sequences beyond `DEEPEST`, and an element that is there
twice and that reading hangs on are refused. Nothing is read as a value, and nothing is mended.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import NamedTuple, NoReturn

from pydicom.datadict import dictionary_VR

from vivomap.acquire.dicom.tags import BIG_ENDIAN, IMPLICIT, NAMES, PIXELS
from vivomap.core import Refusal

LONG = frozenset((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"))
UNDEFINED = 0xFFFFFFFF
DEEPEST = 32  # nested sequences (rule R8)
SYNTAX = 0x00020010
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD


class Short(Exception):
    """The bytes at hand end before the structure does."""


class Form(NamedTuple):
    """How elements are encoded."""

    explicit: bool = True
    order: str = "<"


class _Head(NamedTuple):
    tag: int
    vr: bytes
    value: int
    length: int


def form_of(syntax: str) -> Form:
    """The form of a transfer syntax; compressed ones are explicit little endian."""
    return Form(syntax != IMPLICIT, ">" if syntax == BIG_ENDIAN else "<")


def meta(data: bytes) -> tuple[str, int]:
    """Transfer syntax of a file, "" where it says none, and where its data set starts."""
    at, syntax = 132 if data[128:132] == b"DICM" else 0, ""
    try:
        while data[at : at + 2] == b"\x02\0":
            head = _head(data, at, Form())
            at = head.value + head.length
            if head.tag == SYNTAX:
                syntax = data[head.value : at].decode("ascii", "replace").strip(" \0")
    except Short:
        return syntax, len(data)
    return syntax, at


def guessed(data: bytes) -> Form:
    """The form of a data set of which none is said: by the first element, as pydicom guesses it."""
    explicit = data[4:6].isalpha() and data[4:6].isupper()
    return Form(explicit, ">" if data[:1] == b"\0" and data[1:2] != b"\0" else "<")


def check(data: bytes, at: int, size: int, form: Form) -> None:
    """Walk a data set of a file of `size` bytes up to its pixels; `data` are its first bytes.

    Raises Refusal `header_cut`, `nested_too_deep`, `duplicate_element` or `bad_header`, Short if it needs more bytes.
    """
    seen: set[int] = set()
    while at < size:
        head = _head(data, at, form)
        if head.tag in PIXELS:
            return
        if head.tag in seen and head.tag in NAMES:
            twice(head.tag)
        seen.add(head.tag)
        at = _behind(data, head, size, form, 0)


def pixel_length(data: bytes, form: Form) -> int | None:
    """The bytes that the pixels take whose element starts here: -1 in fragments, None if it is another element."""
    try:
        head = _head(data, 0, form)
    except Short:
        return None
    if head.tag not in PIXELS:
        return None
    return -1 if head.length == UNDEFINED else head.length


def twice(tag: int) -> NoReturn:
    """Refuse what is said twice: nobody can tell which is meant."""
    raise Refusal("duplicate_element", f"the header says {NAMES[tag]} twice", found=f"{tag:08x}")


def sequence_end(data: bytes, at: int, length: int, form: Form, depth: int = 1) -> int:
    """The place behind a sequence whose first item starts at `at`; its length may be undefined.

    Raises Refusal if what it holds does not fit into it or is nested too deep, Short if the bytes end before it does.
    """
    if depth > DEEPEST:
        raise Refusal("nested_too_deep", "sequences lie within sequences beyond any use", expected=f"{DEEPEST} at most")
    end = UNDEFINED if length == UNDEFINED else at + length
    while at < end:
        tag, inner = _item(data, at, form)
        at += 8
        if tag == SEQUENCE_END:
            return at
        if tag != ITEM:
            raise Refusal("bad_header", "a sequence holds something that is no item", found=f"{tag:08x}")
        if inner != UNDEFINED and at + inner > end:
            _past(ITEM)
        at = _item_end(data, at, inner, form, depth)
    return at


def _item_end(data: bytes, at: int, length: int, form: Form, depth: int) -> int:
    end = UNDEFINED if length == UNDEFINED else at + length
    while at < end:
        if _item(data, at, form)[0] == ITEM_END:
            return at + 8
        at = _behind(data, _head(data, at, form), end, form, depth)
    return at


def _behind(data: bytes, head: _Head, end: int, form: Form, depth: int) -> int:
    """The place behind an element. Raises Refusal if that lies past the end of its holder."""
    undefined = head.length == UNDEFINED
    if not undefined and head.value + head.length > end:
        _past(head.tag)
    if undefined and head.tag in PIXELS:  # fragments of an icon
        return _fragments_end(data, head.value, form)
    if undefined or is_sequence(head.tag, head.vr):
        inside = Form(False, form.order) if head.vr == b"UN" else form
        if head.length:
            behind = sequence_end(data, head.value, head.length, inside, depth + 1)
            return behind if undefined else head.value + head.length
    return head.value + head.length


def _fragments_end(data: bytes, at: int, form: Form) -> int:
    while True:
        tag, length = _item(data, at, form)
        at += 8
        if tag == SEQUENCE_END:
            return at
        at += length


def _past(tag: int) -> NoReturn:
    raise Refusal("header_cut", "an element says that it is longer than what holds it", found=f"{tag:08x}")


def is_sequence(tag: int, vr: bytes) -> bool:
    """Whether an element holds items: by its own word, or by the dictionary where it has none."""
    return vr == b"SQ" or (vr in (b"", b"UN") and _sequences(tag))


@lru_cache(maxsize=8192)
def _sequences(tag: int) -> bool:
    try:
        return dictionary_VR(tag) == "SQ"
    except KeyError:
        return False


def _head(data: bytes, at: int, form: Form) -> _Head:
    try:
        group, number, vr, short = struct.unpack_from(f"{form.order}HH2sH", data, at)
        tag = group << 16 | number
        if not form.explicit or group == 0xFFFE or not vr.isalpha():
            return _Head(tag, b"", at + 8, struct.unpack_from(f"{form.order}I", data, at + 4)[0])
        if vr in LONG:
            return _Head(tag, vr, at + 12, struct.unpack_from(f"{form.order}I", data, at + 8)[0])
        return _Head(tag, vr, at + 8, short)
    except struct.error:
        raise Short from None


def _item(data: bytes, at: int, form: Form) -> tuple[int, int]:
    try:
        group, number, length = struct.unpack_from(f"{form.order}HHI", data, at)
    except struct.error:
        raise Short from None
    return group << 16 | number, length
