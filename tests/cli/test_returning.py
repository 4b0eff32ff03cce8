"""Where the results of a watched study go: checked before anything is watched, then queued once."""

from pathlib import Path

import pytest

from vivomap.acquire.routes import Route, Routes, Send
from vivomap.cli.returning import checked, enqueue, sent
from vivomap.cli.stage import record
from vivomap.core import Refusal
from vivomap.store import Project, open_project
from vivomap.store.outbox import open_outbox

NEAR = "dicom://PACS@127.0.0.1:11104"


def rules(*sends: Send) -> Routes:
    return Routes((Route("r", "lung_response", ("CT",), sends=sends),))


@pytest.fixture
def project(run, small, tmp_path: Path) -> Project:
    assert run("assess", "lung_response", small.folder, "--out", tmp_path / "out").code == 0
    return open_project(tmp_path / ".vivomap")


@pytest.mark.parametrize(
    ("send", "code"),
    [
        (Send("dicom://PACS@pacs.example:104"), "not_encrypted"),
        (Send("mllp://record.example:2575"), "not_encrypted"),
        (Send("ftp://127.0.0.1/x"), "bad_setting"),
        (Send(NEAR, ("html",)), "unknown_name"),
        (Send("fhir+http://127.0.0.1:1/fhir", ("sr",)), "unknown_name"),
        (Send(NEAR, how=(("aet", "MUCH-TOO-LONG-A-TITLE"),)), "bad_setting"),
    ],
)
def test_a_destination_that_cannot_be_is_refused_at_the_start(send: Send, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        checked(rules(send))
    assert refused.value.code == code


def test_good_destinations_pass() -> None:
    plain = Send("mllp://record.example:2575", how=(("plain", True),))
    checked(rules(Send(NEAR, ("sr", "epdf")), plain, Send("fhir+https://record.example/fhir")))


def test_results_wait_for_a_pacs_that_is_away_once_each(project: Project) -> None:
    for _ in range(2):
        for entry in project.assessments():
            enqueue(project.path, entry.id, Send(NEAR, ("sr", "seg")))
    sent(project.path)
    found = open_outbox(project.path).deliveries()
    assert [(d.state, d.tries) for d in found] == [("waiting", 1)] * 4
    assert sorted(d.origin.split()[0] for d in found) == ["seg", "seg", "sr", "sr"]


def test_a_form_that_cannot_hold_it_is_told_and_the_others_go(project: Project, capsys) -> None:
    first = project.assessments()[0].id
    enqueue(project.path, first, Send(NEAR, ("pm", "sr")))
    assert [d.origin.split()[0] for d in open_outbox(project.path).deliveries()] == ["sr"]
    assert "pm of" in capsys.readouterr().err


def test_the_record_takes_its_own_form(project: Project, tmp_path: Path) -> None:
    with record.running(tmp_path / "record") as there:
        enqueue(project.path, project.assessments()[1].id, Send(there.mllp))
        sent(project.path)
        assert len(there.messages()) == 1
