"""A pass over the queue: each destination by itself, every lease given back."""

from collections.abc import Iterator, Sequence

import pytest

from vivomap.core import Refusal
from vivomap.store.outbox import Delivery, Outbox, Outcome, run

from .conftest import TO

OTHER = "dicom://OTHER@127.0.0.1:105"


def well(them: Sequence[Delivery]) -> Iterator[tuple[Delivery, Outcome]]:
    for one in them:
        yield one, Outcome("sent", "0000H")


def states(box: Outbox) -> list[str]:
    return [d.state for d in box.deliveries()]


def test_what_is_due_is_sent_and_then_nothing_is_left(box: Outbox, item) -> None:
    for k in range(3):
        box.add(item(k), TO)
    assert [d.state for d in run(box, well)] == ["sent"] * 3
    assert run(box, well) == ()


def test_a_destination_that_is_away_does_not_hold_up_another(box: Outbox, item) -> None:
    for to in (TO, OTHER):
        box.add(item(), to)

    def deliver(them):
        if them[0].destination == TO:
            raise Refusal("receiver_away", "away", found="no answer in time")
        yield from well(them)

    after = {d.destination: d for d in run(box, deliver)}
    assert (after[TO].state, after[TO].code, after[TO].said) == ("waiting", "receiver_away", "no answer in time")
    assert not after[TO].doubt
    assert after[OTHER].state == "sent"


def test_a_destination_that_is_away_is_asked_once_in_a_pass(box: Outbox, item, monkeypatch) -> None:
    monkeypatch.setattr("vivomap.store.outbox.emptying.BATCH", 3)
    for k in range(5):
        box.add(item(k), TO)
    asked = []

    def deliver(them):
        asked.append(len(them))
        raise Refusal("receiver_away", "away")
        yield

    run(box, deliver)
    assert asked == [3]
    assert states(box) == ["waiting"] * 5
    assert sum(d.tries for d in box.deliveries()) == 3


def test_what_it_gave_up_on_is_tried_later_and_not_in_doubt(box: Outbox, item) -> None:
    for k in range(3):
        box.add(item(k), TO)

    def deliver(them):
        yield them[0], Outcome("later", "receiver_away", "no answer in time")

    assert [(d.state, d.code, d.doubt) for d in run(box, deliver)] == [("waiting", "receiver_away", False)] * 3


def test_an_interrupt_gives_every_lease_back(box: Outbox, item) -> None:
    for k in range(3):
        box.add(item(k), TO)

    def deliver(them):
        yield them[0], Outcome("sent", "0000H")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(box, deliver)
    assert sorted(states(box)) == ["sent", "waiting", "waiting"]
    assert [d.doubt for d in box.deliveries() if d.state == "waiting"] == [True, True]


def test_one_refused_object_does_not_stop_the_others(box: Outbox, item) -> None:
    for k in range(3):
        box.add(item(k), TO)

    def deliver(them):
        for k, one in enumerate(them):
            yield one, Outcome("refused", "0122H") if k == 1 else Outcome("sent", "0000H")

    assert sorted(d.state for d in run(box, deliver)) == ["refused", "sent", "sent"]


def test_only_those_asked_for_are_sent_and_by_force_before_their_time(box: Outbox, item) -> None:
    one, two = box.add(item(1), TO).delivery, box.add(item(2), TO).delivery
    box.record(box.take(one), Outcome("later", "receiver_away"))
    assert [d.id for d in run(box, well, [one.id])] == []
    assert [d.id for d in run(box, well, [one.id], force=True)] == [one.id]
    assert [d.id for d in run(box, well)] == [two.id]


def test_what_fails_after_every_answer_is_not_swallowed(box: Outbox, item) -> None:
    box.add(item(), TO)

    def deliver(them):
        yield from well(them)
        raise Refusal("audit_stopped", "the audit log cannot be written")

    with pytest.raises(Refusal) as refused:
        run(box, deliver)
    assert refused.value.code == "audit_stopped"
    assert states(box) == ["sent"]
