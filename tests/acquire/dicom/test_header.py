import zlib
from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian

from vivomap.acquire.dicom.header import floats, head
from vivomap.core import Refusal


def refusal_of(path: Path) -> str:
    with pytest.raises(Refusal) as refused:
        head(path, [])
    return refused.value.code


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b"hello, this is a letter", "not_an_image"),
        (b"\x1f\x8b" + b"0" * 400, "not_an_image"),
        (b"MZ" + b"\0" * 126 + b"DICM" + b"\0" * 50, "executable_preamble"),
        (b"\x7fELF" + b"\0" * 124 + b"DICM" + b"\0" * 50, "executable_preamble"),
        (b"#!/bin/sh\n" + b"\0" * 118 + b"DICM" + b"\0" * 50, "executable_preamble"),
        (b"\0" * 128 + b"DICM", "no_identity"),
    ],
)
def test_what_is_no_image_is_held_with_its_code(data: bytes, code: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    assert refusal_of(path) == code


def test_a_tiff_preamble_is_legal(series: Callable[..., Path]) -> None:
    path = series(1) / "slice_00.dcm"
    path.write_bytes(b"II*\0" + path.read_bytes()[4:])
    assert head(path, []).text("Modality") == "CT"


def test_a_file_without_a_preamble_is_read(series: Callable[..., Path]) -> None:
    path = series(1) / "slice_00.dcm"
    whole = head(path, [])
    path.write_bytes(path.read_bytes()[132:])
    naked = head(path, [])
    assert naked.offset == 0
    assert naked.pixels
    assert {**naked.facts} == {**whole.facts}


def test_a_cut_header_is_held_at_every_length(series: Callable[..., Path]) -> None:
    data = (series(1) / "slice_00.dcm").read_bytes()
    path = series(1) / "cut.dcm"
    for length in range(140, len(data) - 80, 37):
        path.write_bytes(data[:length])
        assert refusal_of(path) in ("header_cut", "no_identity", "bad_header")


def test_a_name_in_another_alphabet_is_read_whole(series: Callable[..., Path]) -> None:
    def name(ds: pydicom.Dataset, k: int) -> None:
        ds.SpecificCharacterSet, ds.PatientID = "ISO_IR 192", "Ωμέγα"

    assert head(series(1, edit=name) / "slice_00.dcm", []).text("PatientID") == "Ωμέγα"


@pytest.mark.parametrize("uid", ["../../etc", "1.2.3;DROP", ""])
def test_a_hostile_uid_is_no_identity(uid: str, series: Callable[..., Path]) -> None:
    path = series(1) / "slice_00.dcm"
    data = path.read_bytes()
    path.write_bytes(data.replace(b"1.2.3.4\0", uid.encode().ljust(8, b"\0")[:8]))
    assert refusal_of(path) == "no_identity"


def test_a_deflate_bomb_is_held_and_a_deflated_file_is_read(series: Callable[..., Path]) -> None:
    def deflate(ds: pydicom.Dataset, k: int) -> None:
        ds.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian

    path = series(1, edit=deflate) / "slice_00.dcm"
    assert head(path, []).pixels
    data = path.read_bytes()
    start = 144 + int.from_bytes(data[140:144], "little")
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    path.write_bytes(data[:start] + squeeze.compress(b"\0" * (80 << 20)) + squeeze.flush())
    assert refusal_of(path) == "inflates_too_far"


@pytest.mark.parametrize("text", ["1,5", "NaN", "inf", "abc", "1\\x"])
def test_a_number_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        floats(text)
    assert refused.value.code == "bad_number"


def test_numbers_are_read_as_dicom_writes_them() -> None:
    assert floats("+1.5 \\ -2e-3\\3") == (1.5, -0.002, 3.0)
    assert floats("") == ()
