"""The private Siemens header: values as text, and headers that are broken."""

import struct
from pathlib import Path

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivomap.acquire.spectroscopy.csa import csa
from vivomap.core import Refusal


def header(name: bytes, *values: bytes) -> bytes:
    items = b"".join(struct.pack("<4i", 0, len(v), 77, 0) + v + b"\0" * (-len(v) % 4) for v in values)
    return (
        b"SV10\4\3\2\1"
        + struct.pack("<II", 1, 77)
        + struct.pack("<64si4siii", name, 1, b"DS", 0, len(values), 77)
        + items
    )


def test_values_come_back() -> None:
    assert csa(header(b"EchoTime", b"30.0", b"", b"97")) == {"EchoTime": ("30.0", "97")}


def test_the_header_of_a_scanner_is_read(mrs: Path) -> None:
    found = csa(pydicom.dcmread(mrs / "suspect" / "siemens" / "SVS_30.IMA")[0x0029, 0x1110].value)
    assert float(found["EchoTime"][0]) == 30.0
    assert found["ImagedNucleus"] == ("1H",)
    assert len(found["ImageOrientationPatient"]) == 6


@pytest.mark.parametrize(
    "data", [b"", b"plain", b"SV10\4\3\2\1" + struct.pack("<II", 10**6, 77), header(b"A", b"1")[:90]]
)
def test_a_broken_header_is_refused(data: bytes) -> None:
    with pytest.raises(Refusal) as refusal:
        csa(data)
    assert refusal.value.code == "bad_header"


@given(st.binary(max_size=300))
def test_whatever_follows_the_magic_is_read_or_refused(tail: bytes) -> None:
    try:
        found = csa(b"SV10" + tail)
    except Refusal:
        return
    assert isinstance(found, dict)
