"""QIDO: what a server answers, and what of it is believed."""

import json

import pytest

from vivomap.acquire.pacs import find, query
from vivomap.acquire.pacs.web.find import path
from vivomap.core import Refusal

from ..conftest import http, spoken


def study(uid: str, patient: str = "P1", **more: list) -> dict:
    values = {"0020000D": [uid], "00100020": [patient], **more}
    return {tag: {"vr": "LO", "Value": v} for tag, v in values.items()}


def answered(raw, *rows: object) -> str:
    return raw(http(json.dumps(rows).encode())).web


def test_answers_come_as_text(raw) -> None:
    names = {"00100010": [{"Alphabetic": "Doe^A", "Ideographic": "山田"}], "00080061": ["CT", "SR"], "00201208": [7]}
    (row,) = find(spoken(answered(raw, study("1.2.3", **names))), query("study", PatientID="P1")).rows
    assert dict(row.values) == {
        "PatientID": "P1",
        "PatientName": "Doe^A=山田",
        "StudyInstanceUID": "1.2.3",
        "ModalitiesInStudy": "CT\\SR",
        "NumberOfStudyRelatedInstances": "7",
    }


def test_hostile_rows_are_left_out_and_odd_elements_are_silence(raw) -> None:
    odd = {
        "0020000D": {"Value": ["1.2.5"]},
        "00100020": {"Value": {"a": 1}},
        "00080020": 7,
        "00100010": {"BulkDataURI": "http://evil/"},
    }
    where = answered(raw, study("../../x"), study("1.2.3", "P2"), odd)
    found = find(spoken(where), query("study", PatientID="P1"))
    assert [dict(r.values) for r in found.rows] == [{"StudyInstanceUID": "1.2.5"}]
    assert dict(found.distrusted) == {"a UID is none": 1, "PatientID is not the one asked for": 1}


@pytest.mark.parametrize("said", ['{"a":1}', "[1]", "[[]]", '"x"', "null"])
def test_an_answer_of_another_shape_is_refused(raw, said: str) -> None:
    with pytest.raises(Refusal) as found:
        find(spoken(raw(http(said.encode())).web), query("study"))
    assert found.value.code == "answer_distrusted"


def test_no_content_is_no_answer(raw) -> None:
    assert find(spoken(raw(b"HTTP/1.1 204 No Content\r\n\r\n").web), query("study")).rows == ()


def test_pages_are_asked_for_until_there_are_no_more(raw) -> None:
    page = {"Warning": "299 pacs: more"}
    server = raw(http(json.dumps([study("1.2.1")]).encode(), **page), http(json.dumps([study("1.2.2")]).encode()))
    assert len(find(spoken(server.web), query("study")).rows) == 2
    assert b"offset=1" in server.heard[1]
    assert b"offset" not in server.heard[0]


def test_a_full_page_is_followed_by_a_question_for_the_next(raw, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vivomap.acquire.pacs.web.find.PAGE", 2)
    pages = [http(json.dumps([study(u) for u in uids]).encode()) for uids in (("1.2.1", "1.2.2"), ("1.2.3",))]
    server = raw(*pages)
    assert len(find(spoken(server.web), query("study")).rows) == 3
    assert b"limit=2&offset=2" in server.heard[1]


def test_pages_without_end_are_too_many(raw) -> None:
    with pytest.raises(Refusal) as found:
        find(
            spoken(raw(http(json.dumps([study("1.2.1")] * 9).encode(), Warning="299 x")).web, answers=50),
            query("study"),
        )
    assert found.value.code == "too_many_answers"


def test_a_question_is_a_path_in_which_nothing_can_hide() -> None:
    asked = query("study", PatientID="a&limit=9/../%", PatientName="Dö*")
    said = path(asked, 10, 0)
    assert said.startswith("/studies?PatientID=a%26limit%3D9/../%25&PatientName=D%C3%B6%2A") or "%26limit%3D9" in said
    assert said.endswith("&limit=10")
    image = query("image", StudyInstanceUID="1.2", SeriesInstanceUID="1.3")
    assert path(image, 10, 5).startswith("/studies/1.2/series/1.3/instances?")
    assert path(query("image", StudyInstanceUID="1.2"), 10, 0).startswith("/studies/1.2/instances?")
