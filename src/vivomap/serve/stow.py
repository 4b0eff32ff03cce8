"""Store over the web (STOW-RS, PS3.18, 10.5): the parts of one body, each kept as the file that it is.

Nothing is answered as stored that is not on the disk. A part that is not kept is named with its reason, and the others
are kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import IO, Any, NamedTuple

from vivomap.acquire.pacs.part10 import FIRST, meta
from vivomap.acquire.pacs.web.multipart import parts
from vivomap.acquire.receive.part10 import study_of
from vivomap.core import Refusal
from vivomap.serve.deeds import Came, Deeds

READ = 1 << 20
PROCESSING, NO_RESOURCES, BAD_CLASS, BAD_DATA = 0x0110, 0xA700, 0x0122, 0xC000  # PS3.18, 10.5.3; PS3.4, B.2.3
FULL = ("disk_full", "inbox_stopped", "fsync_failed", "cannot_write", "ledger_busy")
STORAGE = "1.2.840.10008.5.1.4.1.1."


class Body(NamedTuple):
    """What came: how to read on, the content type, the study that the address names ("" for any), the sender."""

    read: Callable[[int], bytes]
    kind: str
    study: str
    address: str


class Stored(NamedTuple):
    """What became of one part; `failure` is 0 if it was kept, else its DICOM status; `said` is for the log."""

    sop_class: str
    instance: str
    failure: int = 0
    code: str = ""
    said: str = ""


def take(body: Body, deeds: Deeds) -> tuple[Stored, ...]:
    """Keep the parts, one after the other. Raises Refusal if the body is not made of DICOM files, or breaks off."""
    kind = body.kind.lower()
    if not kind.startswith("multipart/related") or "application/dicom" not in kind or "dicom+" in kind:
        expected = 'multipart/related; type="application/dicom"'
        raise Refusal("not_taken", "only DICOM files in parts are taken", found=body.kind[:80], expected=expected)
    stored = tuple(_one(part, body, deeds) for part in parts(body.read, body.kind, deeds.largest, deeds.spool))
    if not stored:
        raise Refusal("not_taken", "the body holds no part")
    return stored


def _one(part: IO[bytes], body: Body, deeds: Deeds) -> Stored:
    try:
        said = meta(part.read(FIRST))
    except Refusal as refusal:
        return Stored("", "", BAD_DATA, refusal.code, refusal.summary)
    if not said.sop_class.startswith(STORAGE):
        return Stored(said.sop_class, said.instance, BAD_CLASS, "not_taken", "no storage class")
    if body.study and study_of(part, said.syntax) != body.study:
        return Stored(said.sop_class, said.instance, BAD_DATA, "other_study", "not of the study that was named")
    whole = hashlib.sha256()
    for piece in _pieces(part, said.offset):
        whole.update(piece)
    came = Came(said.sop_class, said.instance, said.syntax, whole.hexdigest(), "STOW", body.address)
    try:
        word = deeds.keep(came, lambda: _pieces(part, 0))
    except Refusal as refusal:
        failure = NO_RESOURCES if refusal.code in FULL else PROCESSING
        return Stored(said.sop_class, said.instance, failure, refusal.code, refusal.summary)
    return Stored(said.sop_class, said.instance, said=word)


def _pieces(part: IO[bytes], start: int) -> Iterator[bytes]:
    part.seek(start)
    while piece := part.read(READ):
        yield piece


def answer(stored: tuple[Stored, ...]) -> tuple[int, dict[str, Any]]:
    """The HTTP status, and the body in the DICOM JSON model (PS3.18, table 10.5.3-1 and annex I)."""
    good = [_item(one) for one in stored if not one.failure]
    bad = [_item(one) | {"00081197": _value("US", one.failure)} for one in stored if one.failure]
    said: dict[str, Any] = {}
    if good:
        said["00081199"] = {"vr": "SQ", "Value": good}  # Referenced SOP Sequence
    if bad:
        said["00081198"] = {"vr": "SQ", "Value": bad}  # Failed SOP Sequence
    if not bad:
        return 200, said
    if good:
        return 202, said
    codes = {one.code for one in stored}
    if codes <= set(FULL):
        return (507 if "disk_full" in codes else 503), said
    return 409, said


def _item(one: Stored) -> dict[str, Any]:
    named = (("00081150", one.sop_class), ("00081155", one.instance))
    return {tag: _value("UI", uid) for tag, uid in named if uid}


def _value(vr: str, value: str | int) -> dict[str, Any]:
    return {"vr": vr, "Value": [value]}
