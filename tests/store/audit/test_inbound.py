"""Received objects: one audit record each, whatever stops, and receiving never waits for the audit."""

import hashlib
from pathlib import Path

import pytest

from vivomap.core import Refusal
from vivomap.store import open_project
from vivomap.store.audit import inbound, log, proof
from vivomap.store.audit.event import Event
from vivomap.store.inbox import Arrival, Inbox, Judgement, System, open_inbox


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return open_inbox(open_project(tmp_path / "project").path, System(), 0)


def came(inbox: Inbox, *instances: str, hold: bool = False) -> None:
    """Objects arrive and get their verdict."""
    for one in instances:
        digest = hashlib.sha256(one.encode()).hexdigest()
        inbox.keep(
            Arrival("1.2.840.10008.5.1.4.1.1.2", one, "1.2.1", digest, "CT_1", "192.0.2.7"),
            lambda one=one: (one.encode(),),
        )
    said = Judgement("HOLD", "pixels_cut", "too few", "9.1") if hold else Judgement("KEEP", study="9.1", patient="P1")
    inbox.judge([(row, said) for row in inbox.unjudged()])


def audited(inbox: Inbox) -> list[str]:
    """The SOP Instance UIDs that the log names."""
    return [r.event.things[0].sop[0][2][0] for r in log.records(inbox.root) if r.event.code == "110104"]


def test_each_object_has_one_record_with_sender_study_and_patient(inbox: Inbox) -> None:
    came(inbox, "1.1", "1.2")
    assert inbound.waiting(inbox) == 2
    assert inbound.received(inbox, "VIVOMAP") == 2
    assert inbound.received(inbox, "VIVOMAP") == 0
    event = tuple(log.records(inbox.root))[1].event
    assert (event.of("study"), event.of("patient")) == (("9.1",), ("P1",))
    assert [(a.user, a.role, a.at) for a in event.actors] == [
        ("CT_1", "source", "192.0.2.7"),
        ("VIVOMAP", "destination", ""),
    ]
    assert event.sole[0] == "SOLE113"
    assert event.at == inbox.entries()[0].rows[0].at.replace("+00:00", "Z")


def test_what_is_held_is_said_and_an_unknown_patient_too(inbox: Inbox) -> None:
    came(inbox, "1.1", hold=True)
    inbound.received(inbox, "VIVOMAP")
    event = tuple(log.records(inbox.root))[1].event
    assert (event.said, event.of("patient")) == ("held: pixels_cut", ("unknown",))


def test_a_lost_mark_makes_no_second_record(inbox: Inbox, several: tuple[Event, ...]) -> None:
    came(inbox, "1.1", "1.2")
    inbound.received(inbox, "VIVOMAP")
    mark = log.place(inbox.root).with_name(inbound.MARK)
    old = mark.read_text()
    mark.unlink()
    log.append(inbox.root, several)
    came(inbox, "1.3")
    assert inbound.received(inbox, "VIVOMAP") == 1
    mark.write_text(old)  # as after a crash between the log and the mark
    assert inbound.received(inbox, "VIVOMAP") == 0
    assert audited(inbox) == ["1.1", "1.2", "1.3"]
    assert proof.verify(inbox.root).records == 4 + len(several)


def test_more_than_one_step_is_audited_in_order(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbound, "MOST", 2)
    came(inbox, *(f"1.{k}" for k in range(5)))
    assert inbound.received(inbox, "VIVOMAP") == 5
    assert audited(inbox) == [f"1.{k}" for k in range(5)]


def test_receiving_goes_on_while_the_audit_cannot_be_written_and_is_audited_later(inbox: Inbox) -> None:
    came(inbox, "1.1")
    inbound.received(inbox, "VIVOMAP")
    path = log.place(inbox.root)
    kept = path.read_bytes()
    path.unlink()
    path.mkdir()
    came(inbox, "1.2", "1.3")
    with pytest.raises(Refusal) as refused:
        inbound.received(inbox, "VIVOMAP")
    assert refused.value.code == "audit_stopped"
    assert len(inbox.files()) == 3
    path.rmdir()
    path.write_bytes(kept)
    assert inbound.received(inbox, "VIVOMAP") == 2
    assert audited(inbox) == ["1.1", "1.2", "1.3"]
