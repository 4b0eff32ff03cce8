"""Bytes under their content hash, whatever call fails."""

import errno
import hashlib
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from vivomap.core import Refusal
from vivomap.store.inbox import System, vault

PIECES = (b"first", b"second" * 1000, b"")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    vault.prepare(tmp_path)
    return tmp_path


def put(root: Path, system: System | None = None) -> str:
    name, _ = vault.named(lambda: PIECES)
    vault.put(root, name, lambda: PIECES, system or System())
    return name


def test_the_name_is_the_hash_and_the_file_is_whole(root: Path) -> None:
    path = vault.where(root, put(root))
    assert path is not None
    assert path.read_bytes() == b"".join(PIECES)
    assert path.name == hashlib.sha256(b"".join(PIECES)).hexdigest()
    assert vault.whole(path)
    assert path.stat().st_mode & 0o077 == 0
    assert list(vault.names(root)) == [path.name]


def test_a_flipped_bit_is_seen(root: Path) -> None:
    path = vault.where(root, put(root))
    assert path is not None
    raw = bytearray(path.read_bytes())
    raw[7] ^= 1
    path.write_bytes(raw)
    assert not vault.whole(path)


def test_a_short_write_is_gone_on_with(root: Path) -> None:
    slow = System(write=lambda handle, rest: os.write(handle, rest[:7]))
    path = vault.where(root, put(root, slow))
    assert path is not None
    assert vault.whole(path)


def test_the_steps_come_in_their_order(root: Path) -> None:
    steps: list[str] = []

    def seen(name: str) -> Callable:
        def call(*given):
            steps.append(name)
            return getattr(os, name)(*given)

        return call

    names = ("open", "write", "fsync", "rename")
    put(root, replace(System(after=steps.append), **{name: seen(name) for name in names}))
    written = [s for s in steps if s != "write"]
    assert written == ["open", "tmp_written", "fsync", "fsync", "rename", "rename", "open", "fsync"]
    assert set(steps[1 : steps.index("tmp_written")]) == {"write"}


@pytest.mark.parametrize("fault", [errno.EIO, errno.ENOSPC])
@pytest.mark.parametrize("name", ["open", "write", "fsync", "rename"])
def test_the_nth_call_that_fails_leaves_no_half_object(tmp_path: Path, name: str, fault: int) -> None:
    """T3: for all n, until the n-th call is never reached."""
    for nth in range(1, 20):
        root = tmp_path / str(nth)
        root.mkdir()
        vault.prepare(root)
        seen: Counter[str] = Counter()

        def call(*given, nth=nth, seen=seen):
            seen[name] += 1
            if seen[name] == nth:
                raise OSError(fault, os.strerror(fault))
            return getattr(os, name)(*given)

        try:
            put(root, replace(System(), **{name: call}))
            break
        except Refusal as refusal:
            found = refusal.code
        full = {errno.ENOSPC: "disk_full", errno.EIO: "cannot_write"}[fault]
        unsure = name == "fsync" or (name, nth) == ("open", 2)  # the second is the folder, after the rename
        assert found == ("fsync_failed" if unsure else full)
        assert vault.sweep(root) == 0
        assert all(vault.whole(vault.where(root, n)) for n in vault.names(root))
        assert vault.where(root, put(root))
    assert nth > 1
    assert seen[name] < nth


def test_moving_goes_both_ways_and_twice_is_once(root: Path) -> None:
    name = put(root)
    for side in (vault.HELD, vault.HELD, vault.KEPT):
        vault.move(root, name, side, System())
        assert vault.where(root, name) == root / side / name[:2] / name


def test_what_is_not_there_is_not_moved(root: Path) -> None:
    with pytest.raises(Refusal) as refused:
        vault.move(root, "ab" * 32, vault.HELD, System())
    assert refused.value.code == "vault_corrupt"


def test_unfinished_files_are_swept_and_no_others(root: Path) -> None:
    name = put(root)
    (root / vault.KEPT / "00" / f".x{vault.PART}").write_bytes(b"half")
    assert list(vault.names(root)) == [name]
    assert vault.sweep(root) == 1
    assert vault.sweep(root) == 0
    assert vault.where(root, name)
