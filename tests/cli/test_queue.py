"""`vivomap queue`: what is on its way is seen, tried again, taken out."""

from pathlib import Path

import pytest

from ..acquire.pacs.conftest import slices
from ..orthanc import Orthanc, free_port

__all__ = ["slices"]


@pytest.fixture
def waiting(run, slices: list[Path]) -> str:
    """Three objects wait for a PACS that is not there; the id of the first."""
    answer = run("send", slices[0].parent, "--to", f"dicom://P@127.0.0.1:{free_port()}", "--tries", 1, "--json")
    return answer.data["deliveries"][0]["id"]


def test_the_list_shows_each_with_its_last_answer_and_next_try(run, waiting: str) -> None:
    shown = run("queue", "list")
    assert shown.out.splitlines()[0].split() == ["id", "what", "to", "state", "tries", "age", "next", "answer"]
    assert shown.out.count("receiver_away Connection refused") == 3
    assert shown.err == "3 deliveries\n"


def test_the_list_holds_no_patient(run, waiting: str) -> None:
    said = run("queue", "list").out + run("queue", "list", "--json").out
    assert "Canary" not in said
    assert "P1" not in said


def test_a_dropped_one_is_shown_only_when_all_are(run, waiting: str) -> None:
    assert run("queue", "drop", waiting[:8]).code == 0
    assert len(run("queue", "list", "--json").data["deliveries"]) == 2
    assert len(run("queue", "list", "--all", "--json").data["deliveries"]) == 3
    assert run("queue", "retry", waiting).code == 2


def test_an_id_that_is_not_there_is_told(run, waiting: str) -> None:
    for verb in ("retry", "drop"):
        answer = run("queue", verb, "zzzz")
        assert (answer.code, answer.err.split(":")[0]) == (2, "unknown_name")


def test_the_dry_run_changes_nothing(run, waiting: str) -> None:
    before = [(d["id"], d["state"], d["tries"]) for d in run("queue", "list", "--json").data["deliveries"]]
    assert run("queue", "run", "--all", "--dry-run").out.count("would send file") == 3
    for verb in ("retry", "drop"):
        assert run("queue", verb, waiting, "--dry-run").code == 0
    assert [(d["id"], d["state"], d["tries"]) for d in run("queue", "list", "--json").data["deliveries"]] == before


@pytest.mark.slow  # it goes on until the queue is empty
def test_a_run_that_waits_goes_on_until_the_queue_is_empty(run, orthanc: Orthanc, slices: list[Path]) -> None:
    orthanc.down()
    run("send", slices[0], "--to", orthanc.dicom, "--tries", 1)
    (one,) = run("queue", "list", "--json").data["deliveries"]
    orthanc.up()
    run("queue", "retry", one["id"])
    assert run("queue", "run", "--wait", 20).code == 0
    assert len(orthanc.instances()) == 1


def test_an_empty_queue_has_nothing_to_do_and_no_project_is_made_to_look_at_one(run, tmp_path: Path) -> None:
    assert run("queue", "list").code == 3
    assert not (tmp_path / ".vivomap").exists()
    run("init")
    assert run("queue", "run").code == 0
    assert run("queue", "list", "--json").data["deliveries"] == []
