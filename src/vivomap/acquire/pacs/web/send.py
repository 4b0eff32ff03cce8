"""STOW-RS: objects go to a server, each file as it is, each in a request of its own (PS3.18, 10.5).

One object in one request has one answer, so nothing has to be guessed when a line breaks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import uuid4

from vivomap.acquire.pacs.address import Pacs
from vivomap.acquire.pacs.parcel import Answer, Parcel
from vivomap.acquire.pacs.trust import short
from vivomap.acquire.pacs.web.exchange import LATER, Ask, Reply, exchange
from vivomap.core import Refusal

JSON = "application/dicom+json"
READ = 1 << 20
SLOWEST = 256 << 10  # bytes per second: an answer is waited for by so much longer
STORED, FAILED = "00081199", "00081198"  # sequences of what was stored and what was not
INSTANCE, REASON = "00081155", "00081197"
FULL, PROCESSING = range(0xA700, 0xA800), 0x0110  # reasons for which later it may go
UNKNOWN_CLASS = (0x0122, 0x0124)


def send(pacs: Pacs, parcels: Sequence[Parcel]) -> Iterator[tuple[Parcel, Answer]]:
    """Send parcels one after the other; gives each with what became of it, in their order.

    Raises Refusal `receiver_away`, `login_refused`, `tls_failed` or `answer_distrusted` where the server gives no
    answer to the first bytes.
    """
    for one in parcels:
        yield one, _sent(pacs, one)


def _sent(pacs: Pacs, one: Parcel) -> Answer:
    mark = uuid4().hex.encode()
    before = b"--" + mark + b"\r\nContent-Type: application/dicom\r\n\r\n"
    after = b"\r\n--" + mark + b"--\r\n"
    size = one.path.stat().st_size
    gone: list[int] = []
    kind = f'multipart/related; type="application/dicom"; boundary={mark.decode()}'
    ask = Ask("POST", "/studies", JSON, _body(one, before, after, gone), kind, len(before) + size + len(after))
    try:
        with exchange(pacs, ask, pacs.limits.ask_s + size / SLOWEST) as reply:
            return answer(reply, one, pacs.limits.bytes)
    except Refusal as refusal:
        if not gone or refusal.code not in ("receiver_away", "answer_distrusted"):
            raise
        return Answer("unsure", refusal.code, short(refusal.found))


def _body(one: Parcel, before: bytes, after: bytes, gone: list[int]) -> Iterator[bytes]:
    yield before
    with one.path.open("rb") as file:
        while piece := file.read(READ):
            yield piece
    gone.append(1)  # from here on the server may have it, whatever we hear
    yield after


def answer(reply: Reply, one: Parcel, most: int) -> Answer:
    """What a reply means for what we do next."""
    code = f"HTTP {reply.status}"
    if reply.status in LATER:
        return Answer("later", code)
    if reply.status not in (200, 202, 409):
        return Answer("refused", code)
    said = reply.json(most)
    said = said if isinstance(said, dict) else {}
    if reply.status != 409 and one.instance in {_value(i, INSTANCE) for i in _items(said, STORED)}:
        return Answer("sent", code)
    reasons = [_value(i, REASON) for i in _items(said, FAILED) if _value(i, INSTANCE) in (one.instance, "")]
    reason = next((int(r) for r in reasons if r.isdigit()), None)
    if reason is None:
        return Answer("refused", code) if reply.status == 409 else Answer("unsure", code, "the answer does not name it")
    if reason in FULL or reason == PROCESSING:
        return Answer("later", f"{reason:04X}H")
    return Answer("refused", "class_not_taken" if reason in UNKNOWN_CLASS else f"{reason:04X}H", code)


def _items(said: dict[str, Any], tag: str) -> list[dict[str, Any]]:
    found = said.get(tag)
    values = found.get("Value") if isinstance(found, dict) else None
    return [v for v in values if isinstance(v, dict)] if isinstance(values, list) else []


def _value(item: dict[str, Any], tag: str) -> str:
    found = item.get(tag)
    values = found.get("Value") if isinstance(found, dict) else None
    return str(values[0]) if isinstance(values, list) and values else ""
