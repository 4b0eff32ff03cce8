"""C-STORE: what leaves is what lies in the file, and each answer is understood."""

import time
from pathlib import Path

import pytest
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from vivomap.acquire.pacs import parcel, send
from vivomap.acquire.pacs.dimse.send import answer

from ...receive.conftest import ct, encoded
from ..conftest import file, spoken


def test_the_data_set_arrives_byte_for_byte(scp, slices: list[Path]) -> None:
    came = []

    def store(event):
        came.append(event.request.DataSet.getvalue())
        return 0

    answers = list(send(spoken(scp(store=store)), [parcel(p) for p in slices]))
    assert [a.state for _, a in answers] == ["sent"] * 3
    assert came == [encoded(ct(k)) for k in (1, 2, 3)]


def test_where_only_implicit_is_taken_the_object_is_equal(scp, slices: list[Path]) -> None:
    came = []

    def store(event):
        came.append((event.context.transfer_syntax, event.dataset))
        return 0

    ((_, said),) = send(spoken(scp([ImplicitVRLittleEndian], store=store)), [parcel(slices[0])])
    assert said.state == "sent"
    ((syntax, ds),) = came
    assert syntax == ImplicitVRLittleEndian
    assert ds == ct(1)
    assert ds.PixelData == ct(1).PixelData


def test_a_class_that_is_not_taken_is_refused_and_the_others_go(scp, tmp_path: Path) -> None:
    strange = ct(2)
    strange.SOPClassUID = "1.2.840.10008.5.1.4.1.1.999"
    parcels = [parcel(file(tmp_path, ds)) for ds in (ct(1), strange, ct(3))]
    answers = [a for _, a in send(spoken(scp(store=lambda event: 0)), parcels)]
    assert [a.state for a in answers] == ["sent", "refused", "sent"]
    assert answers[1].code == "class_not_taken"


def test_a_pacs_that_takes_nothing_of_ours_refuses_each_object(scp, slices: list[Path]) -> None:
    answers = [a for _, a in send(spoken(scp([])), [parcel(p) for p in slices[:2]])]
    assert [(a.state, a.code) for a in answers] == [("refused", "class_not_taken")] * 2


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (0x0000, "sent"),
        (0xB000, "sent"),
        (0xB007, "sent"),
        (0xA700, "later"),
        (0xA7FF, "later"),
        (0x0110, "later"),
        (0x0213, "later"),
        (0x0122, "refused"),
        (0x0124, "refused"),
        (0xA900, "refused"),
        (0xC000, "refused"),
        (0x0111, "refused"),
    ],
)
def test_each_status_says_whether_to_try_again(status: int, state: str) -> None:
    found = answer(status, "some\nwords")
    assert (found.state, found.code, found.said) == (state, f"{status:04X}H", "some words")


def test_a_line_that_breaks_before_the_answer_leaves_doubt(scp, slices: list[Path]) -> None:
    def store(event):
        event.assoc.abort()
        return 0

    answers = [a for _, a in send(spoken(scp(store=store)), [parcel(p) for p in slices[:2]])]
    assert [a.state for a in answers] == ["unsure", "later"]


def test_an_answer_that_does_not_come_leaves_doubt_in_time(scp, slices: list[Path]) -> None:
    def store(event):
        time.sleep(1.0)
        return 0

    began = time.monotonic()
    ((_, said),) = send(spoken(scp([ExplicitVRLittleEndian], store=store), idle_s=0.4), [parcel(slices[0])])
    assert (said.state, said.code) == ("unsure", "receiver_away")
    assert time.monotonic() - began < 2
