"""QIDO-RS: what does the server hold? (PS3.18, 10.6)"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from pydicom.datadict import tag_for_keyword

from vivomap.acquire.pacs.address import Pacs
from vivomap.acquire.pacs.query import Found, Query, Row, believed
from vivomap.acquire.pacs.trust import doubtful
from vivomap.acquire.pacs.web.exchange import Ask, exchange, good
from vivomap.core import Refusal

JSON = "application/dicom+json"
PAGE = 2000  # answers asked for at once
MORE = "299"  # warning code: the server has more than it gave


def echo(pacs: Pacs) -> None:
    """Ask whether the server answers a question. Raises Refusal if it does not."""
    with exchange(pacs, Ask("GET", "/studies?limit=1", JSON), pacs.limits.ask_s) as reply:
        good(pacs, reply)


def find(pacs: Pacs, asked: Query) -> Found:
    """Ask one question, page by page where the server gives pages.

    Raises Refusal `query_refused`, `too_many_answers`, `answer_distrusted`, `receiver_away`…
    """
    rows: list[Row] = []
    more = True
    while more:
        page, more = _page(pacs, asked, len(rows))
        rows += page
        more = more and bool(page)
        if len(rows) > pacs.limits.answers:
            found = f"more than {pacs.limits.answers} answers"
            raise Refusal("too_many_answers", "the question has too many answers", where=str(pacs.address), found=found)
    return believed(rows, asked)


def _page(pacs: Pacs, asked: Query, offset: int) -> tuple[list[Row], bool]:
    with exchange(
        pacs, Ask("GET", path(asked, min(PAGE, pacs.limits.answers + 1), offset), JSON), pacs.limits.ask_s
    ) as reply:
        good(pacs, reply)
        if reply.status == 204:
            return [], False
        said = reply.json(pacs.limits.bytes)
        more = reply.header("Warning").startswith(MORE)
    if not isinstance(said, list) or not all(isinstance(one, dict) for one in said):
        raise doubtful("the answer is no list of objects", where=str(pacs.address))
    return [row(one, asked) for one in said], more or len(said) == PAGE


def path(asked: Query, limit: int, offset: int) -> str:
    """The question as a path."""
    keys = dict(asked.keys)
    place = "/studies"
    if asked.level in ("series", "image"):
        place += f"/{quote(keys.pop('StudyInstanceUID'), safe='')}"
        if asked.level == "image" and "SeriesInstanceUID" in keys:
            place += f"/series/{quote(keys.pop('SeriesInstanceUID'), safe='')}"
        place += "/series" if asked.level == "series" else "/instances"
    words = [*keys.items(), *(("includefield", k) for k in asked.asked if k not in keys), ("limit", str(limit))]
    return f"{place}?{urlencode([*words, ('offset', str(offset))] if offset else words, quote_via=quote)}"


def row(said: dict[str, Any], asked: Query) -> Row:
    """One answer as text; what is not in the form of the standard counts as silence."""
    found = []
    for keyword in asked.asked:
        element = said.get(f"{tag_for_keyword(keyword):08X}")
        values = element.get("Value") if isinstance(element, dict) else None
        text = "\\".join(filter(None, map(_text, values))) if isinstance(values, list) else ""
        if text.strip():
            found.append((keyword, text.strip()))
    return Row(tuple(found))


def _text(value: Any) -> str:
    if isinstance(value, dict):  # a person's name
        return "=".join(str(value.get(k, "")) for k in ("Alphabetic", "Ideographic", "Phonetic")).rstrip("=")
    return str(value) if isinstance(value, str | int | float) else ""
