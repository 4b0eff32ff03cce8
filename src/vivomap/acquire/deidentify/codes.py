"""Coded entries: a code of a public dictionary says what it says to everyone; a local one may name a person or a place.

A known code keeps its value and, where the meaning beside it holds other words, gets the meaning of its dictionary. A
value that has the shape of its dictionary's codes stays, with its meaning cleaned. Any other value becomes a token.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from pydicom.dataset import Dataset
from pydicom.sr import _concepts_dict as dictionaries  # pydicom gives no other way from a code to its meaning

from vivomap.acquire.deidentify.key import Key
from vivomap.acquire.deidentify.text import clean, known
from vivomap.core import UNITS

CONCEPTS: Mapping[str, Mapping[str, Mapping[str, Any]]] = dictionaries.concepts  # type: ignore[assignment]
LOCAL = "99LOCAL"
VALUES = ("CodeValue", "LongCodeValue", "URNCodeValue")
UNIT = r"(?:[kcmunMGdhp]?(?:[mgLlsTVAJWNKCh]|Pa|Bq|Gy|Hz|mol|eq|eV|Sv|Ci)|min|wk|mo|a|d|deg|rad|10\*|\[hnsf'U\])-?\d?"
SHAPES = {
    "SCT": r"\d{6,18}",
    "SRT": r"[A-Z]{1,2}-[0-9A-F]{4,6}",
    "SNM3": r"[A-Z]{1,2}-[0-9A-F]{4,6}",
    "99SDM": r"[A-Z]{1,2}-[0-9A-F]{4,6}",
    "DCM": r"\d{5,6}",
    "LN": r"\d{1,7}-\d",
    "FMA": r"\d{3,7}",
    "UMLS": r"C\d{7}",
    "NCIt": r"C\d{3,7}",
    "RADLEX": r"RID\d{1,7}",
    "RADELEMENT": r"RDES?\d{1,6}",
    "MDC": r"\d{1,7}",
    "IBSI": r"[0-9A-Z]{4}",
    "NEU": r"\d{1,6}",
    "UCUM": rf"(?:1|%|\{{[a-z ]{{1,9}}\}}|/?{UNIT}(?:[./]{UNIT})*)",
    "DCMUID": r"[0-9.]{10,64}",
}


@cache
def meanings() -> dict[tuple[str, str], str]:
    """What each code of the public dictionaries means, by scheme and value."""
    return {
        (scheme, value): said[0]
        for scheme, concepts in CONCEPTS.items()
        for codes in concepts.values()
        for value, said in codes.items()
    }


def is_code(item: Dataset) -> bool:
    """Whether an item is a coded entry."""
    return any(name in item for name in VALUES) and "CodingSchemeDesignator" in item


def clean_code(item: Dataset, key: Key, own: frozenset[str]) -> bool:
    """Clean a coded entry in its place; gives whether something was changed."""
    before = [str(item.get(name, "")) for name in (*VALUES, "CodingSchemeDesignator", "CodeMeaning")]
    scheme, told = before[3], before[4]
    public = scheme == "UCUM" or scheme in SHAPES or any(scheme == s for s, _ in meanings())
    for name in VALUES:
        value = str(item.get(name, ""))
        if value and not _public(scheme, value):
            setattr(item, name, key.token("code", scheme, value, length=12))
    if not public:
        maker = scheme.removeprefix("99")
        item.CodingSchemeDesignator = scheme if maker != scheme and known(maker, own) else LOCAL
    meaning = meanings().get((scheme, before[0]), "")
    if told and told.casefold() != meaning.casefold() and told not in UNITS and not _unit(scheme, before[0], told):
        item.CodeMeaning = told if known(told, own) else meaning or clean(told, own)[:64] or "local code"
    return before != [str(item.get(name, "")) for name in (*VALUES, "CodingSchemeDesignator", "CodeMeaning")]


def _public(scheme: str, value: str) -> bool:
    if (scheme, value) in meanings() or (scheme == "UCUM" and value in UNITS):
        return True
    shape = SHAPES.get(scheme)
    return shape is not None and re.fullmatch(shape, value) is not None


def _unit(scheme: str, value: str, told: str) -> bool:
    """Whether the meaning of a unit is the unit itself."""
    return scheme == "UCUM" and told == value and _public(scheme, value)
