import struct
from pathlib import Path

import pydicom
import pytest

from vivomap.acquire.dicom.header import floats, head, slow
from vivomap.acquire.dicom.scan import Doubt, said, scan
from vivomap.acquire.dicom.template import Template
from vivomap.core import Refusal

PYDICOM = Path(pydicom.__file__).parent / "data" / "test_files"
SKIP = {".csv", ".gz", ".nii", ".bin", ".mat", ".json", ".md", ".txt", ".nrrd", ".pgm"}


def element(tag: int, vr: bytes, value: bytes) -> bytes:
    return struct.pack("<HH2sH", tag >> 16, tag & 0xFFFF, vr, len(value)) + value


def small(*elements: bytes, pixels: bytes = b"\1\0") -> bytes:
    syntax = element(0x00020010, b"UI", b"1.2.840.10008.1.2.1\0")
    tail = struct.pack("<HH2sHI", 0x7FE0, 0x10, b"OW", 0, len(pixels)) + pixels
    return b"\0" * 128 + b"DICM" + syntax + b"".join(elements) + tail


def agree(path: Path, templates: list[Template]) -> str:
    """How a file was read; where by the scan, every fact must be the one that pydicom tells."""
    try:
        header = head(path, templates)
    except Refusal as refusal:
        return refusal.code
    if not header.offset:
        return "slow"
    full = slow(path, path.stat().st_size)
    assert header.syntax == full.syntax
    for name in header.facts.keys() | full.facts.keys():
        one, other = header.text(name), full.text(name)
        assert one == other or floats(one) == floats(other), (path.name, name)
    return "quick"


@pytest.mark.parametrize("source", ["data", "pydicom"])
def test_the_scan_says_what_pydicom_says_of_every_real_file(source: str, request: pytest.FixtureRequest) -> None:
    root = PYDICOM if source == "pydicom" else request.getfixturevalue("data")
    templates: list[Template] = []
    files = [p for p in sorted(root.rglob("*")) if p.is_file() and p.suffix not in SKIP]
    ways = [agree(p, templates) for p in files]
    assert ways.count("quick") > 50


def test_a_second_patient_id_is_refused() -> None:
    twice = element(0x00100020, b"LO", b"P1"), element(0x00100020, b"LO", b"P2")
    data = small(*twice)
    with pytest.raises(Refusal) as refused:
        scan(data, len(data))
    assert refused.value.code == "duplicate_element"


def test_a_length_past_the_end_is_refused() -> None:
    data = small(struct.pack("<HH2sHI", 0x0009, 0x1001, b"OB", 0, 2_000_000_000))
    with pytest.raises(Refusal) as refused:
        scan(data, len(data))
    assert refused.value.code == "header_cut"


def test_nesting_beyond_the_limit_is_refused() -> None:
    begin = struct.pack("<HH2sHI", 0x0008, 0x1140, b"SQ", 0, 0xFFFFFFFF) + struct.pack(
        "<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF
    )
    end = struct.pack("<HHI", 0xFFFE, 0xE00D, 0) + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    deep = small(begin * 300 + end * 300)
    with pytest.raises(Refusal, match="sequences"):
        scan(deep, len(deep))
    shallow = small(begin * 3 + end * 3)
    assert scan(shallow, len(shallow)).length == 2


def test_text_that_is_not_plain_is_left_to_the_full_parser() -> None:
    with pytest.raises(Doubt):
        said("Müller".encode("latin-1"), b"LO")
    assert said(b" A \\B\0", b"CS") == "A\\B"
    assert said(struct.pack("<2H", 3, 4), b"US") == "3\\4"
