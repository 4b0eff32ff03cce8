"""The file meta group, read within bounds."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread

from vivomap.acquire.pacs.part10 import FIRST, meta
from vivomap.core import Refusal

from ..receive.conftest import CT, EXPLICIT, ct, encoded
from .conftest import part10


def test_the_group_says_what_the_reading_library_says() -> None:
    raw = part10(ct(1))
    found, theirs = meta(raw), dcmread(io.BytesIO(raw))
    assert found[:3] == (CT, theirs.SOPInstanceUID, EXPLICIT)
    assert raw[found.offset :] == encoded(ct(1))


def test_a_file_of_another_writer_is_read_too() -> None:
    ds = dcmread(io.BytesIO(part10(ct(1))))
    ds.file_meta.PrivateInformationCreatorUID, ds.file_meta.PrivateInformation = "1.2.3", b"ab" * 300
    out = io.BytesIO()
    ds.save_as(out, enforce_file_format=True)
    assert meta(out.getvalue())[:3] == (CT, ds.SOPInstanceUID, EXPLICIT)


@pytest.mark.parametrize("cut", [0, 100, 131, 133, 140, 150, 200])
def test_a_cut_group_is_refused(cut: int) -> None:
    with pytest.raises(Refusal) as refused:
        meta(part10(ct(1))[:cut])
    assert refused.value.code == "bad_header"


def test_a_length_past_the_bounds_is_refused() -> None:
    raw = bytearray(part10(ct(1)))
    raw[152:156] = b"\xff\xff\xff\x7f"  # the length of (0002,0001)
    with pytest.raises(Refusal):
        meta(bytes(raw) + bytes(FIRST))


def test_a_hostile_uid_is_refused() -> None:
    raw = part10(ct(1)).replace(EXPLICIT.encode(), b"1.2.840../../1.2.1\0"[: len(EXPLICIT)], 1)
    with pytest.raises(Refusal):
        meta(raw)


@given(st.binary(max_size=400))
def test_whatever_the_bytes_are_they_are_read_or_refused(tail: bytes) -> None:
    said = ""
    try:
        offset = meta(bytes(128) + b"DICM" + tail).offset
    except Refusal as refused:
        said, offset = refused.code, 132
    assert said in ("", "bad_header")
    assert offset <= 132 + len(tail)
