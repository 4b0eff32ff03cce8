"""STOW: the file as it is, and every answer understood."""

import json
from pathlib import Path

import pytest

from vivomap.acquire.pacs import parcel, send
from vivomap.core import Refusal

from ..conftest import http, spoken


def said(stored: list[str], failed: list[tuple[str, int]] = [], status: str = "200 OK") -> bytes:  # noqa: B006
    answer: dict = {}
    if stored:
        answer["00081199"] = {"Value": [{"00081155": {"Value": [u]}} for u in stored]}
    if failed:
        answer["00081198"] = {"Value": [{"00081155": {"Value": [u]}, "00081197": {"Value": [r]}} for u, r in failed]}
    return http(json.dumps(answer).encode(), status=status)


def test_the_file_goes_out_as_it_is_in_one_part(raw, slices: list[Path]) -> None:
    one = parcel(slices[0])
    server = raw(said([one.instance]))
    ((_, answer),) = send(spoken(server.web), [one])
    assert (answer.state, answer.code) == ("sent", "HTTP 200")
    head, _, body = server.heard[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /web/studies HTTP/1.1")
    assert body.count(b"application/dicom") == 1
    assert one.path.read_bytes() in body


@pytest.mark.parametrize(
    ("reason", "status", "state", "code"),
    [
        (0xA700, "409 Conflict", "later", "A700H"),
        (0x0110, "202 Accepted", "later", "0110H"),
        (0x0122, "409 Conflict", "refused", "class_not_taken"),
        (0xC000, "409 Conflict", "refused", "C000H"),
    ],
)
def test_a_reason_says_whether_to_try_again(raw, slices, reason: int, status: str, state: str, code: str) -> None:
    one = parcel(slices[0])
    ((_, answer),) = send(spoken(raw(said([], [(one.instance, reason)], status)).web), [one])
    assert (answer.state, answer.code) == (state, code)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("400 Bad", "refused"),
        ("409 Conflict", "refused"),
        ("413 Large", "refused"),
        ("415 Kind", "refused"),
        ("429 Slow", "later"),
        ("503 Later", "later"),
        ("507 Full", "later"),
    ],
)
def test_each_status_says_whether_to_try_again(raw, slices: list[Path], status: str, state: str) -> None:
    ((_, answer),) = send(spoken(raw(http(b"{}", status=status)).web), [parcel(slices[0])])
    assert (answer.state, answer.code) == (state, f"HTTP {status[:3]}")


@pytest.mark.parametrize("answer", [said([]), said(["1.2.3"]), http(b"[]"), http(b'{"00081199":{"Value":7}}')])
def test_a_good_status_that_does_not_name_the_object_leaves_doubt(raw, slices: list[Path], answer: bytes) -> None:
    ((_, found),) = send(spoken(raw(answer).web), [parcel(slices[0])])
    assert found.state == "unsure"


@pytest.mark.parametrize("answer", [b"", http(b"not json")])
def test_no_answer_after_the_last_byte_leaves_doubt(raw, slices: list[Path], answer: bytes) -> None:
    ((_, found),) = send(spoken(raw(answer).web), [parcel(slices[0])])
    assert found.state == "unsure"


def test_a_server_that_is_not_there_or_lets_nobody_in_raises(raw, slices: list[Path]) -> None:
    for where, code in (
        (raw(http(b"", status="401 No")).web, "login_refused"),
        ("dicomweb+http://127.0.0.1:9/", "receiver_away"),
    ):
        with pytest.raises(Refusal) as found:
            list(send(spoken(where), [parcel(slices[0])]))
        assert found.value.code == code
