"""WADO: the bytes of the server, and what it gives uncalled for."""

import json
import time

import pytest

from vivomap.acquire.pacs.web.fetch import SPARE, fetch
from vivomap.core import Refusal

from ....orthanc import Orthanc
from ...receive.conftest import ct
from ..conftest import Kept, http, part10, spoken
from .test_multipart import KIND, body

STUDY = ct(1).StudyInstanceUID


def listing(*numbers: int) -> bytes:
    return http(json.dumps([{"00080018": {"Value": [ct(k).SOPInstanceUID]}} for k in numbers]).encode())


def test_the_bytes_are_those_of_the_server(orthanc: Orthanc, kept: Kept) -> None:
    files = {ct(k).SOPInstanceUID: part10(ct(k)) for k in (1, 2, 3)}
    for one in files.values():
        orthanc.put(one)
    got = fetch(spoken(orthanc.web), STUDY, "", kept.deeds)
    assert (len(got.wanted), got.missing, got.troubles) == (3, (), ())
    assert kept.objects == files


def test_one_series_comes_alone_and_an_unknown_study_not_at_all(orthanc: Orthanc, kept: Kept) -> None:
    other = ct(9)
    other.SeriesInstanceUID += ".7"
    for ds in (ct(1), other):
        orthanc.put(part10(ds))
    assert fetch(spoken(orthanc.web), STUDY, other.SeriesInstanceUID, kept.deeds).arrived == (other.SOPInstanceUID,)
    assert fetch(spoken(orthanc.web), "1.2.3", "", kept.deeds).troubles == ("HTTP 404: no such study",)


def test_objects_without_end_are_too_many(raw, kept: Kept) -> None:
    many = body(*(part10(ct(k)) for k in range(10, 40)))
    with pytest.raises(Refusal) as found:
        fetch(spoken(raw(listing(1), http(many, KIND)).web), STUDY, "", kept.deeds)
    assert found.value.code == "too_many_answers"
    assert len(kept.objects) <= 1 + SPARE + 1


def test_what_is_no_dicom_file_is_said_and_the_rest_kept(raw, kept: Kept) -> None:
    answer = http(body(b"<html>", part10(ct(1))), KIND)
    got = fetch(spoken(raw(listing(1, 2), answer).web), STUDY, "", kept.deeds)
    assert (got.arrived, got.missing) == ((ct(1).SOPInstanceUID,), (ct(2).SOPInstanceUID,))
    assert got.troubles == ("bad_header: this is no DICOM file",)


def test_a_part_that_is_too_large_leaves_nothing(raw, kept: Kept) -> None:
    with pytest.raises(Refusal) as found:
        fetch(
            spoken(raw(listing(1), http(body(part10(ct(1, side=400))), KIND)).web, largest=100_000),
            STUDY,
            "",
            kept.deeds,
        )
    assert found.value.code == "answer_distrusted"
    assert not kept.objects
    assert not list(kept.folder.iterdir())


def test_a_transfer_that_is_cut_keeps_what_was_whole_and_nothing_partial(raw, kept: Kept) -> None:
    whole = body(part10(ct(1)), part10(ct(2)))

    def cut(line) -> None:
        line.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: {KIND}\r\nContent-Length: {len(whole)}\r\n\r\n".encode())
        line.sendall(whole[:-300])
        time.sleep(0.8)

    with pytest.raises(Refusal) as found:
        fetch(spoken(raw(listing(1, 2), cut).web, idle_s=0.4), STUDY, "", kept.deeds)
    assert found.value.code == "receiver_away"
    assert list(kept.objects) == [ct(1).SOPInstanceUID]
    assert not list(kept.folder.iterdir())


def test_what_cannot_be_kept_ends_the_fetch(raw, kept: Kept) -> None:
    kept.refuse = Refusal("disk_full", "full")
    with pytest.raises(Refusal) as found:
        fetch(spoken(raw(listing(1), http(body(part10(ct(1))), KIND)).web), STUDY, "", kept.deeds)
    assert found.value.code == "disk_full"
