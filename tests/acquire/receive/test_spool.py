"""Large data sets wait on the disk while they come in."""

from io import BytesIO
from pathlib import Path

import pytest

from vivomap.acquire.receive.spool import IN_MEMORY, Spools


def test_a_small_data_set_stays_in_memory(tmp_path: Path) -> None:
    spools, buffer = Spools(tmp_path), BytesIO()
    buffer.write(b"x" * (IN_MEMORY - 1))
    assert spools.drain(buffer) == IN_MEMORY - 1
    assert not spools.by_buffer
    assert b"".join(spools.pieces(buffer)) == buffer.getvalue()


def test_a_large_data_set_comes_back_in_order_as_often_as_asked(tmp_path: Path) -> None:
    spools, buffer, sent = Spools(tmp_path), BytesIO(), b""
    for number in range(40):
        piece = bytes([number]) * 100_003
        buffer.write(piece)
        sent += piece
        assert spools.drain(buffer) == len(sent)
        assert buffer.tell() < IN_MEMORY
    assert b"".join(spools.pieces(buffer)) == sent
    assert b"".join(spools.pieces(buffer)) == sent


def test_nothing_has_a_name_on_the_disk_and_nothing_stays(tmp_path: Path) -> None:
    spools, buffer = Spools(tmp_path), BytesIO()
    buffer.write(b"x" * IN_MEMORY)
    spools.drain(buffer)
    assert list(tmp_path.iterdir()) == []
    file = spools.by_buffer[buffer].file
    assert not file.closed
    del buffer
    assert file.closed
    assert not spools.by_buffer


def test_a_disk_that_fails_is_remembered_and_memory_stays_small(tmp_path: Path) -> None:
    spools, buffer = Spools(tmp_path / "absent"), BytesIO()
    for _ in range(3):
        buffer.write(b"x" * IN_MEMORY)
        spools.drain(buffer)
        assert buffer.tell() == 0
    assert spools.lost(buffer)
    assert spools.by_buffer[buffer].file.tell() == 0


def test_a_full_disk_is_remembered(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    spools, buffer = Spools(tmp_path), BytesIO()
    buffer.write(b"x" * IN_MEMORY)
    spools.drain(buffer)
    with full.open("wb", buffering=0) as file:
        object.__setattr__(spools.by_buffer[buffer], "file", file)
        buffer.write(b"x" * IN_MEMORY)
        spools.drain(buffer)
        assert "space" in spools.lost(buffer)
