"""C-FIND: what a PACS answers, and what of it is believed."""

import time

import pytest
from pydicom.dataset import Dataset

from vivomap.acquire.pacs import find, query
from vivomap.core import Refusal

from ..conftest import spoken


def study(uid: str = "1.2.3", **more: str) -> Dataset:
    ds = Dataset()
    ds.QueryRetrieveLevel, ds.StudyInstanceUID, ds.PatientID = "STUDY", uid, "P1"
    for name, value in more.items():
        setattr(ds, name, value)
    return ds


def refused(where: str, **limits: float) -> Refusal:
    with pytest.raises(Refusal) as found:
        find(spoken(where, **limits), query("study"))
    return found.value


def test_answers_come_as_text_with_many_values_and_names_kept(scp) -> None:
    seen = []

    def answer(event):
        seen.append(event.identifier)
        yield (
            0xFF00,
            study(ModalitiesInStudy=["CT", "SR"], PatientName="Müller^Jörg", SpecificCharacterSet="ISO_IR 192"),
        )

    (row,) = find(spoken(scp(find=answer)), query("study", PatientID="P1", StudyDate="20260101-")).rows
    assert dict(row.values) == {
        "PatientID": "P1",
        "PatientName": "Müller^Jörg",
        "StudyInstanceUID": "1.2.3",
        "ModalitiesInStudy": "CT\\SR",
    }
    assert (seen[0].PatientID, seen[0].StudyDate, seen[0].StudyInstanceUID) == ("P1", "20260101-", "")


def test_hostile_uids_and_other_patients_are_left_out(scp) -> None:
    def answer(event):
        yield 0xFF00, study("1.2.3/../../etc")
        yield 0xFF00, study("1.2.3", PatientID="P2")
        yield 0xFF00, study("1.2.4")

    found = find(spoken(scp(find=answer)), query("study", PatientID="P1"))
    assert [r.said("StudyInstanceUID") for r in found.rows] == ["1.2.4"]
    assert dict(found.distrusted) == {"a UID is none": 1, "PatientID is not the one asked for": 1}


def test_answers_without_end_are_cut_off(scp) -> None:
    def answer(event):
        for k in range(100_000):
            yield 0xFF00, study(f"1.2.{k}")

    began = time.monotonic()
    assert refused(scp(find=answer), answers=50).code == "too_many_answers"
    assert time.monotonic() - began < 5


def test_answers_that_are_too_large_are_cut_off(scp) -> None:
    def answer(event):
        for k in range(1000):
            yield 0xFF00, study(f"1.2.{k}", StudyComments="x" * 60_000)

    found = refused(scp(find=answer), bytes=1 << 20)
    assert (found.code, found.found) == ("answer_distrusted", "the answers are too many bytes")


@pytest.mark.parametrize(
    ("status", "code"), [(0xA900, "query_refused"), (0xC001, "query_refused"), (0xA700, "receiver_away")]
)
def test_a_status_is_told_with_the_words_of_the_pacs(scp, status: int, code: str) -> None:
    said = Dataset()
    said.Status, said.ErrorComment = status, "not today"
    found = refused(scp(find=lambda event: iter([(said, None)])))
    assert (found.code, found.found) == (code, f"{status:04X}H not today")


def test_a_pacs_that_falls_silent_is_away(scp) -> None:
    def answer(event):
        yield 0xFF00, study()
        time.sleep(1.5)

    began = time.monotonic()
    assert refused(scp(find=answer), idle_s=0.4).code == "receiver_away"
    assert time.monotonic() - began < 1.5


def test_a_pacs_that_answers_no_such_question_says_so(scp) -> None:
    with pytest.raises(Refusal) as found:
        find(spoken(scp()), query("patient"))
    assert found.value.code == "query_refused"
