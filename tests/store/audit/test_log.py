"""Lines are only added, durable when `append` returns, and a failing disk stops whoever would read."""

import multiprocessing
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from vivomap.core import Refusal
from vivomap.store.audit import log, proof
from vivomap.store.audit.event import Event


def test_a_new_log_begins_with_its_own_start_and_chains_what_follows(
    tmp_path: Path, several: tuple[Event, ...]
) -> None:
    last = log.append(tmp_path, several[:2])
    log.append(tmp_path, several[2:3])
    found = tuple(log.records(tmp_path))
    assert [r.seq for r in found] == [1, 2, 3, 4]
    assert found[0].event.type == "110134"
    assert [r.event.of("patient") for r in found[1:]] == [("P0",), ("P1",), ("P2",)]
    assert [r.previous for r in found] == [log.GENESIS, *(r.hash for r in found[:-1])]
    assert found[2] == last
    assert log.ends(tmp_path) == (found[0].hash, found[-1])
    assert all(r.event.at.endswith("Z") for r in found)


def test_its_owner_alone_can_read_it(tmp_path: Path, several: tuple[Event, ...]) -> None:
    log.append(tmp_path, several)
    assert stat.S_IMODE(log.place(tmp_path).stat().st_mode) == 0o600
    assert stat.S_IMODE(log.place(tmp_path).parent.stat().st_mode) == 0o700


def test_one_fsync_for_all_events_of_a_call(
    tmp_path: Path, several: tuple[Event, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    log.append(tmp_path, several[:1])
    calls: list[int] = []
    monkeypatch.setattr(os, "fsync", calls.append)
    log.append(tmp_path, several)
    assert len(calls) == 1


def test_a_record_longer_than_a_step_is_found_again(tmp_path: Path, every: dict[str, Event]) -> None:
    long = Event(**{**every["deleted"].__dict__, "said": "x" * 3 * log.STEP})
    log.append(tmp_path, [long])
    log.append(tmp_path, [long, every["read"]])
    assert proof.verify(tmp_path).records == 4


def test_a_torn_record_is_taken_off_and_said(tmp_path: Path, several: tuple[Event, ...]) -> None:
    log.append(tmp_path, several[:2])
    with log.place(tmp_path).open("ab") as file:
        file.write(b'{"event":{"acti')
    assert len(tuple(log.records(tmp_path))) == 3
    log.append(tmp_path, several[2:3])
    found = tuple(log.records(tmp_path))
    assert "15 bytes of an unfinished record" in found[3].event.said
    assert proof.verify(tmp_path).records == 5


def test_nothing_is_added_behind_a_last_record_that_was_edited(tmp_path: Path, several: tuple[Event, ...]) -> None:
    log.append(tmp_path, several[:2])
    path = log.place(tmp_path)
    path.write_bytes(path.read_bytes().replace(b'"P1"', b'"P9"'))
    before = path.read_bytes()
    with pytest.raises(Refusal) as refused:
        log.append(tmp_path, several[2:])
    assert refused.value.code == "audit_stopped"
    assert path.read_bytes() == before


def _many(folder: Path, several: tuple[Event, ...]) -> None:
    for one in several:
        log.append(folder, [one])


def test_writers_in_many_processes_make_one_chain(tmp_path: Path, several: tuple[Event, ...]) -> None:
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_many, args=(tmp_path, several)) for _ in range(4)]
    for one in writers:
        one.start()
    for one in writers:
        one.join(30)
        assert one.exitcode == 0
    assert proof.verify(tmp_path).records == 1 + 4 * len(several)


def test_a_log_that_cannot_be_opened_is_a_refusal(tmp_path: Path, several: tuple[Event, ...]) -> None:
    log.place(tmp_path).mkdir(parents=True)
    with pytest.raises(Refusal) as refused:
        log.append(tmp_path, several)
    assert refused.value.code == "audit_stopped"


@pytest.fixture
def small_disk(tmp_path: Path):
    """A disk of 64 KiB that can be made read-only."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("mounting needs root")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True).returncode:
        pytest.skip("mounting is not permitted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_leaves_whole_records_and_goes_on_when_there_is_room(
    small_disk: Path, several: tuple[Event, ...]
) -> None:
    filler = small_disk / "filler"
    log.append(small_disk, several)
    filler.write_bytes(b"x" * (shutil.disk_usage(small_disk).free - 4096))
    with pytest.raises(Refusal) as refused:
        _many(small_disk, several * 4)
    assert refused.value.code == "audit_stopped"
    kept = proof.verify(small_disk).records
    assert log.place(small_disk).read_bytes().endswith(b"\n")
    filler.unlink()
    log.append(small_disk, several[:1])
    assert proof.verify(small_disk).records == kept + 1


def test_a_read_only_disk_is_a_refusal_and_the_log_can_still_be_proved(
    small_disk: Path, several: tuple[Event, ...]
) -> None:
    log.append(small_disk, several)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(Refusal) as refused:
        log.append(small_disk, several)
    assert refused.value.code == "audit_stopped"
    assert proof.verify(small_disk).records == 7


def test_reading_from_the_middle_of_a_line_begins_with_the_next(tmp_path: Path, several: tuple[Event, ...]) -> None:
    log.append(tmp_path, several)
    first = len(next(log.lines(tmp_path)))
    assert [r.seq for r in log.records(tmp_path, first)] == [2, 3, 4, 5, 6, 7]
    assert [r.seq for r in log.records(tmp_path, first + 1)] == [3, 4, 5, 6, 7]
    assert tuple(log.records(tmp_path / "none")) == ()
