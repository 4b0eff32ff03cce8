"""The way back: a file beside the key that says what each pseudonym stands for, readable with the key alone.

Each line is a pseudonym and its original, enciphered with a stream made by HMAC from the key and the pseudonym, which
is itself the HMAC of the original: what comes out is proven by making the pseudonym from it again. Without the key the
file tells nothing; with it, every question is written down before it is answered.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from pathlib import Path

from vivomap.acquire.deidentify.key import Key
from vivomap.core import Refusal

PATIENT, UID, STUDY = "patient", "uid", "study"


@dataclass(frozen=True)
class Found:
    """What a pseudonym stands for: its kind, the original, and the days by which a patient's dates were moved back."""

    kind: str
    original: str
    issuer: str = ""
    days: int | None = None


def map_of(key_file: Path) -> Path:
    """The file of pseudonyms that belongs to a key."""
    return key_file.with_name(key_file.name + ".map")


def audit_of(key_file: Path) -> Path:
    """The file in which every question is written down."""
    return key_file.with_name(key_file.name + ".audit")


def remember(key_file: Path, key: Key, originals: Mapping[str, tuple[str, ...]]) -> None:
    """Add what is new to the file of pseudonyms; `originals` are kind and words by pseudonym."""
    path = map_of(key_file)
    there = set(_lines(path))
    lines = [f"{p} {_sealed(key, p, words)}\n" for p, words in sorted(originals.items()) if p not in there]
    _append(path, "".join(lines))


def reidentify(key_file: Path, key: Key, pseudonym: str, question: tuple[str, str, datetime]) -> Found:
    """What a pseudonym stands for; `question` is who asks, why, and when, written down first.

    Raises Refusal if the question cannot be written down, if the pseudonym is not there, or if the key does not fit.
    """
    by, reason, when = question
    asked = {"when": when.isoformat(timespec="seconds"), "event": "reidentify", "by": by, "pseudonym": pseudonym}
    _append(audit_of(key_file), json.dumps({**asked, "reason": reason}, ensure_ascii=True) + "\n")
    line = _lines(map_of(key_file)).get(pseudonym)
    if line is None:
        where = str(map_of(key_file))
        raise Refusal("not_reidentified", "this pseudonym was never given with this key", where=where, found=pseudonym)
    return _opened(key, pseudonym, line)


def _sealed(key: Key, pseudonym: str, words: tuple[str, ...]) -> str:
    plain = json.dumps([key.purpose, *words], ensure_ascii=False).encode("utf-8", "surrogateescape")
    return _mixed(key, pseudonym, plain).hex()


def _opened(key: Key, pseudonym: str, line: str) -> Found:
    try:
        plain = _mixed(key, pseudonym, bytes.fromhex(line)).decode("utf-8")
        purpose, kind, *words = json.loads(plain)
        own = replace(key, purpose=purpose)
        again = own.uid(words[0]) if kind == UID else own.patient(*words)
    except (ValueError, TypeError, IndexError, AttributeError):
        again = ""
    if again != pseudonym:
        raise Refusal("not_reidentified", "this key does not open the line of this pseudonym", found=pseudonym)
    if kind == UID:
        return Found(UID, words[0])
    issuer, original = words
    return Found(STUDY if issuer == STUDY else PATIENT, original, issuer, own.days(*words))


def _mixed(key: Key, pseudonym: str, data: bytes) -> bytes:
    """Data with a stream of the key; the same again undoes it."""
    plain = replace(key, purpose="")
    stream = b""
    for block in count():
        if len(stream) >= len(data):
            break
        stream += plain.digest("seal", pseudonym, str(block))
    return bytes(a ^ b for a, b in zip(data, stream, strict=False))


def _lines(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    parts = (line.partition(" ") for line in path.read_text("ascii").splitlines())
    return {pseudonym: rest for pseudonym, _, rest in parts if rest}


def _append(path: Path, text: str) -> None:
    """Add lines to a file that only its owner can read, and see them on the disk."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "a", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise Refusal("cannot_write", "it cannot be written down", where=str(path), found=str(error.strerror)) from None
