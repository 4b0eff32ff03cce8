"""WADO-RS: the objects of a study come as the server keeps them, byte for byte (PS3.18, 10.4)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import IO
from urllib.parse import quote

from vivomap.acquire.pacs.address import Pacs
from vivomap.acquire.pacs.parcel import Fetched
from vivomap.acquire.pacs.part10 import FIRST, meta
from vivomap.acquire.pacs.query import query
from vivomap.acquire.pacs.trust import doubtful
from vivomap.acquire.pacs.web.exchange import Ask, Reply, exchange, good
from vivomap.acquire.pacs.web.find import find
from vivomap.acquire.pacs.web.multipart import parts
from vivomap.acquire.receive import Arrived, Deeds
from vivomap.core import Refusal

AS_IT_IS = 'multipart/related; type="application/dicom"; transfer-syntax=*'
READ = 1 << 20
SPARE = 16  # objects that may come beyond those announced: a study may have grown meanwhile


def listed(pacs: Pacs, study: str, series: str = "") -> tuple[str, ...]:
    """The objects that the server says a study, or one series of it, holds."""
    rows = find(pacs, query("image", StudyInstanceUID=study, SeriesInstanceUID=series)).rows
    return tuple(row.said("SOPInstanceUID") for row in rows)


def fetch(pacs: Pacs, study: str, series: str, deeds: Deeds) -> Fetched:
    """Fetch a study, or one series; each object is handed to `deeds.keep` as soon as it is whole.

    Raises Refusal `receiver_away`, `answer_distrusted`, `too_many_answers`, and what keeping refuses.
    """
    wanted = listed(pacs, study, series)
    arrived: dict[str, None] = {}
    troubles: list[str] = []
    path = f"/studies/{quote(study, safe='')}" + (f"/series/{quote(series, safe='')}" if series else "")
    with exchange(pacs, Ask("GET", path, AS_IT_IS), pacs.limits.fetch_s) as reply:
        if reply.status == 404:
            return Fetched(wanted, (), ("HTTP 404: no such study",))
        for part in _parts(pacs, good(pacs, reply), deeds):
            if len(arrived) > len(wanted) + SPARE:
                raise Refusal("too_many_answers", "more objects come than the server has announced")
            try:
                arrived[_kept(pacs, part, deeds)] = None
            except Refusal as refusal:
                if refusal.code != "bad_header":
                    raise
                troubles.append(f"{refusal.code}: {refusal.summary}")
                if len(troubles) > SPARE:
                    raise doubtful("the parts of the answer are no DICOM files", where=str(pacs.address)) from refusal
    return Fetched(wanted, tuple(arrived), tuple(troubles))


def _parts(pacs: Pacs, reply: Reply, deeds: Deeds) -> Iterator[IO[bytes]]:
    """The parts of the answer. Raises Refusal `answer_distrusted` for one that is none, or is too large."""
    try:
        yield from parts(reply.read, reply.header("Content-Type"), pacs.limits.largest, deeds.spool)
    except Refusal as refusal:
        if refusal.code not in ("too_large", "not_taken"):
            raise
        where, found = str(pacs.address), refusal.found
        raise doubtful(f"the answer: {refusal.summary}", where, found, refusal.expected) from refusal


def _kept(pacs: Pacs, part: IO[bytes], deeds: Deeds) -> str:
    """Keep one part; gives its SOP Instance UID."""
    said = meta(part.read(FIRST))
    whole = hashlib.sha256()
    part.seek(said.offset)
    while piece := part.read(READ):
        whole.update(piece)
    came = Arrived(said.sop_class, said.instance, said.syntax, whole.hexdigest(), "DICOMweb", pacs.address.host)
    deeds.tell(deeds.keep(came, lambda: _read(part)))
    return said.instance


def _read(part: IO[bytes]) -> Iterator[bytes]:
    part.seek(0)
    while piece := part.read(READ):
        yield piece
