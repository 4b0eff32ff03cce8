"""Studies of the inbox: each complete one has its turn once, and again only when something new came."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from vivomap.store.inbox import Inbox, System, Turn, of_patient, open_inbox, take, taken, waits

from .test_keeping import judge, keep

FREE = System(free=lambda _: 1 << 40)


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return open_inbox(tmp_path, FREE)


def later(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def ready(inbox: Inbox, again: bool = False) -> list[str]:
    return [one.study for one in waits(inbox, 30, again, later(60)).complete]


def test_a_study_is_complete_when_nothing_more_came_for_the_quiet_time(inbox: Inbox) -> None:
    keep(inbox, "a", "1.1")
    judge(inbox)
    early = waits(inbox, 30, now=later(10))
    assert (early.complete, early.coming) == ((), 1)
    assert ready(inbox) == ["9.1"]


def test_an_object_without_a_verdict_could_belong_to_any_study(inbox: Inbox) -> None:
    keep(inbox, "a", "1.1")
    judge(inbox)
    keep(inbox, "b", "1.2")
    found = waits(inbox, 30, now=later(60))
    assert (found.complete, found.unjudged) == ((), 1)
    judge(inbox)
    assert ready(inbox) == ["9.1"]


def test_a_turn_that_ended_is_the_last_until_something_new_comes(inbox: Inbox) -> None:
    keep(inbox, "a", "1.1")
    judge(inbox)
    (one,) = waits(inbox, 30, now=later(60)).complete
    take(inbox, Turn(one.study, one.upto, "begun"))
    take(inbox, Turn(one.study, one.upto, "done", body=(("assessments", {"r": ["id"]}),)))
    assert ready(inbox) == []
    keep(inbox, "a", "1.1")  # the same again
    judge(inbox)
    assert ready(inbox) == []
    assert ready(inbox, again=True) == ["9.1"]
    keep(inbox, "b", "1.2")  # the contours that come later
    judge(inbox)
    assert ready(inbox) == ["9.1"]
    assert [t.state for t in taken(inbox)] == ["begun", "done"]
    assert dict(taken(inbox)[1].body) == {"assessments": {"r": ["id"]}}


def test_what_comes_while_a_study_has_its_turn_gives_it_another(inbox: Inbox) -> None:
    keep(inbox, "a", "1.1")
    judge(inbox)
    (one,) = waits(inbox, 30, now=later(60)).complete
    take(inbox, Turn(one.study, one.upto, "begun"))
    keep(inbox, "b", "1.2")
    judge(inbox)
    take(inbox, Turn(one.study, one.upto, "done"))
    assert ready(inbox) == ["9.1"]


def test_turns_that_died_are_counted_and_those_that_were_asked_to_stop_are_not(inbox: Inbox) -> None:
    keep(inbox, "a", "1.1")
    judge(inbox)
    for state in ("begun", "begun", "begun", "stopped"):
        take(inbox, Turn("9.1", 2, state))
    (one,) = waits(inbox, 30, now=later(60)).complete
    assert one.deaths == 2
    take(inbox, Turn("9.1", 2, "refused", "gave_up"))
    assert ready(inbox) == []
    (one,) = waits(inbox, 30, True, later(60)).complete
    assert one.deaths == 0


def test_the_files_of_a_patient_are_those_of_all_studies_and_of_nobody_else(inbox: Inbox) -> None:
    for text, instance, study, patient in (
        ("a", "1.1", "9.1", "P1"),
        ("b", "1.2", "9.2", "P1"),
        ("c", "1.3", "9.3", "P2"),
    ):
        keep(inbox, text, instance)
        judge(inbox, study, patient)
    found = of_patient(inbox, "9.2")
    assert {s: [p.read_bytes() for p in paths] for s, paths in found.items()} == {"9.1": [b"a"], "9.2": [b"b"]}
    inbox.decide(inbox.entries()[0].object, "held", "Dr A", "wrong")
    assert set(of_patient(inbox, "9.2")) == {"9.2"}
    assert of_patient(inbox, "9.9") == {}
