"""`vivomap find`: a question to a real PACS, and what a wrong one answers."""

import pytest

from ..acquire.pacs.conftest import http, part10, raw
from ..acquire.receive.conftest import ct
from ..orthanc import Orthanc, free_port

__all__ = ["raw"]
STUDY = ct(1).StudyInstanceUID


@pytest.fixture
def filled(orthanc: Orthanc) -> Orthanc:
    for ds in (ct(1), ct(2), ct(9, patient="P2", study=2)):
        orthanc.put(part10(ds))
    return orthanc


def test_both_ways_show_the_same_table(run, filled: Orthanc) -> None:
    shown = [run("find", where, "--patient", "P1") for where in (filled.dicom, filled.web)]
    assert [a.code for a in shown] == [0, 0]
    assert shown[0].out == shown[1].out
    head, line = shown[0].out.splitlines()
    assert head.split() == ["patient", "date", "modalities", "objects", "description", "study"]
    assert line.split() == ["P1", "20260101", "CT", "2", STUDY]
    assert shown[0].err == "1 answer\n"


def test_json_has_every_answer_with_the_keywords_of_the_standard(run, filled: Orthanc) -> None:
    said = run("find", filled.web, "--level", "image", "--study", STUDY, "--json").data
    assert (said["schema"], said["level"], said["left_out"]) == ("vivomap.find/1", "image", [])
    assert {row["SOPInstanceUID"] for row in said["rows"]} == {ct(k).SOPInstanceUID for k in (1, 2)}


def test_modality_and_date_narrow_the_question(run, filled: Orthanc) -> None:
    for words, count in (
        (("--modality", "CT"), 2),
        (("--modality", "MR"), 0),
        (("--date", "20250101-20251231"), 0),
        (("--date", "20260101"), 2),
        (("--name", "Canary*"), 2),
    ):
        assert len(run("find", filled.dicom, *words, "--json").data["rows"]) == count


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--level", "frame"), "bad_setting"),
        (("--study", "../../x"), "bad_setting"),
        (("--date", "yesterday"), "bad_setting"),
        (("--level", "series"), "bad_setting"),
    ],
)
def test_a_question_that_cannot_be_asked_is_a_mistake_of_use(run, words: tuple[str, ...], code: str) -> None:
    answer = run("find", "dicom://PACS@127.0.0.1:1", *words)
    assert (answer.code, answer.err.split(":")[0]) == (2, code)


def test_each_trouble_has_its_code_and_exit_code(run, orthanc: Orthanc) -> None:
    away = run("find", f"dicom://PACS@127.0.0.1:{free_port()}")
    assert (away.code, away.err.split(":")[0]) == (5, "receiver_away")
    wrong = run("find", orthanc.dicom.replace("ORTHANC", "OTHER"))
    assert (wrong.code, wrong.err.split(":")[0]) == (7, "association_rejected")
    clear = run("find", "dicom://PACS@192.0.2.7:104")
    assert (clear.code, clear.err.split(":")[0]) == (3, "not_encrypted")
    orthanc.freeze()
    frozen = run("find", orthanc.web, "--timeout", "0.3")
    assert (frozen.code, frozen.err.split(":")[0]) == (5, "receiver_away")
    assert "no answer in time" in frozen.err


def test_what_is_not_believed_is_said_and_is_exit_code_four(run, raw) -> None:
    evil = b'[{"0020000D":{"Value":["../../x"]}},{"0020000D":{"Value":["1.2.3"]},"00081030":{"Value":["\\u001b[2J"]}}]'
    answer = run("find", raw(http(evil)).web)
    assert answer.code == 4
    assert "1 answer left out, a UID is none" in answer.err
    assert "\x1b[2J" not in answer.out
    assert "1.2.3" in answer.out


def test_the_dry_run_asks_nobody(run) -> None:
    answer = run("find", "dicom://PACS@127.0.0.1:1", "--patient", "P1", "--dry-run")
    assert (answer.code, answer.out) == (0, "would ask dicom://PACS@127.0.0.1:1 for every study with PatientID\n")
