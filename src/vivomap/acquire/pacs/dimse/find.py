"""C-ECHO and C-FIND: is the PACS there, and what does it hold? (PS3.4, C)"""

from __future__ import annotations

import warnings
from contextlib import closing
from typing import Any

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pynetdicom import build_context
from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]

from vivomap.acquire.pacs.address import Pacs
from vivomap.acquire.pacs.dimse.associate import Terms, Watch, associated
from vivomap.acquire.pacs.query import Found, Query, Row, believed
from vivomap.acquire.pacs.trust import doubtful, short
from vivomap.core import Refusal

SUCCESS, PENDING = 0x0000, (0xFF00, 0xFF01)
BUSY = 0xA700  # out of resources: later it may go


def echo(pacs: Pacs) -> None:
    """Ask whether the PACS answers. Raises Refusal if it does not."""
    with associated(pacs, terms(pacs, Verification)) as (line, watch):
        if line.send_c_echo().get("Status") != SUCCESS:
            raise watch.broken(pacs.address)


def find(pacs: Pacs, asked: Query) -> Found:
    """Ask one question. Raises Refusal `query_refused`, `too_many_answers`, `answer_distrusted`, `receiver_away`…"""
    with associated(pacs, terms(pacs, asked.model)) as (line, watch):
        return believed(_rows(pacs, line, watch, asked), asked)


def terms(pacs: Pacs, model: str) -> Terms:
    """An association for one short question and its answers."""
    return Terms([build_context(model)], pacs.limits.ask_s, pacs.limits.bytes)


def _rows(pacs: Pacs, line: Any, watch: Watch, asked: Query) -> list[Row]:
    rows: list[Row] = []
    answers = line.send_c_find(identifier(asked), asked.model)
    with warnings.catch_warnings(), closing(answers):
        warnings.simplefilter("ignore")
        for status, said in answers:
            code = status.get("Status")
            if code is None:
                raise watch.broken(pacs.address)
            if code in PENDING:
                rows.append(row(said, asked))
                if len(rows) > pacs.limits.answers:
                    watch.cut("the answers have no end")
                    raise too_many(pacs)
            elif code != SUCCESS:
                raise refused(pacs, status)
    return rows


def too_many(pacs: Pacs) -> Refusal:
    """More answers than are borne."""
    found = f"more than {pacs.limits.answers} answers"
    return Refusal("too_many_answers", "the question has too many answers", where=str(pacs.address), found=found)


def refused(pacs: Pacs, status: Dataset) -> Refusal:
    """What a status other than success means, with the words of the PACS."""
    code = status.Status
    found = short(f"{code:04X}H {status.get('ErrorComment', '')}")
    if code == BUSY:
        return Refusal("receiver_away", "the PACS has no room to answer now", where=str(pacs.address), found=found)
    return Refusal("query_refused", "the PACS refused the question", where=str(pacs.address), found=found)


def identifier(asked: Query) -> Dataset:
    """The question as a data set."""
    made = Dataset()
    made.QueryRetrieveLevel = asked.level.upper()
    made.SpecificCharacterSet = "ISO_IR 192"
    for keyword in asked.asked:
        setattr(made, keyword, asked.said(keyword))
    return made


def row(said: Dataset | None, asked: Query) -> Row:
    """One answer as text. Raises Refusal `answer_distrusted` if it cannot be read."""
    values = []
    for keyword in asked.asked:
        try:
            value = said.get(keyword) if said is not None else None
            text = "\\".join(map(str, value)) if isinstance(value, MultiValue) else str(value or "")
        except Exception as error:  # pydicom raises what its parts raise
            raise doubtful("an answer cannot be read", found=f"{keyword}: {type(error).__name__}") from None
        if text.strip():
            values.append((keyword, text.strip()))
    return Row(tuple(values))
