"""A body in parts, cut at any place, of any size of pieces."""

import io
from email.encoders import encode_noop
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivomap.acquire.pacs.web.multipart import boundary, parts
from vivomap.core import Refusal

KIND = 'multipart/related; type="application/dicom"; boundary=XX'


def body(*pieces: bytes, mark: bytes = b"XX") -> bytes:
    heads = b"Content-Type: application/dicom\r\n\r\n"
    return b"".join(b"--" + mark + b"\r\n" + heads + p + b"\r\n" for p in pieces) + b"--" + mark + b"--\r\n"


def split(raw: bytes, step: int = 7, kind: str = KIND, largest: int = 1 << 20) -> list[bytes]:
    source = io.BytesIO(raw)
    return [p.read() for p in parts(lambda _: source.read(step), kind, largest, Path())]


@given(st.lists(st.binary(max_size=60), max_size=4), st.integers(1, 50))
def test_parts_come_out_as_they_went_in_whatever_the_pieces(pieces: list[bytes], step: int) -> None:
    if any(b"\r\n--XX" in b"\r\n" + p for p in pieces):
        return
    assert split(body(*pieces), step) == pieces


def test_what_the_standard_library_writes_is_read() -> None:
    made = MIMEMultipart("related", boundary="b-1")
    for piece in (b"first", b"second"):
        made.attach(MIMEApplication(piece, "dicom", encode_noop))
    raw = made.as_bytes().split(b"\n\n", 1)[1].replace(b"\n", b"\r\n")
    assert split(raw, 3, 'multipart/related; boundary="b-1"') == [b"first", b"second"]


def test_words_before_the_first_part_are_passed_over() -> None:
    assert split(b"hello\r\n" + body(b"a")) == [b"a"]


@pytest.mark.parametrize("cut", range(1, len(body(b"abc", b"def")) - 3))
def test_a_body_cut_anywhere_is_told(cut: int) -> None:
    with pytest.raises(Refusal) as found:
        split(body(b"abc", b"def")[:cut])
    assert found.value.code == "receiver_away"


def test_a_part_that_is_too_large_ends_it() -> None:
    with pytest.raises(Refusal) as found:
        split(body(bytes(5000)), 100, largest=1000)
    assert found.value.code == "too_large"


def test_headers_without_end_end_it() -> None:
    with pytest.raises(Refusal) as found:
        split(b"--XX\r\n" + b"X: y\r\n" * 10_000, 1000)
    assert found.value.code == "too_large"


@pytest.mark.parametrize(
    "kind", ["", "text/html", "application/dicom+json", "multipart/related", "multipart/mixed; boundary=X"]
)
def test_what_is_not_in_parts_is_refused(kind: str) -> None:
    with pytest.raises(Refusal) as found:
        boundary(kind)
    assert found.value.code == "not_taken"
