"""Words that people typed: only those that are known to name no person and no place stay.

A description loses every unknown word, every word of the patient's own names and numbers, every date and every long
number. A sentence (in a structured report) stays whole or goes whole, since half of it may say the opposite. A name
that ties things together, as that of a region, gets a token of the key for what it lost, the same at every visit.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from vivomap.acquire.deidentify.key import Key

WORD = re.compile(r"[^\W_]+(?:\.\d+)?", re.UNICODE)
LIKE_A_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")
NUMBERED = re.compile(r"([a-z]{0,12}?)(\d{1,3}|\d{1,3}\.\d{1,2})([a-z]{0,4})", re.ASCII)
B_VALUE = re.compile(r"b\d{1,4}(?:s|t)?", re.ASCII)
MOST_DIGITS = 6  # of bare numbers in one text: more could be a telephone or a record number
SHORTEST = 3  # letters of a name that is looked for
REMOVED = "removed"
ALSO_NAMES = "names"  # the subject of words that people are called by too


@cache
def words(subject: str = "") -> frozenset[str]:
    """The words that may stay; of one subject alone where one is named."""
    lines = (files(__package__) / "words.txt").read_text("utf-8").splitlines()
    pairs = [line.split(":", 1) for line in lines if not line.startswith("#")]
    return frozenset(w for name, told in pairs if subject in ("", name) for w in told.split())


def names_in(*texts: str) -> frozenset[str]:
    """The words of a patient's names and numbers, to be taken out wherever they stand; plain words are none."""
    found = {w for t in texts for w in re.findall(r"[^\W_]+", t.casefold()) if len(w) >= SHORTEST}
    return frozenset(found - (words() - words(ALSO_NAMES)))


def known(text: str, own: frozenset[str] = frozenset()) -> bool:
    """Whether every word of a text may stay."""
    return text.isprintable() and clean(text, own) == text


def clean(text: str, own: frozenset[str] = frozenset()) -> str:
    """A text without what might identify; exactly as it was where nothing has to go, "" where nothing stays."""
    found = WORD.findall(text)
    bare = sum(len(w) for w in found if w.isdigit())
    dated = {part for match in LIKE_A_DATE.findall(text) for part in re.findall(r"\d+", match)}
    if all(_harmless(w, own, bare, dated) for w in found) and text.isascii() and text.isprintable():
        return text
    return " ".join(w for w in found if _harmless(w, own, bare, dated))


def holds(text: str, own: frozenset[str]) -> bool:
    """Whether one of the patient's own words stands in a text."""
    return not own.isdisjoint(re.findall(r"[^\W_]+", text.casefold()))


def sentence(text: str, own: frozenset[str] = frozenset()) -> str:
    """A sentence as it was where every word may stay, else that it was removed."""
    return text if known(text, own) else REMOVED


def label(text: str, key: Key, own: frozenset[str] = frozenset(), most: int = 64) -> str:
    """A name that ties things together: cleaned, with a token for what it lost; two names stay two."""
    if known(text, own):
        return text
    return f"{clean(text, own)[: most - 10]} {key.token('label', text, length=8)}".strip()


def _harmless(word: str, own: frozenset[str], bare: int, dated: set[str]) -> bool:
    lower = word.casefold()
    if not word.isascii() or lower in own or set(re.findall(r"\d+", word)) & dated:
        return False
    if lower in words() or B_VALUE.fullmatch(lower):
        return True
    if word.isdigit():
        return len(word) <= SHORTEST and bare <= MOST_DIGITS
    found = NUMBERED.fullmatch(lower)
    return found is not None and all(part in words() for part in (found[1], found[3]) if part)
