"""A folder or a bucket that keeps objects under names: whole, or not there; the same content is not sent twice."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from vivomap.core import Refusal
from vivomap.store.disk import place as write_whole
from vivomap.store.tiers.bucket import Bucket, open_bucket
from vivomap.store.tiers.content import PIECE, Content
from vivomap.store.tiers.policy import S3, Tier

__all__ = ["Bucket", "Content", "Folder", "Place", "open_place"]


@dataclass(frozen=True)
class Folder:
    """A folder of this machine or of a network drive."""

    root: Path

    def put(self, name: str, content: Content, again: bool = False) -> bool:
        """Write an object whole; gives whether it was written, since the same content may be there already.

        Raises Refusal `cannot_write` or `disk_full`.
        """
        path = self._path(name)
        if not again and path.is_file() and _digest(path) == content.digest:
            return False
        write_whole(path, lambda out: [out.write(piece) for piece in content.pieces()])
        return True

    def read(self, name: str) -> Iterator[bytes] | None:
        """The bytes of an object; None if it is not there."""
        path = self._path(name)
        return _pieces(path) if path.is_file() else None

    def names(self, prefix: str) -> tuple[str, ...]:
        """Every object below a prefix; what a write left unfinished is none."""
        top = self._path(prefix)
        found = (Path(folder) / file for folder, _, files in os.walk(top) for file in files)
        return tuple(sorted(p.relative_to(self.root).as_posix() for p in found if p.suffix != ".part"))

    def _path(self, name: str) -> Path:
        parts = PurePosixPath(name)
        if parts.is_absolute() or ".." in parts.parts or "\\" in name:
            raise Refusal("bad_setting", "an object's name leads out of its place", found=name)
        return self.root / parts


Place: TypeAlias = Folder | Bucket


def open_place(tier: Tier) -> Place:
    """The place of a tier; nothing is looked at yet. Raises Refusal `library_absent`, `no_credentials`…"""
    return open_bucket(tier) if tier.to.startswith(S3) else Folder(Path(tier.to))


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
