"""`vivomap watch`: what has arrived whole is assessed by itself, once."""

import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Timer

import pytest

from vivomap.acquire.receive import Validator
from vivomap.cli import walk
from vivomap.cli.receive import judge
from vivomap.core import Refusal
from vivomap.store import Project, open_project
from vivomap.store.inbox import Inbox, System, open_inbox, taken, watching
from vivomap.store.inbox.entry import original

RULES = '[[route]]\nname = "chest CT"\npathway = "lung_response"\nmodality = ["CT"]\n'
Arrive = Callable[[Sequence[Path]], None]


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    """An empty inbox of the project that the commands use, with one routing rule."""
    made = open_inbox(open_project(tmp_path / ".vivomap").path, System())
    (made.root / "routes.toml").write_text(RULES)
    return made


@pytest.fixture
def arrive(inbox: Inbox) -> Arrive:
    """Lets files arrive as a sender would, and be judged."""

    def call(files: Sequence[Path]) -> None:
        for path in files:
            raw = path.read_bytes()
            inbox.keep(original(path), lambda raw=raw: (raw,))
        validator = Validator()
        try:
            judge(inbox, validator)
        finally:
            validator.close()

    return call


def files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.dcm"))


def days(project: Project) -> list[tuple[str, int]]:
    """The visits in force and how many visits each looks back on."""
    found = [e.noun for e in project.assessments()]
    return [(str(a.study.day), len(project.before(a))) for a in found]


def states(inbox: Inbox) -> list[tuple[str, str]]:
    return [(turn.state, turn.code) for turn in taken(inbox)]


def test_a_patient_that_arrives_is_assessed_as_by_hand_and_a_second_time_changes_nothing(
    run, small, inbox: Inbox, arrive: Arrive, tmp_path: Path
) -> None:
    arrive(files(small.folder))
    assert run("watch", "--once", "--after", 0).code == 0
    project = open_project(inbox.root)
    assert days(project) == [(small.days[0], 0), (small.days[1], 1)]
    assert states(inbox) == [("begun", ""), ("done", "")] * 2
    head, reports = project.verify(), list((tmp_path / "reports").rglob("report.html"))
    assert len(reports) == 1
    arrive(files(small.folder))
    assert run("watch", "--once", "--after", 0).code == 0
    assert project.verify() == head
    assert len(states(inbox)) == 4
    made = {e.id for e in project.assessments()}
    by_hand = run("assess", "lung_response", small.folder, "--project", tmp_path / "other", "--out", tmp_path / "out")
    assert by_hand.code == 0
    assert {e.id for e in open_project(tmp_path / "other").assessments()} == made


def test_a_visit_that_arrives_late_takes_its_place_before_the_later_one(run, small, inbox: Inbox, arrive) -> None:
    arrive(files(small.visit(1)))
    run("watch", "--once", "--after", 0)
    assert days(open_project(inbox.root)) == [(small.days[1], 0)]
    arrive(files(small.visit(0)))
    run("watch", "--once", "--after", 0)
    assert days(open_project(inbox.root)) == [(small.days[0], 0), (small.days[1], 1)]


def test_contours_that_come_later_give_the_study_another_turn(run, small, inbox: Inbox, arrive) -> None:
    every = files(small.visit(0))
    drawn = [p for p in every if "outlines" in str(p)]
    arrive([p for p in every if p not in drawn])
    run("watch", "--once", "--after", 0)
    first = {e.id for e in open_project(inbox.root).assessments()}
    arrive(drawn)
    assert run("watch", "--once", "--after", 0).code == 0
    (now,) = open_project(inbox.root).assessments()
    assert now.id not in first
    assert {r.name for r in now.noun.study.regions} == set(small.balls[0])


def test_what_no_rule_takes_is_passed_over_once(run, small, inbox: Inbox, arrive) -> None:
    (inbox.root / "routes.toml").write_text(RULES.replace('["CT"]', '["MR"]'))
    arrive(files(small.visit(0)))
    said = run("watch", "--once", "--after", 0)
    assert said.code == 0
    assert "no route takes it" in said.err
    assert states(inbox) == [("begun", ""), ("passed", "")]
    assert run("watch", "--once", "--after", 0).err.count("no route") == 0
    (inbox.root / "routes.toml").write_text(RULES)
    run("watch", "--once", "--after", 0, "--again")
    assert len(open_project(inbox.root).assessments()) == 1


def test_the_plan_says_what_a_run_would_take_and_takes_nothing(run, small, inbox: Inbox, arrive) -> None:
    arrive(files(small.visit(0)))
    said = run("watch", "--dry-run", "--after", 0)
    assert "chest CT" in said.out
    assert said.code == 0
    assert run("watch", "--dry-run", "--after", 3600).out.startswith("1 study coming in")
    assert states(inbox) == []


def test_a_study_that_cannot_be_assessed_is_told_and_the_next_goes_on(
    run, small, inbox: Inbox, arrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrive(files(small.folder))
    whole, calls = walk.run, []

    def once_bad(*given):
        calls.append(given)
        if len(calls) == 1:
            raise Refusal("no_regions", "nothing is drawn")
        return whole(*given)

    monkeypatch.setattr(walk, "run", once_bad)
    said = run("watch", "--once", "--after", 0)
    assert said.code == 3
    assert "no_regions" in said.err
    assert states(inbox) == [("begun", ""), ("refused", "no_regions"), ("begun", ""), ("done", "")]


def test_a_study_that_kills_the_watch_three_times_is_left_alone(
    run, small, inbox: Inbox, arrive, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """T7: the input is suspected after three deaths."""
    arrive(files(small.visit(0)))

    def dies(*_):
        raise MemoryError

    monkeypatch.setattr(walk, "run", dies)
    for _ in range(3):
        assert run("watch", "--once", "--after", 0).code in (1, 6)
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    said = run("watch", "--once", "--after", 0)
    assert "gave_up" in said.err
    assert states(inbox)[-1] == ("refused", "gave_up")
    run("watch", "--once", "--after", 0, "--again")
    assert states(inbox)[-1] == ("done", "")


def test_nothing_of_the_patient_stands_in_what_is_said(run, small, inbox: Inbox, arrive) -> None:
    arrive(files(small.folder))
    said = run("watch", "--once", "--after", 0)
    assert small.id not in said.err
    assert "Demo" not in said.err
    assert not any(e.study in said.err for e in inbox.entries())


def test_it_goes_on_until_it_is_told_to_stop(run, small, inbox: Inbox, arrive) -> None:
    arrive(files(small.visit(0)))
    late = Timer(2.0, lambda: os.kill(os.getpid(), signal.SIGTERM))
    late.start()
    said = run("watch", "--after", 0)
    late.cancel()
    assert said.code == 0
    assert len(open_project(inbox.root).assessments()) == 1


def test_without_rules_it_says_what_is_missing(run, inbox: Inbox) -> None:
    (inbox.root / "routes.toml").unlink()
    said = run("watch", "--once")
    assert said.code == 3
    assert "file_absent" in said.err


def test_a_trouble_that_is_not_the_studys_leaves_it_its_turn(
    run, small, inbox: Inbox, arrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A busy ledger or a full disk passes; the study is taken at the next look, and never counted as a death."""
    arrive(files(small.visit(0)))

    def busy(*_):
        raise Refusal("ledger_busy", "another process writes")

    with monkeypatch.context() as patched:
        patched.setattr(walk, "run", busy)
        assert [run("watch", "--once", "--after", 0).code for _ in range(4)] == [5] * 4
    assert run("watch", "--once", "--after", 0).code == 0
    assert states(inbox) == [("begun", ""), ("stopped", "ledger_busy")] * 4 + [("begun", ""), ("done", "")]


def test_a_second_watch_is_refused_while_one_runs(run, small, inbox: Inbox, arrive) -> None:
    """Two would assess, and send, side by side, and take each other's turns for deaths."""
    arrive(files(small.visit(0)))
    with watching(inbox):
        said = run("watch", "--once", "--after", 0)
        assert (said.code, said.err.split(":")[0]) == (5, "inbox_busy")
        assert run("watch", "--once", "--after", 0, "--dry-run").code == 0
    assert states(inbox) == []
    assert run("watch", "--once", "--after", 0).code == 0


def test_a_phantom_that_arrives_goes_on_the_charts_of_its_scanner(run, inbox, arrive, tmp_path):
    from datetime import date

    from vivomap.acquire.phantom.checks import write
    from vivomap.cli.qc import known

    arrive(files(write("diffusion", tmp_path / "scan", date(2026, 1, 5))))
    answer = run("watch", "--once", "--after", 0)
    assert answer.code == 0, answer.err
    assert "a phantom, 3 values on the charts" in answer.err
    assert [line.quantity for line in known(inbox.root)] == ["vial 1", "vial 2", "vial 3"]
    assert states(inbox)[-1] == ("done", "")
