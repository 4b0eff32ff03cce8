"""Signed heads: what the last record of the audit log was, in a folder elsewhere, under a key (Ed25519).

A head is one line of `heads.jsonl`: the hash of the first record (which log it is), number and hash of the last, the
time, the key's id and the signature of all these. `KEYID.pub` beside it is the public key: whoever checks needs nothing
secret. A head is signed hourly at most while events come, and when a service ends.
"""

from __future__ import annotations

import base64
import hashlib
import importlib
import importlib.util
import json
import os
import stat
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from vivomap.core import Refusal
from vivomap.store.audit.log import canonical, ends

FILE = "heads.jsonl"
EVERY_S = 3600  # rule S9: hourly
TAIL = 4096  # bytes: more than one head


@dataclass(frozen=True)
class Head:
    """The last record of a log at a time, signed."""

    log: str
    seq: int
    hash: str
    at: str
    key: str
    signature: str = ""


@dataclass(frozen=True)
class Seal:
    """Where heads are kept, and the file of the private key."""

    folder: Path
    key: Path


def make_key(path: Path) -> None:
    """Write a new private key that its owner alone can read. Raises Refusal `key_there` or `cannot_write`."""
    _library()
    ed, how = _part("asymmetric.ed25519"), _part("serialization")
    pem = ed.Ed25519PrivateKey.generate().private_bytes(how.Encoding.PEM, how.PrivateFormat.PKCS8, how.NoEncryption())
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Refusal(
            "key_there", "there is a file of that name; a key is never written over", where=str(path)
        ) from None
    except OSError as error:
        raise Refusal("cannot_write", "the key cannot be written", where=str(path), found=str(error.strerror)) from None
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())


def sign(project: Path, seal: Seal, every_s: float = 0.0) -> Head | None:
    """Sign the last record, if there is a new one and the last head is so old; gives the head, or None.

    Raises Refusal `bad_setting` if the heads would lie with the log, `key_open`, `not_a_key`, `file_absent`,
    `library_absent` or `cannot_write`.
    """
    if seal.folder.resolve() == project.resolve() or project.resolve() in seal.folder.resolve().parents:
        raise Refusal("bad_setting", "the signed heads must lie outside the project", where=str(seal.folder))
    last = _written(seal.folder)
    now = datetime.now(UTC)
    if last and every_s and (now - datetime.fromisoformat(last.at)).total_seconds() < every_s:
        return None
    first, newest = ends(project)
    if newest is None or (last and (last.log, last.hash) == (first, newest.hash)):
        return None
    private = _private(seal.key)
    key = _name(private.public_key())
    head = Head(first, newest.seq, newest.hash, now.isoformat(timespec="milliseconds"), key)
    signed = base64.b64encode(private.sign(_body(head))).decode()
    _keep(seal.folder, Head(**{**asdict(head), "signature": signed}), private.public_key())
    return Head(**{**asdict(head), "signature": signed})


def checked(folder: Path, project: Path, public: Path | None = None) -> tuple[Head, ...]:
    """Every head of a folder, its signature proved by the public key named, or by those that lie there.

    Raises Refusal `audit_broken` if one was changed, is of another log or was signed by another key.
    """
    where = folder / FILE
    if not where.is_file():
        return ()
    _library()
    first, _ = ends(project)
    found = tuple(_read(data, where, number) for number, data in enumerate(where.read_bytes().splitlines(), 1))
    keys: dict[str, Any] = {}
    for number, head in enumerate(found, 1):
        if head.key not in keys:
            keys[head.key] = _public(public or folder / f"{head.key}.pub", head.key)
        try:
            keys[head.key].verify(base64.b64decode(head.signature), _body(head))
        except (ValueError, importlib.import_module("cryptography.exceptions").InvalidSignature):
            raise _broken(where, number, "the signature of this head does not hold") from None
        if head.log != first:
            raise _broken(where, number, "the log is not the one that this head was signed for: it was replaced")
    return found


def _written(folder: Path) -> Head | None:
    path = folder / FILE
    if not path.is_file():
        return None
    with path.open("rb") as file:
        file.seek(max(file.seek(0, os.SEEK_END) - TAIL, 0))
        data = file.read().splitlines()
    return _read(data[-1], path, len(data)) if data else None


def _read(data: bytes, where: Path, number: int) -> Head:
    try:
        return Head(**json.loads(data))
    except (ValueError, TypeError):
        raise _broken(where, number, "this line is no signed head") from None


def _body(head: Head) -> bytes:
    return canonical({name: value for name, value in asdict(head).items() if name != "signature"})


def _keep(folder: Path, head: Head, public: Any) -> None:
    how = _part("serialization")
    pem = public.public_bytes(how.Encoding.PEM, how.PublicFormat.SubjectPublicKeyInfo)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / f"{head.key}.pub").exists():
            (folder / f"{head.key}.pub").write_bytes(pem)
        with (folder / FILE).open("ab") as file:
            file.write(canonical(asdict(head)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        said = str(error.strerror)
        raise Refusal("cannot_write", "the signed head cannot be kept", where=str(folder), found=said) from error


def _private(path: Path) -> Any:
    _library()
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            data = file.read(1 << 14)
    except OSError as error:
        raise Refusal(
            "file_absent", "the audit key cannot be read", where=str(path), found=str(error.strerror)
        ) from None
    if mode & 0o077 and os.name == "posix":
        found = f"mode {mode:04o}"
        raise Refusal(
            "key_open", "others can read or change the audit key", where=str(path), found=found, expected="0600"
        )
    return _loaded("load_pem_private_key", path, data, "Ed25519PrivateKey", None)


def _public(path: Path, key: str) -> Any:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Refusal(
            "file_absent", "the public key is not there", where=str(path), found=str(error.strerror)
        ) from None
    found = _loaded("load_pem_public_key", path, data, "Ed25519PublicKey")
    if _name(found) != key:
        raise _broken(path, 1, "the head was signed with another key than this one")
    return found


def _loaded(loader: str, path: Path, data: bytes, kind: str, *more: Any) -> Any:
    try:
        key = getattr(_part("serialization"), loader)(data, *more)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, getattr(_part("asymmetric.ed25519"), kind)):
        raise Refusal("not_a_key", "the file holds no Ed25519 key", where=str(path))
    return key


def _name(public: Any) -> str:
    how = _part("serialization")
    return hashlib.sha256(public.public_bytes(how.Encoding.Raw, how.PublicFormat.Raw)).hexdigest()[:16]


def _library() -> None:
    if importlib.util.find_spec("cryptography") is None:
        raise Refusal("library_absent", "signed heads need the library cryptography", found="no cryptography")


def _part(name: str) -> Any:
    return importlib.import_module(f"cryptography.hazmat.primitives.{name}")


def _broken(where: Path, line: int, summary: str) -> Refusal:
    return Refusal("audit_broken", summary, where=f"{where}, line {line}")
