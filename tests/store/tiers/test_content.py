"""What is to be kept is hashed once, and read piece by piece."""

import hashlib
from pathlib import Path

from vivomap.store.tiers.content import PIECE, Content


def test_the_hash_is_that_of_all_the_bytes(tmp_path: Path) -> None:
    body = b"x" * (PIECE + 1)
    (tmp_path / "x").write_bytes(body)
    content = Content(tmp_path / "x")
    assert [len(piece) for piece in content.pieces()] == [PIECE, 1]
    assert (content.digest, content.size) == (hashlib.sha256(body).hexdigest(), PIECE + 1)


def test_the_hash_is_taken_once(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"one")
    content = Content(tmp_path / "x")
    first = content.digest
    (tmp_path / "x").write_bytes(b"two")
    assert content.digest == first


def test_nothing_is_an_empty_content() -> None:
    assert (Content(b"").digest, Content(b"").size) == (hashlib.sha256(b"").hexdigest(), 0)
