"""What the inbox says of one object: how it came, what the validator found, what a person decided."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pydicom

from vivomap.store.inbox.journal import Row

UNKNOWN = "recovered"
META = ("MediaStorageSOPClassUID", "MediaStorageSOPInstanceUID", "TransferSyntaxUID")


@dataclass(frozen=True)
class Arrival:
    """How an object came: what the sender's command said of it, and who sent it."""

    sop_class: str
    instance: str
    syntax: str
    data_sha256: str
    sender: str
    address: str

    def words(self) -> tuple[tuple[str, str], ...]:
        """The same as the journal keeps it."""
        names = ("sop_class", "syntax", "data_sha256", "sender", "address")
        return tuple((name, getattr(self, name)) for name in names)


@dataclass(frozen=True)
class Kept:
    """An object that is durable; `again` if it was there before, `conflict` if its UID has other bytes too."""

    object: str
    again: bool
    conflict: bool


@dataclass(frozen=True)
class Judgement:
    """What the validator says: KEEP, FLAG or HOLD with a code and a reason; whose study it is part of."""

    disposition: str
    code: str = ""
    reason: str = ""
    study: str = ""
    patient: str = ""

    def row(self, arrived: Row) -> Row:
        """The same as the journal keeps it."""
        body = (("disposition", self.disposition), ("reason", self.reason), ("patient", self.patient))
        return Row("judged", arrived.object, arrived.instance, self.study, self.code, body)


@dataclass(frozen=True)
class Entry:
    """One object as it stands; `rows` is all that happened to it, oldest first.

    `disposition` is WAIT (no verdict yet), KEEP, FLAG or HOLD; `conflict` if another content has the same UID.
    """

    object: str
    instance: str
    study: str
    disposition: str
    code: str
    reason: str
    conflict: bool
    rows: tuple[Row, ...]


def entry(rows: Sequence[Row], conflict: bool) -> Entry:
    """The standing of an object from its rows: the last verdict or decision counts."""
    last = [r for r in rows if r.kind in ("judged", "held", "released")][-1:]
    study = next((r.study for r in reversed(rows) if r.study), "")
    disposition, code, reason = "WAIT", "", ""
    if last:
        words = {"judged": last[0].said("disposition"), "held": "HOLD", "released": "KEEP"}
        disposition, code, reason = words[last[0].kind], last[0].code, last[0].said("reason")
    if conflict and not code:
        code, reason = "uid_conflict", "another object of the same SOP Instance UID has other bytes"
    return Entry(rows[0].object, rows[0].instance, study, disposition, code, reason, conflict, tuple(rows))


def original(path: Path) -> Arrival:
    """How an object came, as far as the header that we wrote before it still tells: the sender is not known."""
    meta = pydicom.filereader.read_file_meta_info(path)
    with path.open("rb") as file:
        file.seek(_length(path))
        rest = file.read()
    sop_class, instance, syntax = (str(meta.get(name, "")) for name in META)
    return Arrival(sop_class, instance, syntax, hashlib.sha256(rest).hexdigest(), UNKNOWN, "")


def _length(path: Path) -> int:
    """Bytes before the data set: preamble, prefix and the file meta group, whose length is its first element."""
    with path.open("rb") as file:
        file.seek(140)
        return 144 + int.from_bytes(file.read(4), "little")
