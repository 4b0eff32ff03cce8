"""Files are whole or absent."""

import errno
import os
from pathlib import Path

import pytest

from vivomap.core import Refusal
from vivomap.store import disk


def left_over(folder: Path) -> list[str]:
    return [p.name for p in folder.rglob("*") if p.name.endswith(".part")]


def test_a_file_is_written_and_replaced(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "file"
    for text in (b"first", b"second"):
        disk.place(target, lambda out, text=text: out.write(text))
        assert target.read_bytes() == text
    assert left_over(tmp_path) == []


def test_order_is_write_fsync_rename_fsync_of_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    sync, rename = os.fsync, os.replace

    def see_sync(handle: int) -> None:
        done.append("folder" if os.path.isdir(f"/proc/self/fd/{handle}") else "file")
        sync(handle)

    def see_rename(one: Path, other: Path) -> None:
        done.append("rename")
        rename(one, other)

    monkeypatch.setattr(os, "fsync", see_sync)
    monkeypatch.setattr(os, "replace", see_rename)
    disk.place(tmp_path / "file", lambda out: out.write(b"x"))
    assert done == ["file", "rename", "folder"]


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "disk_full"),
        (errno.EDQUOT, "disk_full"),
        (errno.EIO, "cannot_write"),
        (errno.EROFS, "cannot_write"),
    ],
)
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_fault_at_any_step_leaves_the_older_file_and_nothing_partial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: str, step: str
) -> None:
    target = tmp_path / "file"
    disk.place(target, lambda out: out.write(b"older"))

    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(Refusal) as refused:
        disk.place(target, lambda out: out.write(b"newer"))
    assert refused.value.code == code
    assert str(target) in refused.value.where
    assert target.read_bytes() == b"older"
    assert left_over(tmp_path) == []


def test_a_file_where_a_folder_is_wanted_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a file")
    with pytest.raises(Refusal) as refused:
        disk.place(tmp_path / "a" / "b", lambda out: out.write(b"x"))
    assert refused.value.code == "cannot_write"
    assert (tmp_path / "a").read_text() == "a file"


def test_a_full_disk_leaves_nothing_partial(tiny: Path) -> None:
    with pytest.raises(Refusal) as refused:
        disk.place(tiny / "file", lambda out: out.write(b"x" * 2**20))
    assert refused.value.code == "disk_full"
    assert list(tiny.iterdir()) == []
