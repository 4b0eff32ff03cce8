"""Associations that do not come about, or do not end by themselves."""

import struct
import time

import pytest

from vivomap.acquire.pacs import echo
from vivomap.core import Refusal

from ....orthanc import free_port
from ..conftest import spoken


def refused(where: str, **limits: float) -> Refusal:
    with pytest.raises(Refusal) as found:
        echo(spoken(where, **limits))
    return found.value


def test_where_nobody_listens_it_is_away() -> None:
    found = refused(f"dicom://PACS@127.0.0.1:{free_port()}")
    assert (found.code, found.found) == ("receiver_away", "Connection refused")


def test_a_name_that_nobody_knows_is_away() -> None:
    with pytest.raises(Refusal) as found:
        echo(spoken("dicoms://PACS@nowhere.invalid:104"))
    assert found.value.code in ("receiver_away", "bad_setting")


def test_a_wrong_title_is_refused_with_its_reason(scp) -> None:
    found = refused(scp().replace("PACS@", "OTHER@"))
    assert (found.code, found.found) == ("association_rejected", "it is not called so (AE title)")


def test_a_pacs_that_takes_connections_and_says_nothing_is_away_in_time(raw) -> None:
    began = time.monotonic()
    found = refused(raw(lambda line: time.sleep(1.2)).dicom, idle_s=0.5)
    assert found.code == "receiver_away"
    assert time.monotonic() - began < 2.5


def test_a_pdu_without_end_is_not_read(raw) -> None:
    found = refused(raw(struct.pack(">BBI", 2, 0, 0xFFFFFFFF) + bytes(1000)).dicom)
    assert (found.code, found.found) == ("answer_distrusted", "a PDU is longer than we offered to take")


def test_bytes_that_trickle_in_do_not_hold_us_up(raw) -> None:
    def trickle(line) -> None:
        line.sendall(struct.pack(">BBI", 2, 0, 100_000))
        for _ in range(40):
            line.sendall(b"\0")
            time.sleep(0.05)

    began = time.monotonic()
    found = refused(raw(trickle).dicom, ask_s=0.6)
    assert (found.code, found.found) == ("receiver_away", "not finished in time")
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("said", [b"HTTP/1.1 400 Bad Request\r\n\r\n", bytes(64), b"\x07\0\0\0\0\x04\0\0\0\0", b""])
def test_what_is_no_dicom_is_away(raw, said: bytes) -> None:
    assert refused(raw(said).dicom).code == "receiver_away"
