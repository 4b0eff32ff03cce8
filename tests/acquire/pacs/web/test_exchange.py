"""One request: what a hostile server can do to it, which is nothing but fail."""

import time

import pytest

from vivomap.acquire.pacs import Login, echo
from vivomap.acquire.pacs.web.exchange import DEEPEST, Ask, exchange, good, read_json
from vivomap.core import Refusal

from ..conftest import http, spoken


def refused(where: str, **limits: float) -> Refusal:
    with pytest.raises(Refusal) as found:
        echo(spoken(where, **limits))
    return found.value


def test_a_redirect_is_not_followed_and_the_login_stays(raw) -> None:
    elsewhere = raw(http(b"[]"))
    here = raw(http(b"", status="302 Found", Location=f"http://127.0.0.1:{elsewhere.port}/"))
    pacs = spoken(here.web)
    object.__setattr__(pacs, "login", Login("reader:s3cret"))
    with pytest.raises(Refusal) as found:
        echo(pacs)
    assert found.value.code == "answer_distrusted"
    assert not elsewhere.heard
    assert b"Authorization: Basic cmVhZGVyOnMzY3JldA==" in here.heard[0]


def test_a_login_never_leaves_this_machine_in_the_clear() -> None:
    pacs = spoken("dicomweb+http://127.0.0.1:9/x")
    object.__setattr__(pacs, "login", Login("reader:s3cret"))
    object.__setattr__(pacs.address, "host", "192.0.2.7")
    with pytest.raises(Refusal) as found, exchange(pacs, Ask("GET", "/", "*/*"), 0.2):
        pytest.fail("it was sent")
    assert found.value.code == "not_encrypted"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("401 No", "login_refused"),
        ("403 No", "login_refused"),
        ("404 No", "query_refused"),
        ("429 Slow", "receiver_away"),
        ("500 Oh", "receiver_away"),
        ("503 Later", "receiver_away"),
    ],
)
def test_each_status_has_its_code(raw, status: str, code: str) -> None:
    assert refused(raw(http(b"secret words of a patient", status=status)).web).code == code


@pytest.mark.parametrize(
    "said",
    [b"", b"\x00" * 50, b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 100_000 + b"\r\n\r\n"],
)
def test_what_is_no_http_is_refused(raw, said: bytes) -> None:
    assert refused(raw(said).web).code in ("receiver_away", "answer_distrusted")


def test_a_server_that_says_nothing_is_away_in_time(raw) -> None:
    began = time.monotonic()
    found = refused(raw(lambda line: time.sleep(0.8)).web, idle_s=0.3)
    assert (found.code, found.found) == ("receiver_away", "no answer in time")
    assert time.monotonic() - began < 1


def test_headers_that_trickle_in_do_not_hold_us_up(raw) -> None:
    def trickle(line) -> None:
        for _ in range(30):
            line.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            time.sleep(0.05)

    began = time.monotonic()
    found = refused(raw(trickle).web, ask_s=0.4)
    assert (found.code, found.found) == ("receiver_away", "not finished in time")
    assert time.monotonic() - began < 1.5


def test_a_body_that_breaks_off_is_told(raw) -> None:
    server = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[")
    with pytest.raises(Refusal) as found, exchange(spoken(server.web), Ask("GET", "/", "*/*"), 5) as reply:
        good(spoken(server.web), reply).json(1000)
    assert (found.value.code, found.value.found) == ("receiver_away", "the answer broke off")


def test_a_body_larger_than_is_borne_is_not_read(raw) -> None:
    server = raw(http(b"[" + b" " * 5000 + b"]"))
    with pytest.raises(Refusal) as found, exchange(spoken(server.web), Ask("GET", "/", "*/*"), 5) as reply:
        reply.json(1000)
    assert found.value.code == "answer_distrusted"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[",
        b"nothing",
        b'{"a":1,"a":2}',
        b"[NaN]",
        b"\xff\xfe",
        b"[" * 100_000,
        b"[" * (DEEPEST + 2) + b"]" * (DEEPEST + 2),
    ],
)
def test_json_is_strict(body: bytes) -> None:
    with pytest.raises(Refusal) as found:
        read_json(body)
    assert found.value.code == "answer_distrusted"


def test_json_that_would_fill_the_memory_is_not_read() -> None:
    began = time.monotonic()
    with pytest.raises(Refusal) as found:
        read_json(b"[" + b"{}," * 2_000_000 + b"{}]")
    assert found.value.summary == "the answer has too many parts"
    assert time.monotonic() - began < 1


def test_good_json_is_read() -> None:
    assert read_json(b'[{"00100020":{"vr":"LO","Value":["P1"]}}]') == [{"00100020": {"vr": "LO", "Value": ["P1"]}}]
    assert read_json(b"3") == 3
