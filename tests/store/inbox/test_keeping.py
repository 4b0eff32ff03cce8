"""The inbox as a whole: once kept, never lost, never changed, never mixed."""

import errno
import hashlib
import os
from collections import Counter
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from vivomap.acquire.receive.part10 import header
from vivomap.core import Refusal
from vivomap.store.inbox import Arrival, Inbox, Judgement, Kept, System, open_inbox, vault

FREE = System(free=lambda _: 1 << 40)


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return open_inbox(tmp_path, FREE)


def arrival(text: str, instance: str = "1.2.3") -> Arrival:
    return Arrival("1.2.840.10008.5.1.4.1.1.2", instance, "1.2.840.10008.1.2.1", digest(text), "CT_1", "192.0.2.7")


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def keep(inbox: Inbox, text: str, instance: str = "1.2.3") -> Kept:
    return inbox.keep(arrival(text, instance), lambda: (text.encode(),))


def send(inbox: Inbox, text: str, instance: str) -> Kept:
    """Keep a text behind a real file header, which a restart can read."""
    before = header("1.2.840.10008.5.1.4.1.1.2", instance, "1.2.840.10008.1.2.1")
    return inbox.keep(arrival(text, instance), lambda: (before, text.encode()))


def judge(inbox: Inbox, study: str = "9.1", patient: str = "P1") -> list[Judgement]:
    return list(inbox.judge([(row, Judgement("KEEP", study=study, patient=patient)) for row in inbox.unjudged()]))


def code_of(refused: pytest.ExceptionInfo[Refusal]) -> str:
    return refused.value.code


def test_what_is_kept_is_there_byte_for_byte_and_on_record(inbox: Inbox) -> None:
    kept = keep(inbox, "object")
    assert kept == Kept(digest("object"), False, False)
    assert inbox.path(kept.object).read_bytes() == b"object"
    (one,) = inbox.entries()
    assert (one.disposition, one.rows[0].said("sender"), one.rows[0].said("bytes")) == ("WAIT", "CT_1", 6)


def test_the_same_object_twice_is_one_object_and_one_row(inbox: Inbox) -> None:
    first, again = keep(inbox, "object"), keep(inbox, "object")
    assert (again.object, again.again) == (first.object, True)
    assert len(inbox.entries()[0].rows) == 1


def test_other_bytes_of_one_uid_are_a_new_version_and_a_conflict(inbox: Inbox) -> None:
    """B04: nothing is overwritten, both are named."""
    first, second, third = keep(inbox, "object"), keep(inbox, "another"), keep(inbox, "free", "1.2.4")
    assert (first.conflict, second.conflict, third.conflict) == (False, True, False)
    assert [e.conflict for e in inbox.entries()] == [True, True, False]
    assert inbox.path(first.object).read_bytes() == b"object"
    assert inbox.find(first.object[:8]).code == "uid_conflict"


def test_senders_at_the_same_time_lose_nothing_and_keep_one_of_each(inbox: Inbox) -> None:
    results: list[Kept] = []

    def work() -> None:
        results.extend(keep(inbox, f"object {n}", f"1.{n}") for n in range(12))

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(not r.again for r in results) == 12
    assert len(results) == 48
    assert not any(e.conflict for e in inbox.entries())


def test_a_damaged_object_is_not_acknowledged_again(inbox: Inbox) -> None:
    inbox.path(keep(inbox, "object").object).write_bytes(b"objecT")
    with pytest.raises(Refusal) as refused:
        keep(inbox, "object")
    assert code_of(refused) == "vault_corrupt"
    assert not inbox.committed("1.2.840.10008.5.1.4.1.1.2", "1.2.3")


def test_below_the_low_water_mark_nothing_is_taken_and_above_it_again(tmp_path: Path) -> None:
    """T4 by the seam: acceptance stops early and comes back without a restart."""
    room = [1 << 20]
    inbox = open_inbox(tmp_path, System(free=lambda _: room[0]), reserve=1 << 20)
    with pytest.raises(Refusal) as refused:
        keep(inbox, "object")
    assert code_of(refused) == "disk_full"
    assert inbox.entries() == ()
    room[0] += 100
    assert not keep(inbox, "object").again


def test_after_a_failed_fsync_nothing_is_taken_until_a_restart(tmp_path: Path) -> None:
    """R12: the fsync is not tried again, and the inbox stops."""
    calls = []

    def failing(handle: int) -> None:
        calls.append(handle)
        raise OSError(errno.EIO, "EIO")

    inbox = open_inbox(tmp_path, replace(FREE, fsync=failing))
    for wanted in ("fsync_failed", "inbox_stopped", "inbox_stopped"):
        with pytest.raises(Refusal) as refused:
            keep(inbox, "object")
        assert code_of(refused) == wanted
    assert len(calls) == 1
    assert not keep(open_inbox(tmp_path, FREE), "object").again


@pytest.mark.parametrize("fault", [errno.EIO, errno.ENOSPC])
@pytest.mark.parametrize("name", ["open", "write", "fsync", "rename"])
def test_the_nth_failing_call_acknowledges_nothing_and_a_restart_keeps_all(
    tmp_path: Path, name: str, fault: int
) -> None:
    """T3: what was acknowledged before stays; what failed is kept when it is sent again."""
    for nth in range(1, 9):
        seen: Counter[str] = Counter()

        def call(*given, nth=nth, seen=seen):
            seen[name] += 1
            if seen[name] == nth:
                raise OSError(fault, os.strerror(fault))
            return getattr(os, name)(*given)

        inbox = open_inbox(tmp_path, replace(FREE, **{name: call}))
        acked, codes = [], set()
        for n in range(3):
            try:
                acked.append(send(inbox, f"{name} {nth} {n}", f"1.{nth}.{n}").object)
            except Refusal as refusal:
                codes.add(refusal.code)
        assert codes <= {"disk_full", "cannot_write", "fsync_failed", "inbox_stopped"}
        assert len(acked) == 3 or codes
        again = open_inbox(tmp_path, FREE)
        with again.receiving():
            assert all(vault.whole(again.path(name_)) for name_ in acked)
            assert [send(again, f"{name} {nth} {n}", f"1.{nth}.{n}").conflict for n in range(3)] == [False] * 3
    assert {e.rows[0].instance for e in again.entries()} == {f"1.{k}.{n}" for k in range(1, 9) for n in range(3)}
    assert not list(tmp_path.rglob("*.part"))


def test_two_receivers_do_not_fill_one_inbox(inbox: Inbox, tmp_path: Path) -> None:
    with inbox.receiving():
        with pytest.raises(Refusal) as refused, open_inbox(tmp_path, FREE).receiving():
            pytest.fail("a second receiver got in")
        assert code_of(refused) == "inbox_busy"
    with open_inbox(tmp_path, FREE).receiving() as found:
        assert found == (0, 0)


def test_the_first_patient_of_a_study_keeps_it_and_a_later_object_is_held(inbox: Inbox) -> None:
    """R7, B07."""
    keep(inbox, "a", "1.1")
    judge(inbox)
    keep(inbox, "b", "1.2")
    (said,) = judge(inbox, patient="P2")
    assert (said.disposition, said.code) == ("HOLD", "two_patients")
    keep(inbox, "c", "1.3")
    assert judge(inbox)[0].disposition == "KEEP"
    assert [p.read_bytes() for p in inbox.files()] == [b"a", b"c"]
    assert inbox.unjudged() == ()


def test_a_person_holds_and_releases_and_the_bytes_stay(inbox: Inbox) -> None:
    name = keep(inbox, "object").object
    judge(inbox)
    assert inbox.decide(name[:10], "held", "Dr A", "motion").disposition == "HOLD"
    assert inbox.files() == ()
    assert inbox.path(name).parent.parent.name == "quarantine"
    after = inbox.decide(name, "released", "Dr B", "seen")
    assert [(r.kind, r.said("by")) for r in after.rows] == [
        ("arrived", ""), ("judged", ""), ("held", "Dr A"), ("released", "Dr B")
    ]  # fmt: skip
    assert [p.read_bytes() for p in inbox.files()] == [b"object"]


def test_an_unfinished_move_is_finished_at_the_next_start(inbox: Inbox, tmp_path: Path) -> None:
    name = keep(inbox, "object").object
    inbox.decide(name, "held", "Dr A", "motion")
    vault.move(tmp_path, name, vault.KEPT, System())
    with inbox.receiving():
        assert inbox.path(name).parent.parent.name == "quarantine"


def test_no_or_many_objects_of_a_name_are_refused(inbox: Inbox) -> None:
    for n in range(20):
        keep(inbox, f"object {n}", f"1.{n}")
    for prefix, code in (("zz", "unknown_name"), ("", "ambiguous_name")):
        with pytest.raises(Refusal) as refused:
            inbox.find(prefix)
        assert code_of(refused) == code


def test_only_objects_of_the_class_and_uid_are_safe(inbox: Inbox) -> None:
    keep(inbox, "object")
    assert inbox.committed("1.2.840.10008.5.1.4.1.1.2", "1.2.3")
    assert not inbox.committed("1.2.840.10008.5.1.4.1.1.2", "1.2.4")
    assert not inbox.committed("1.2.840.10008.5.1.4.1.1.4", "1.2.3")
