"""The key of a project: whoever holds it can tie a pseudonym to a patient again, and nobody else.

From the key (32 random bytes), the purpose and a word, HMAC-SHA256 makes everything: `token` the pseudonym of a
patient, a UID or a name, `days` how far the dates of one patient are moved back (1 to 3650 whole days, so that times
of day, and with them decay and SUV, stay as they are). The same key and purpose give the same; another, nothing alike.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path

from vivomap.core import Refusal

BYTES = 32  # of a key: what HMAC-SHA256 can use
MOST_DAYS = 3650  # project: ten years; no day can be guessed from season or weekday
PREFIX = "VM"


@dataclass(frozen=True)
class Key:
    """A key, never shown, with the purpose that it is used for; another purpose gives other pseudonyms."""

    secret: bytes = field(repr=False)
    purpose: str = ""

    def digest(self, kind: str, *words: str) -> bytes:
        """32 bytes for a kind of thing and its words; nobody without the key can make or undo them."""
        parts = (self.purpose, kind, *words)
        message = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
        return hmac.new(self.secret, message, hashlib.sha256).digest()

    def token(self, kind: str, *words: str, length: int = 16) -> str:
        """The digest as so many digits of base 16."""
        return self.digest(kind, *words).hex()[:length]

    def patient(self, issuer: str, patient: str) -> str:
        """The pseudonym of a patient."""
        return PREFIX + self.token("patient", issuer, patient).upper()

    def uid(self, uid: str) -> str:
        """The pseudonym of a UID: 2.25 and a UUID of version 8 made from the digest."""
        number = int.from_bytes(self.digest("uid", uid)[:16], "big")
        number = number & ~(0xF << 76) | 0x8 << 76  # the version
        return f"2.25.{number & ~(0x3 << 62) | 0x2 << 62}"  # the variant

    def days(self, issuer: str, patient: str) -> int:
        """How many days earlier the dates of a patient are told, 1 to 3650."""
        return 1 + int.from_bytes(self.digest("days", issuer, patient)[:8], "big") % MOST_DAYS


def make_key(path: Path) -> None:
    """Write a new key that only its owner can read. Raises Refusal if something is there, or if it cannot be."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Refusal(
            "key_there", "there is a file of that name; a key is never written over", where=str(path)
        ) from None
    except OSError as error:
        raise Refusal("cannot_write", "the key cannot be written", where=str(path), found=str(error.strerror)) from None
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())


def read_key(path: Path, purpose: str = "") -> Key:
    """The key of a file. Raises Refusal if it is absent, no key, or open to others."""
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            text = file.read(4 * BYTES).decode("ascii", "replace").strip()
    except OSError as error:
        found, hint = str(error.strerror), "correct the path, or let `vivomap deid` make a key with --new-key"
        raise Refusal("file_absent", "the key cannot be read", where=str(path), found=found, hint=hint) from None
    if mode & 0o077 and os.name == "posix":
        found = f"mode {mode:04o}"
        raise Refusal("key_open", "others can read or change the key", where=str(path), found=found, expected="0600")
    try:
        secret = bytes.fromhex(text)
    except ValueError:
        secret = b""
    if len(secret) != BYTES:
        raise Refusal("not_a_key", "the file holds no key", where=str(path), expected=f"{2 * BYTES} digits of base 16")
    return Key(secret, purpose)
