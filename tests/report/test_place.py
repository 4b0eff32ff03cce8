"""A report file is there whole or not at all."""

import errno
import os
from pathlib import Path

import pytest

from vivomap.core import Refusal
from vivomap.report.place import place


def test_a_file_takes_the_place_of_an_older_one(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.txt"
    assert place(path, b"one") == place(path, b"two") == path
    assert path.read_bytes() == b"two"
    assert [p.name for p in path.parent.iterdir()] == ["a.txt"]


@pytest.mark.parametrize(("number", "code"), [(errno.ENOSPC, "disk_full"), (errno.EIO, "cannot_write")])
def test_a_failing_disk_leaves_the_older_file(tmp_path: Path, monkeypatch, number: int, code: str) -> None:
    place(tmp_path / "a", b"one")

    def fail(_: int) -> None:
        raise OSError(number, "no")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(Refusal) as refused:
        place(tmp_path / "a", b"two")
    assert refused.value.code == code
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"a": b"one"}
