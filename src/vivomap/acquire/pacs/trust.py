"""What we believe of a PACS's answers: as little as of an unknown sender's (rule R14).

An answer is bounded in number, bytes and time; a UID is digits and dots; an answer is to the question that was asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from vivomap.core import Refusal

UID = re.compile(r"(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))+")  # PS3.5, 9.1
LONGEST_UID = 64
LONGEST_WORD = 10_240  # characters of one value; the longest of the standard's short texts
LONGEST_SAID = 200  # characters of what a PACS says in words


@dataclass(frozen=True)
class Limits:
    """How much is borne. All are project choices; `idle_s` keeps a cut network below the 60 s of rule T9."""

    idle_s: float = 30.0  # seconds of silence
    ask_s: float = 120.0  # seconds for one question, or for one object sent
    fetch_s: float = 3600.0  # seconds for one study
    answers: int = 10_000  # to one question
    bytes: int = 8 << 20  # of all answers to one question, or of one page of them
    largest: int = 4 << 30  # bytes of one object
    objects: int = 100_000  # of one study


def is_uid(text: str) -> bool:
    """Whether a text is a UID; an outside one may be anything."""
    return len(text) <= LONGEST_UID and UID.fullmatch(text) is not None


def uid(text: str) -> str:
    """The UID that a person gave. Raises Refusal `bad_setting`."""
    if not is_uid(text.strip()):
        raise Refusal("bad_setting", "this is no UID", found=text[:LONGEST_UID], expected="digits and dots")
    return text.strip()


def short(text: object) -> str:
    """What a PACS says in words, on one line and cut short."""
    return " ".join(str(text).split())[:LONGEST_SAID]


def doubtful(summary: str, where: str = "", found: str = "", expected: str = "") -> Refusal:
    """The refusal of an answer that is not believed."""
    return Refusal("answer_distrusted", summary, where=where, found=found, expected=expected)
