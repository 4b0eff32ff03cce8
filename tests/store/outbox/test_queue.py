"""The queue: nothing lost, nothing twice, visible."""

import os
import threading
from pathlib import Path

import pytest

from vivomap.core import Refusal
from vivomap.store.outbox import Outbox, Outcome, open_outbox

from .conftest import TO

SENT = Outcome("sent", "0000H")


def objects(box: Outbox) -> list[Path]:
    return [p for p in box.root.rglob("*") if p.is_file() and len(p.name) == 64]


def test_an_object_is_queued_once_and_its_bytes_are_kept(box: Outbox, item) -> None:
    first = box.add(item(), TO, "way")
    item().path.unlink()
    item()  # the same again
    second = box.add(item(), TO)
    assert (first.again, second.again) == (False, True)
    assert second.delivery == first.delivery
    assert box.path(first.delivery).read_bytes() == b"object\x01"
    assert len(box.deliveries()) == len(objects(box)) == 1


def test_two_destinations_are_two_deliveries_of_one_copy(box: Outbox, item) -> None:
    one, two = box.add(item(), TO).delivery, box.add(item(), "dicomweb+https://a:443").delivery
    assert one.id != two.id
    assert len(objects(box)) == 1
    box.record(box.take(one), SENT)
    assert box.path(two).is_file(), "the other still needs it"
    box.record(box.take(two), SENT)
    assert not objects(box)


def test_other_bytes_under_one_uid_are_refused(box: Outbox, item) -> None:
    box.add(item(), TO)
    with pytest.raises(Refusal) as refused:
        box.add(item(body=b"changed"), TO)
    assert refused.value.code == "outbox_conflict"
    assert len(objects(box)) == 1


def test_what_was_sent_is_not_sent_again(box: Outbox, item) -> None:
    one = box.take(box.add(item(), TO).delivery)
    after = box.record(one, SENT)
    assert (after.state, after.code, after.tries) == ("sent", "0000H", 1)
    again = box.add(item(), TO)
    assert (again.again, again.delivery.state) == (True, "sent")
    assert box.due(force=True) == ()


def test_a_try_in_vain_waits_longer_each_time_and_its_age_is_seen(box: Outbox, item, clock) -> None:
    one = box.add(item(), TO).delivery
    waits = []
    for _ in range(3):
        one = box.record(box.take(one), Outcome("later", "receiver_away", "no answer in time"))
        waits.append(one.next_at - clock.now)
        assert box.due() == ()
        clock.now = one.next_at
        assert box.due() == (one,)
    assert waits == [30, 60, 120]
    assert (one.tries, one.code, one.said) == (3, "receiver_away", "no answer in time")
    assert one.age(clock.now) == 210


def test_what_is_refused_waits_for_a_person(box: Outbox, item) -> None:
    one = box.record(box.take(box.add(item(), TO).delivery), Outcome("refused", "0122H"))
    assert box.due(force=True) == ()
    assert box.path(one).is_file()
    assert box.retry(one.id[:6]).state == "waiting"
    assert len(box.due()) == 1
    dropped = box.drop(one.id[:6])
    assert (dropped.state, objects(box)) == ("dropped", [])
    with pytest.raises(Refusal):
        box.retry(one.id)


def test_what_was_dropped_can_be_queued_anew(box: Outbox, item) -> None:
    one = box.drop(box.add(item(), TO).delivery.id)
    assert not box.path(one).exists()
    anew = box.add(item(body=b"changed"), TO)
    assert (anew.again, anew.delivery.state, anew.delivery.id) == (False, "waiting", one.id)
    assert box.path(anew.delivery).read_bytes() == b"changed\x01"


def test_a_lease_keeps_others_away(box: Outbox, item) -> None:
    one = box.add(item(), TO).delivery
    other = open_outbox(box.root.parent)
    taken = box.take(one)
    assert taken.state == "sending"
    assert other.take(one) is None
    assert other.due(force=True) == ()
    with pytest.raises(Refusal):
        other.drop(one.id)


def test_two_threads_take_each_object_once(box: Outbox, item) -> None:
    every = [box.add(item(k), TO).delivery for k in range(12)]
    taken: list[str] = []

    def work() -> None:
        mine = open_outbox(box.root.parent)
        taken.extend(t.id for t in map(mine.take, every) if t)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(d.id for d in every)


def test_what_a_killed_process_had_in_hand_is_due_and_in_doubt(box: Outbox, item) -> None:
    one = box.add(item(), TO).delivery
    child = os.fork()
    if child == 0:
        open_outbox(box.root.parent).take(one)
        os.kill(os.getpid(), 9)
    os.waitpid(child, 0)
    (left,) = box.due()
    assert (left.state, left.tries) == ("sending", 1)
    taken = box.take(left)
    assert (taken.doubt, taken.tries) == (True, 2)
    assert box.record(taken, Outcome("later", "receiver_away")).doubt, "until it is sent, nobody knows"


def test_no_answer_leaves_doubt_and_a_clear_one_ends_it(box: Outbox, item) -> None:
    one = box.record(box.take(box.add(item(), TO).delivery), Outcome("unsure", "receiver_away"))
    assert one.doubt
    assert not box.record(box.take(one), Outcome("sent", "already_there")).doubt


def test_bytes_that_a_crash_left_go_after_a_day(box: Outbox, item) -> None:
    kept = box.add(item(), TO).delivery
    for name, old in (("a" * 64, True), ("b" * 64, False)):
        stray = box.root / "objects" / name[:2] / name
        stray.parent.mkdir(exist_ok=True)
        stray.write_bytes(b"stray")
        if old:
            os.utime(stray, (0, 0))
    os.utime(box.path(kept), (0, 0))
    assert box.sweep() == 1
    assert {p.name for p in objects(box)} == {kept.object, "b" * 64}


def test_only_this_user_reads_the_queue(box: Outbox) -> None:
    assert box.root.stat().st_mode & 0o077 == 0


def test_an_id_means_one_delivery(box: Outbox, item) -> None:
    for k in range(20):
        box.add(item(k), TO)
    with pytest.raises(Refusal) as none:
        box.find("zz")
    with pytest.raises(Refusal) as many:
        box.find("")
    assert (none.value.code, many.value.code) == ("unknown_name", "ambiguous_name")


def test_a_file_that_changes_while_it_is_read_is_refused(box: Outbox, item, monkeypatch) -> None:
    one = item()
    real = box._store

    def late(path: Path, digest: str) -> None:
        path.write_bytes(b"other")
        real(path, digest)

    monkeypatch.setattr(type(box), "_store", lambda self, *words: late(*words))
    with pytest.raises(Refusal):
        box.add(one, TO)
    assert box.deliveries() == ()
    assert not objects(box)
