"""Who looks at what is on record before it is shown; without a record nothing is shown, and receiving goes on."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vivomap.acquire.pacs import Pacs, address, query
from vivomap.cli import witness
from vivomap.core import Refusal
from vivomap.store import open_project
from vivomap.store.audit import EVERY_S, Event, make_key, place, records, verify
from vivomap.store.inbox import Arrival, Inbox, Judgement, System, open_inbox

Told = Callable[[], list[tuple[str, str, tuple[str, ...]]]]


@pytest.fixture
def trail(tmp_path: Path) -> Told:
    """What the audit log of this folder's project holds: event, action, patients."""

    def tell() -> list[tuple[str, str, tuple[str, ...]]]:
        events = [record.event for record in records(tmp_path / ".vivomap")]
        return [(e.code, e.action, e.of("patient")) for e in events if e.type != "110134"]

    return tell


def stop(project: Path) -> None:
    """Make the audit log one that nobody can write."""
    place(project).rename(place(project).with_name("aside"))
    place(project).mkdir()


def test_a_look_at_files_without_a_project_makes_none_and_leaves_no_record(
    run: Any, small: Any, tmp_path: Path
) -> None:
    assert run("inspect", small.visit(0)).code == 0
    assert not (tmp_path / ".vivomap").exists()


def test_every_command_that_reads_leaves_one_record_of_the_patient(run: Any, small: Any, trail: Told) -> None:
    run("init")
    run("inspect", small.visit(0))
    run("quantify", small.visit(0), "--region", "lesion_2 node", "--biomarker", "long_axis")
    assert trail() == [("110103", "R", ("VM-SMALL",))] * 2
    made = run("assess", "lung_response", small.folder, "--json").data["assessments"]
    assert trail()[2:] == [
        ("110103", "R", ("VM-SMALL",)),
        ("110110", "C", ("VM-SMALL",)),
        ("110110", "C", ("VM-SMALL",)),
        ("110106", "R", ("VM-SMALL",)),
    ]
    before = len(trail())
    run("history")
    run("explain", made[0])
    run("decide", made[0], "--choose", "wait", "--by", "Dr A", "--reason", "small")
    run("outcome", made[0], "progression", "no")
    assert trail()[before:] == [("110110", action, ("VM-SMALL",)) for action in "RRCC"]


def test_the_event_names_the_part_and_its_operational_code(run: Any, small: Any, tmp_path: Path) -> None:
    run("init")
    made = run("assess", "lung_response", small.visit(0), "--json").data["assessments"]
    (event,) = (r.event for r in records(tmp_path / ".vivomap") if r.event.code == "110110")
    assert event.things[0].details == (("assessment", made[0]),)
    assert event.sole[0] == "SOLE115"
    assert event.of("study") == ()


def test_nothing_is_shown_where_it_cannot_be_audited(run: Any, small: Any, tmp_path: Path) -> None:
    run("init")
    made = run("assess", "lung_response", small.visit(0), "--json").data["assessments"]
    stop(tmp_path / ".vivomap")
    for words in (
        ("inspect", small.visit(0)),
        ("history",),
        ("history", "--json"),
        ("explain", made[0]),
        ("assess", "lung_response", small.visit(1)),
    ):
        answer = run(*words)
        assert answer.code == 7, words
        assert answer.err.startswith("audit_stopped"), words
        assert "VM-SMALL" not in answer.out + answer.err
        assert "volume" not in answer.out
    assert len(open_project(tmp_path / ".vivomap").every()) == 1


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return open_inbox(open_project(tmp_path / ".vivomap").path, System(), 0)


def test_receiving_goes_on_and_says_that_the_audit_is_behind(
    inbox: Inbox, capsys: pytest.CaptureFixture[str], run: Any
) -> None:
    inbox.keep(Arrival("1.2", "1.1", "1.2.1", "ab" * 32, "CT_1", "192.0.2.7"), lambda: (b"object",))
    inbox.judge([(row, Judgement("KEEP", study="9.1", patient="P1")) for row in inbox.unjudged()])
    place(inbox.root).mkdir(parents=True)
    assert witness.received(inbox) == 0
    assert "not audited yet, audit_stopped" in capsys.readouterr().err
    place(inbox.root).rmdir()
    assert witness.received(inbox) == 1
    assert witness.received(inbox) == 0


def test_transfers_and_queries_name_both_ends(run: Any, trail: Told, tmp_path: Path) -> None:
    run("init")
    witness.asked(Pacs(address("dicom://PACS@127.0.0.1:104"), title="OURS"), query("study", PatientID="P1"))
    witness.asked(Pacs(address("dicomweb+http://127.0.0.1/dicom-web")), query("study", StudyDate="20260101"))
    witness.moved("PACS", witness.OURS, "P1", "9.1", [("1.2", 2, ("1.1", "1.2"))])
    witness.service("vivomap receive", True)
    assert [code for code, _, _ in trail()] == ["110112", "110112", "110104", "110100"]
    first, second, last = (r.event for r in records(tmp_path / ".vivomap") if r.event.code in ("110112", "110104"))
    (asked,) = first.things
    assert (asked.id, asked.query) == ("1.2.840.10008.5.1.4.1.2.2.1", "study: PatientID=P1")
    assert [(a.user, a.at) for a in first.actors] == [("OURS", ""), ("PACS", "127.0.0.1")]
    assert second.things[0].id != asked.id
    assert [(a.user, a.role, a.requestor) for a in last.actors] == [
        ("PACS", "source", False),
        ("VIVOMAP", "destination", True),
    ]


def test_a_head_is_signed_hourly_and_when_a_service_ends(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIVOMAP_AUDIT_HEADS", str(tmp_path / "heads"))
    monkeypatch.setenv("VIVOMAP_AUDIT_KEY", str(tmp_path / "audit.key"))
    make_key(tmp_path / "audit.key")
    run("init")
    witness.service("vivomap receive", True)
    witness.told(["P1"])
    heads = (tmp_path / "heads" / "heads.jsonl").read_text().splitlines()
    assert len(heads) == 1, f"one in {EVERY_S} s"
    witness.service("vivomap receive", False)
    assert len((tmp_path / "heads" / "heads.jsonl").read_text().splitlines()) == 2


def test_a_head_that_cannot_be_signed_is_said_and_stops_nobody(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run("init")
    monkeypatch.setenv("VIVOMAP_AUDIT_HEADS", str(tmp_path / "heads"))
    witness.told(["P1"])
    assert "not signed, bad_setting" in capsys.readouterr().err
    monkeypatch.setenv("VIVOMAP_AUDIT_KEY", str(tmp_path / "no.key"))
    witness.told(["P1"])
    assert "not signed, file_absent" in capsys.readouterr().err
    assert verify(tmp_path / ".vivomap").records == 3


def test_a_record_costs_a_few_milliseconds_at_most(run: Any, tmp_path: Path) -> None:
    """A fifth of a second is more than a busy machine takes for one fsync of a slow disk."""
    run("init")
    witness.told(["P1"])
    began = time.monotonic()
    for _ in range(20):
        witness.told(["P1"])
    assert (time.monotonic() - began) / 20 < 0.2


def test_a_fault_of_ours_is_refused_and_not_written(run: Any, tmp_path: Path) -> None:
    run("init")
    with pytest.raises(Refusal):
        witness.witness(Event("110110", "R", ()))
    assert not place(tmp_path / ".vivomap").exists()
