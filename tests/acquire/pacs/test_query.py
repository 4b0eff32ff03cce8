"""Questions, and which rows answer them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivomap.acquire.pacs import Row, query
from vivomap.acquire.pacs.query import believed
from vivomap.core import Refusal

STUDY = {"StudyInstanceUID": "1.2.3", "PatientID": "P1"}


def rows(*found: dict[str, str]) -> list[Row]:
    return [Row(tuple(f.items())) for f in found]


def test_an_empty_key_is_not_asked_and_the_level_is_asked_whole() -> None:
    asked = query("study", PatientID=" P1 ", StudyDate="")
    assert asked.keys == (("PatientID", "P1"),)
    assert {"PatientID", "StudyInstanceUID", "StudyDate", "ModalitiesInStudy"} <= set(asked.asked)


@pytest.mark.parametrize(
    ("level", "keys"),
    [
        ("frame", {}),
        ("study", {"StudyInstanceUID": "1.2/../3"}),
        ("study", {"StudyDate": "2026-01-01"}),
        ("series", {}),
        ("image", {"SeriesInstanceUID": "1.2"}),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(level: str, keys: dict[str, str]) -> None:
    with pytest.raises(Refusal) as refused:
        query(level, **keys)
    assert refused.value.code == "bad_setting"


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"StudyInstanceUID": "../../etc"}, "a UID is none"),
        ({"StudyInstanceUID": ""}, "a UID is none"),
        ({"PatientID": "P2"}, "PatientID is not the one asked for"),
        ({"PatientID": "p1"}, "PatientID is not the one asked for"),
        ({"StudyDescription": "x" * 20_000}, "a value is too long"),
    ],
)
def test_a_row_that_does_not_answer_is_left_out_and_counted(wrong: dict[str, str], reason: str) -> None:
    found = believed(rows(STUDY, {**STUDY, **wrong}), query("study", PatientID="P1"))
    assert [r.said("StudyInstanceUID") for r in found.rows] == ["1.2.3"]
    assert found.distrusted == ((reason, 1),)


def test_a_wild_card_may_be_answered_by_many_patients() -> None:
    found = believed(
        rows(STUDY, {**STUDY, "StudyInstanceUID": "1.2.4", "PatientID": "P2"}), query("study", PatientID="P*")
    )
    assert len(found.rows) == 2


def test_one_study_twice_is_one_answer_and_one_id_of_two_issuers_two_patients() -> None:
    assert len(believed(rows(STUDY, STUDY), query("study")).rows) == 1
    two = rows({"PatientID": "P1", "IssuerOfPatientID": "A"}, {"PatientID": "P1", "IssuerOfPatientID": "B"})
    assert len(believed(two, query("patient")).rows) == 2


@given(st.dictionaries(st.sampled_from(["StudyInstanceUID", "PatientID", "StudyDate"]), st.text(max_size=80)))
def test_whatever_a_pacs_says_only_answers_to_the_question_are_believed(said: dict[str, str]) -> None:
    found = believed(rows(said), query("study", PatientID="P1"))
    assert len(found.rows) + sum(n for _, n in found.distrusted) == 1
    for row in found.rows:
        assert row.said("PatientID") in ("", "P1")
