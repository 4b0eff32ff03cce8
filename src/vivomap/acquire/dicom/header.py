"""What one DICOM file says of itself; or why it is held.

The quick scan reads the plain files; every other one goes to pydicom. A file that no image, contour or plan can be
made of is held with a code, never dropped.
"""

from __future__ import annotations

import math
import os
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from vivomap.acquire.dicom.scan import Doubt, Scan, said, scan
from vivomap.acquire.dicom.structure import Short
from vivomap.acquire.dicom.tags import BIG_ENDIAN, EXPLICIT, IDENTITY, IMPLICIT, NAMES, PRIVATE, SEQUENCES, UNSIGNED
from vivomap.acquire.dicom.template import Template
from vivomap.acquire.dicom.whole import full
from vivomap.core import Refusal

FIRST_READ = 1 << 16
UID = re.compile(r"[0-9.]{1,64}")
MACH_O = tuple(bytes.fromhex(magic) for magic in ("cffaedfe", "cefaedfe", "feedface", "feedfacf", "cafebabe"))
PROGRAMS = (b"MZ", b"\x7fELF", b"#!", *MACH_O)
TEMPLATES_MOST = 16  # kinds of header remembered


@dataclass(frozen=True, eq=False)
class Header:
    """The facts of one file, as text by keyword; `own` the bytes that vary within its `kind` of header.

    Pixels lie at `offset` for `length` bytes (-1: in fragments); `offset` 0 says that only a decoder reads them.
    """

    path: Path
    facts: Mapping[str, str]
    syntax: str
    size: int
    offset: int = 0
    length: int = 0
    pixels: bool = True
    own: Mapping[int, bytes] | None = None
    kind: Scan | None = None

    def text(self, name: str) -> str:
        """A fact as text; "" where the header is silent."""
        return self.facts.get(name, "")

    def dataset(self) -> Dataset:
        """The whole header, without its pixels, by pydicom."""
        return full(self.path)[0]


@lru_cache(maxsize=4096)
def floats(text: str) -> tuple[float, ...]:
    """Numbers joined by backslashes. Raises Refusal if one is none, or not finite."""
    try:
        values = tuple(float(part) for part in text.split("\\")) if text else ()
    except ValueError:
        values = (math.nan,)
    if not all(math.isfinite(v) for v in values):
        raise Refusal("bad_number", "a number of the header cannot be read", found=repr(text[:40]))
    return values


def head(path: Path, templates: list[Template]) -> Header:
    """Read one file's header; `templates` are those of the files before, and grow. Raises Refusal if it is held."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        size = os.fstat(handle).st_size
        data = os.read(handle, max(FIRST_READ if not templates else len(templates[0].data) + 1024, 1024))
        _first_look(data)
        try:
            found = _quick(handle, data, size, templates)
        except (Doubt, Short):
            found = None
    finally:
        os.close(handle)
    if found is None:
        return _identified(slow(path, size))
    facts, own, offset, whole, kind = found
    return _identified(Header(path, facts, whole.syntax, size, offset, whole.length, True, own, kind))


Quick = tuple[Mapping[str, str], Mapping[int, bytes], int, Scan, Scan | None]


def _quick(handle: int, data: bytes, size: int, templates: list[Template]) -> Quick:
    for place, template in enumerate(templates):
        match = template.match(data)
        if match:
            if place:
                templates.insert(0, templates.pop(place))
            return {**template.whole.facts, **match[0]}, match[1], match[2], template.whole, template.whole
    while True:
        try:
            found = scan(data, size)
            break
        except Short:
            if len(data) >= size:
                raise Refusal("header_cut", "the file ends before its header does", found=f"{size} bytes") from None
            data += os.read(handle, 7 * len(data))
    _learn(found, data, templates)
    return found.facts, {}, found.offset, found, None


def _learn(found: Scan, data: bytes, templates: list[Template]) -> None:
    for place, template in enumerate(templates):
        wider = template.widened(found, data)
        if wider:
            templates[place] = wider
            return
    templates.insert(0, Template.of(found, data))
    del templates[TEMPLATES_MOST:]


def _first_look(data: bytes) -> None:
    if not data:
        raise Refusal("empty_file", "the file has no bytes")
    if data[128:132] == b"DICM":
        if data.startswith(PROGRAMS):
            raise Refusal("executable_preamble", "the file begins as a program does, and may be one")
        return
    naked = len(data) > 8 and data[:2] in (b"\x02\x00", b"\x08\x00") and data[3] == 0
    if not naked:
        kind = " (a gzip archive: unpack it first)" if data[:2] == b"\x1f\x8b" else ""
        raise Refusal("not_an_image", f"the file is no DICOM object{kind}")


def slow(path: Path, size: int) -> Header:
    """The header by pydicom, for what the quick scan leaves. Raises Refusal if even that cannot read it."""
    ds, length = full(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            facts, syntax = facts_of(ds), _syntax(ds)
    except (Refusal, MemoryError):
        raise
    except Exception as error:  # pydicom raises what its parts raise; the file is held either way
        raise Refusal("bad_header", "the header cannot be read", found=type(error).__name__) from None
    return Header(path, facts, syntax, size, length=length or 0, pixels=length is not None)


def _syntax(ds: Dataset) -> str:
    """The transfer syntax that is said, or the plain one that was found."""
    said = str(ds.file_meta.get("TransferSyntaxUID", "")) if "file_meta" in vars(ds) else ""
    implicit, little = ds.original_encoding
    return said or (IMPLICIT if implicit else EXPLICIT if little else BIG_ENDIAN)


def facts_of(ds: Dataset) -> dict[str, str]:
    """The facts of a data set, as the quick scan would tell them. Raises Refusal if a value cannot be read."""
    facts = {name: _value(ds, tag, name) for tag, name in NAMES.items() if tag in ds}
    for key, (name, vr) in PRIVATE.items():
        value = private_value(ds, key)
        if value is not None:
            facts[name] = said(value, vr) if isinstance(value, bytes) else _joined(value)
    for (group, element), (name, vr, maker) in UNSIGNED.items():
        signed = ds.get(group << 16 | element >> 8) is not None
        item = None if signed or maker not in facts.get("Manufacturer", "").upper() else ds.get((group, element))
        if item is not None:
            facts[name] = said(item.value, vr) if isinstance(item.value, bytes) else _joined(item.value)
    return facts


def private_value(ds: Dataset, key: tuple[int, str, int]) -> Any:
    """The value of a private element by group, creator and place in its block; None where there is none."""
    try:
        return ds.private_block(key[0], key[1])[key[2]].value
    except KeyError:
        return None


def _value(ds: Dataset, tag: int, name: str) -> str:
    try:
        value = ds[tag].value
    except (ValueError, TypeError, OverflowError):
        raise Refusal("bad_number", f"{name} cannot be read", found=name) from None
    if name in SEQUENCES:
        return "SQ" if value else ""
    return _joined(value)


def _joined(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, MultiValue | list | tuple):
        return "\\".join(_joined(v) for v in value)
    if isinstance(value, bytes):
        return said(value, b"LO")
    return repr(value) if isinstance(value, float) and type(value) is float else str(value).strip(" \0")


@lru_cache(maxsize=4096)
def _is_uid(text: str) -> bool:
    return UID.fullmatch(text) is not None


def _identified(header: Header) -> Header:
    """The header itself. Raises Refusal if it does not say which object it is."""
    missing = [name for name in IDENTITY[:4] if not _is_uid(header.text(name))]
    if missing:
        raise Refusal(
            "no_identity",
            f"the object does not say which one it is: {', '.join(missing)} missing or no UID",
            expected="SOP class, SOP instance, series and study UID",
        )
    return header
