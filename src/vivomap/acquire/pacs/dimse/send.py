"""C-STORE: objects go to a PACS, each with its own answer.

A file leaves as it is, byte for byte behind its file header, where the PACS takes its transfer syntax. Where it takes
only implicit little endian, which every PACS must, an uncompressed object is written so for it.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import pydicom
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import build_context
from pynetdicom.presentation import PresentationContext
from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]

from vivomap.acquire.pacs.address import Pacs
from vivomap.acquire.pacs.dimse.associate import Terms, Watch, associated
from vivomap.acquire.pacs.parcel import Answer, Parcel
from vivomap.acquire.pacs.trust import short
from vivomap.core import Refusal

CONTEXTS = 126  # of one association (PS3.8: 128 odd numbers)
SLOWEST = 256 << 10  # bytes per second: an answer is waited for by so much longer
STORED = (0x0000, 0xB000, 0xB006, 0xB007)  # PS3.4, B.2.3: success, and success with a remark
LATER = (0x0110, 0x0213)  # failed in processing; no resources


def send(pacs: Pacs, parcels: Sequence[Parcel]) -> Iterator[tuple[Parcel, Answer]]:
    """Send parcels over one association; gives each with what became of it, in their order.

    Raises Refusal `receiver_away`, `association_rejected` or `tls_failed` where there is no association.
    """
    seconds = len(parcels) * pacs.limits.ask_s + sum(p.path.stat().st_size for p in parcels) / SLOWEST
    with associated(pacs, Terms(_contexts(parcels), seconds, pacs.limits.bytes)) as (line, watch):
        broken = False
        for one in parcels:
            later = Answer("later", "receiver_away", "the line had broken before")
            said = later if broken or not line.is_established else _sent(line, watch, pacs, one)
            broken = broken or said.code == "receiver_away"
            yield one, said


def _contexts(parcels: Sequence[Parcel]) -> list[PresentationContext]:
    """One context for each class and transfer syntax, and a plain one for what can be written in it."""
    pairs = dict.fromkeys((p.sop_class, p.syntax) for p in parcels)
    pairs |= dict.fromkeys((p.sop_class, str(ImplicitVRLittleEndian)) for p in parcels if _plain(p))
    if len(pairs) > CONTEXTS:
        raise Refusal("bad_setting", "too many kinds of object for one association", found=str(len(pairs)))
    asking = build_context(Verification)  # every PACS takes it, so one that takes none of ours is still heard
    return [asking, *(build_context(sop_class, syntax) for sop_class, syntax in pairs)]


def _plain(one: Parcel) -> bool:
    return one.syntax == ExplicitVRLittleEndian


def _sent(line: Any, watch: Watch, pacs: Pacs, one: Parcel) -> Answer:
    accepted = {(c.abstract_syntax, c.transfer_syntax[0]) for c in line.accepted_contexts}
    line.dimse_timeout = pacs.limits.idle_s + one.path.stat().st_size / SLOWEST
    if (one.sop_class, one.syntax) in accepted:
        what: Any = one.path
    elif _plain(one) and (one.sop_class, ImplicitVRLittleEndian) in accepted:
        what = pydicom.dcmread(one.path)
    else:
        return Answer("refused", "class_not_taken", "the PACS takes no such class in this transfer syntax")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            status = line.send_c_store(what)
        except RuntimeError:  # the line broke just now
            return Answer("later", "receiver_away", "the line broke")
    if "Status" not in status:
        return Answer("unsure", "receiver_away", short(watch.broken(pacs.address).found))
    return answer(status.Status, str(status.get("ErrorComment", "") or ""))


def answer(status: int, comment: str = "") -> Answer:
    """What a status of C-STORE means for what we do next (PS3.4, B.2.3 and PS3.7, C)."""
    code = f"{status:04X}H"
    if status in STORED:
        return Answer("sent", code, short(comment))
    if status in LATER or 0xA700 <= status <= 0xA7FF:
        return Answer("later", code, short(comment))
    return Answer("refused", code, short(comment))
