"""C-GET and C-MOVE: the objects of a study come to us (PS3.4, C.4).

By C-GET they come on our own association. By C-MOVE the PACS opens one to a receiver of ours, and must know its AE
title, address and port before: else it answers A801H. Every object is handed to `deeds.keep` before it is answered.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from pydicom.dataset import Dataset
from pydicom.uid import (
    JPEG2000,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)
from pynetdicom import AllStoragePresentationContexts, build_context, build_role, evt
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    StudyRootQueryRetrieveInformationModelGet as GET,
)
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    StudyRootQueryRetrieveInformationModelMove as MOVE,
)

from vivomap.acquire.pacs.address import Pacs
from vivomap.acquire.pacs.dimse.associate import Terms, associated
from vivomap.acquire.pacs.dimse.find import find
from vivomap.acquire.pacs.parcel import Fetched
from vivomap.acquire.pacs.query import query
from vivomap.acquire.pacs.trust import short
from vivomap.acquire.receive import Arrived, Deeds, Door, Receiver, start
from vivomap.acquire.receive.spool import Spools
from vivomap.core import Refusal

SUCCESS, PENDING, SOME_FAILED = 0x0000, 0xFF00, 0xB000
UNKNOWN_PLACE = 0xA801  # of C-MOVE: the PACS does not know us
CONTEXTS = 126  # of one association, less the one that asks
REPORT = 1 << 10  # bytes of an answer that says how far a C-MOVE is
SPARE = 16  # objects that may come beyond those announced: a study may have grown meanwhile
SYNTAXES = (
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
    JPEGLosslessSV1,
    JPEGLossless,
    JPEG2000,
    JPEGLSNearLossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    DeflatedExplicitVRLittleEndian,
)


@dataclass(frozen=True)
class Wanted:
    """What is fetched: a study, or one of its series; its objects by UID with their class, as the PACS lists them."""

    study: str
    series: str
    objects: dict[str, str]


@dataclass(frozen=True, eq=False)
class Basket:
    """Counts what comes before it is kept: no more than was announced, and some."""

    deeds: Deeds
    sender: str
    most: int
    stop: list[Callable[[str], None]] = field(default_factory=list)
    arrived: dict[str, None] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, came: Arrived, content: Any) -> str:
        """Hand one object on, under the PACS's own name; without an end, end the association and refuse."""
        with self.lock:
            if len(self.arrived) >= self.most and came.instance not in self.arrived:
                for stop in self.stop:
                    stop("more objects come than the PACS has announced")
                raise Refusal("too_many_answers", "more objects come than the PACS has announced")
        said = self.deeds.keep(came._replace(sender=self.sender), content)
        with self.lock:
            self.arrived[came.instance] = None
        return said


def listed(pacs: Pacs, study: str, series: str = "") -> Wanted:
    """What the PACS says that a study, or one series of it, holds."""
    every = [series] if series else []
    if not every:
        rows = find(pacs, query("series", StudyInstanceUID=study)).rows
        every = [row.said("SeriesInstanceUID") for row in rows]
    objects: dict[str, str] = {}
    for one in every:
        for row in find(pacs, query("image", StudyInstanceUID=study, SeriesInstanceUID=one)).rows:
            objects[row.said("SOPInstanceUID")] = row.said("SOPClassUID")
        if len(objects) > pacs.limits.objects:
            found = f"more than {pacs.limits.objects}"
            raise Refusal("too_many_answers", "the study has too many objects", where=str(pacs.address), found=found)
    return Wanted(study, series, objects)


def get(pacs: Pacs, wanted: Wanted, deeds: Deeds) -> Fetched:
    """Fetch by C-GET. Raises Refusal `query_refused`, `receiver_away`, `answer_distrusted`…"""
    basket = Basket(deeds, pacs.address.title, len(wanted.objects) + SPARE)
    door = Door(largest=pacs.limits.largest, idle_s=pacs.limits.idle_s)
    taker = Receiver(door, replace(deeds, keep=basket.keep), Spools(deeds.spool))
    classes = _classes(wanted)
    roles = [build_role(c, scp_role=True) for c in classes]
    handlers = [(evt.EVT_C_STORE, taker.store)]
    contexts = [build_context(GET), *_contexts(classes)]
    terms = Terms(contexts, pacs.limits.fetch_s, 0, roles, handlers, taker.spools)
    with associated(pacs, terms) as (line, watch):
        if GET not in {c.abstract_syntax for c in line.accepted_contexts}:
            raise Refusal("query_refused", "the PACS does not answer C-GET", where=str(pacs.address), hint="--how move")
        basket.stop.append(watch.cut)
        troubles = _followed(pacs, line.send_c_get(_asked(wanted), GET), watch)
    return Fetched(tuple(wanted.objects), tuple(basket.arrived), troubles)


def move(pacs: Pacs, wanted: Wanted, deeds: Deeds, door: Door) -> Fetched:
    """Fetch by C-MOVE to a receiver that listens at `door` meanwhile.

    Raises Refusal `move_unknown` where the PACS does not know it, `port_taken`, `receiver_away`…
    """
    basket = Basket(deeds, pacs.address.title, len(wanted.objects) + SPARE)
    receiver = start(replace(door, title=pacs.title), replace(deeds, keep=basket.keep))
    try:
        most = pacs.limits.bytes + REPORT * len(wanted.objects)
        terms = Terms([build_context(MOVE)], pacs.limits.fetch_s, most)
        with associated(pacs, terms) as (line, watch):
            basket.stop.append(watch.cut)
            troubles = _followed(pacs, line.send_c_move(_asked(wanted), pacs.title, MOVE), watch)
    finally:
        receiver.drain(pacs.limits.idle_s)
    return Fetched(tuple(wanted.objects), tuple(basket.arrived), troubles)


def _followed(pacs: Pacs, answers: Iterable[tuple[Dataset, Dataset | None]], watch: Any) -> tuple[str, ...]:
    """Read the answers to their end; gives what the PACS says went wrong, in words."""
    for status, _ in answers:
        code = status.get("Status")
        if code is None:
            raise watch.broken(pacs.address)
        if code == PENDING:
            continue
        if code == UNKNOWN_PLACE:
            raise Refusal("move_unknown", "the PACS does not know where we are", where=str(pacs.address))
        failed = int(status.get("NumberOfFailedSuboperations") or 0)
        if code == SOME_FAILED or (code == SUCCESS and failed):
            return (f"{code:04X}H: the PACS could not send {failed}",)
        if code != SUCCESS:
            return (short(f"{code:04X}H {status.get('ErrorComment', '')}"),)
    return ()


def _asked(wanted: Wanted) -> Dataset:
    made = Dataset()
    made.QueryRetrieveLevel = "SERIES" if wanted.series else "STUDY"
    made.StudyInstanceUID = wanted.study
    if wanted.series:
        made.SeriesInstanceUID = wanted.series
    return made


def _classes(wanted: Wanted) -> list[str]:
    """The classes that the PACS named; where it named none, the commonest of the standard."""
    named = list(dict.fromkeys(c for c in wanted.objects.values() if c))
    return (named or [str(c.abstract_syntax) for c in AllStoragePresentationContexts])[:CONTEXTS]


def _contexts(classes: list[str]) -> list[Any]:
    """A context for each class and syntax, so that an object comes as it lies; one for each of many classes."""
    if len(classes) * len(SYNTAXES) <= CONTEXTS:
        return [build_context(c, s) for c in classes for s in SYNTAXES]
    return [build_context(c, list(SYNTAXES)) for c in classes]
