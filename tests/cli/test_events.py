"""`vivomap events`: from images that came by the inbox to a decision, and the planning time between."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pydicom
import pytest
import typer

from vivomap.cli import events as command
from vivomap.cli import report
from vivomap.cli.talk import Manner, behave
from vivomap.core import Decision, Refusal
from vivomap.store import Project, open_project
from vivomap.store.inbox import Arrival, Judgement, open_inbox

Call = Callable[..., tuple[str, str]]


@pytest.fixture
def kept(run, small, tmp_path: Path) -> tuple[Project, str]:
    """The second visit of the small patient, its images in the inbox, and a decision."""
    answer = run("assess", "lung_response", small.folder, "--json")
    assert answer.code == 0, answer.err
    project, whole = open_project(tmp_path / ".vivomap", create=False), answer.data["assessments"][-1]
    inbox = open_inbox(project.path)
    for path in sorted(p for p in small.visit(1).rglob("*") if p.is_file())[:3]:
        body, ds = path.read_bytes(), pydicom.dcmread(path, stop_before_pixels=True)
        came = Arrival(ds.SOPClassUID, ds.SOPInstanceUID, "1", hashlib.sha256(body).hexdigest(), "CT_1", "192.0.2.7")
        inbox.keep(came, lambda body=body: (body,))
        (row,) = inbox.unjudged()
        inbox.judge([(row, Judgement("KEEP", study=ds.StudyInstanceUID, patient="VM-SMALL"))])
    project.keep(Decision(whole, "go on", "board", datetime(2024, 3, 6).date(), "smaller"))
    return project, whole


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    """Calls the command alone, as `vivomap events WORDS…` does."""
    app = typer.Typer()
    app.command()(command.events)

    def go(*words: object, json_: bool = False, dry_run: bool = False) -> tuple[str, str]:
        behave(Manner(json=json_, dry_run=dry_run))
        app([str(w) for w in words], standalone_mode=False)
        said = capsys.readouterr()
        return said.out, said.err

    return go


def test_every_event_is_told_with_its_source_and_what_is_missing_with_its_reason(kept, call: Call) -> None:
    _, whole = kept
    said = json.loads(call(whole[:10], json_=True)[0])
    assert said["schema"] == "vivomap.events/1"
    rows = {e["event"]: e for e in said["events"]}
    assert list(rows) == ["ordered", "acquired", "arrived", "measured", "read", "decided"]
    assert rows["ordered"]["at"] is None
    assert "--ordered" in rows["ordered"]["missing"]
    assert rows["acquired"]["at"].startswith("2024-03-04T09:")
    assert (rows["arrived"]["by"], rows["arrived"]["source"]) == ("CT_1", "inbox")
    assert rows["decided"]["by"] == "board"
    assert said["planning"]["seconds"] is None
    assert "--ordered" in said["planning"]["missing"]


def test_with_the_order_there_is_a_planning_time(kept, call: Call) -> None:
    project, whole = kept
    said = json.loads(call(whole, "--ordered", "2024-02-20T08:00+01:00", json_=True)[0])
    decided = datetime.fromisoformat(said["events"][-1]["at"])
    assert said["planning"]["seconds"] == (decided - datetime.fromisoformat("2024-02-20T07:00+00:00")).total_seconds()
    assert (
        f"planning time {said['planning']['seconds'] / 3600:.1f} h" in call(whole, "--ordered", "2024-02-20T08+01")[0]
    )
    assert project.verify()


def test_sole_messages_are_written_for_what_has_a_moment_and_the_rest_is_said(kept, call: Call) -> None:
    _, whole = kept
    out, err = call(whole, "--sole")
    lines = out.splitlines()
    assert all(" - IHE+SOLE - " in line for line in lines)
    ids = [line.split(" ")[5] for line in lines]
    assert ids[-1] == "acted"
    assert "SOLE113" in ids
    assert "ordered" not in ids
    assert "no event: ordered" in err
    zoned = call(whole, "--sole", "--zone", "+01:00")[0]
    (line,) = [x for x in zoned.splitlines() if x.split(" ")[5] == "acquired"]
    assert "T08:" in line.split(" ")[1], "nine o'clock, an hour ahead of UTC"


def test_a_dry_run_tells_nothing(kept, call: Call) -> None:
    assert call(kept[1], dry_run=True)[0] == f"would tell the events of {kept[1][:12]}\n"


@pytest.mark.parametrize(("words", "where"), [(("--ordered", "soon"), "--ordered"), (("--zone", "CET"), "--zone")])
def test_what_is_no_moment_and_no_offset_is_refused(kept, call: Call, words: tuple[str, str], where: str) -> None:
    with pytest.raises(Refusal) as refused:
        call(kept[1], *words)
    assert refused.value.where == where


def test_without_an_inbox_the_day_of_the_visit_is_named(run, small, call: Call) -> None:
    whole = run("assess", "lung_response", small.folder, "--json").data["assessments"][-1]
    out, _ = call(whole)
    assert "the project has no inbox" in out or "no object of its studies" in out
    assert "the day is 2024-03-04" in out


def test_a_report_with_links_is_given_the_address_of_the_archive(kept, capsys, tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(report.report)
    behave(Manner())
    words = ["--form", "imr", "--by", "Dr. A", "--archive", "https://pacs.example/web", "--out", str(tmp_path / "imr")]
    app([kept[1], *words], standalone_mode=False)
    assert "https://pacs.example/web/studies/" in (tmp_path / "imr" / "imr.json").read_text()
