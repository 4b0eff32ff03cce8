"""What has left as a table: the key of each export, which no two share, and the pseudonyms that it holds.

The key (32 random bytes, mode 0600) stays in the project: with it, and with nothing else, somebody who withdraws can be
named to those who hold an earlier export, by the pseudonym that they know.
"""

from __future__ import annotations

import json
import os
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from vivomap.core import Refusal
from vivomap.store.disk import refused

FOLDER = "exports"
BYTES = 32


@dataclass(frozen=True)
class Export:
    """One export: its id, its key, never shown, what it was for, and the pseudonyms that it holds."""

    id: str
    key: bytes = field(repr=False)
    purpose: str
    pseudonyms: frozenset[str] = frozenset()


def begin(purpose: str) -> Export:
    """A new export with a key of its own; nothing is written yet."""
    return Export(f"{datetime.now(UTC):%Y%m%d}-{secrets.token_hex(4)}", secrets.token_bytes(BYTES), purpose)


def keep(project: Path, export: Export) -> None:
    """Put an export on record, readable by its owner alone. Raises Refusal `cannot_write` or `disk_full`."""
    path = project / FOLDER / f"{export.id}.json"
    data = {"key": export.key.hex(), "purpose": export.purpose, "pseudonyms": sorted(export.pseudonyms)}
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            json.dump(data, file)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise refused(error, path) from error


def earlier(project: Path) -> Iterator[Export]:
    """Every export on record, oldest first. Raises Refusal `key_open` or `not_a_key`."""
    for path in sorted((project / FOLDER).glob("*.json")):
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            text = file.read()
        if mode & 0o077 and os.name == "posix":
            found = f"mode {mode:04o}"
            raise Refusal(
                "key_open", "others can read the key of an export", where=str(path), found=found, expected="0600"
            )
        try:
            data = json.loads(text)
            key = bytes.fromhex(data["key"])
            yield Export(path.stem, key, str(data["purpose"]), frozenset(data["pseudonyms"]))
        except (ValueError, KeyError, TypeError) as error:
            raise Refusal("not_a_key", "the file holds no export", where=str(path)) from error
