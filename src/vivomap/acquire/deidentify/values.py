"""One attribute at a time: what stands in it is looked at, and kept, cleaned, moved, mapped, emptied or removed.

Values are judged as they lie in the file, so that what a library would overlook (letters in a number, text behind the
end of a code) is seen. Whatever is not what its value representation says is not kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.valuerep import PersonName

from vivomap.acquire.deidentify import dates, rules, uids
from vivomap.acquire.deidentify.key import Key
from vivomap.acquire.deidentify.text import REMOVED, clean, holds, label, sentence

CODE = re.compile(r"[A-Z0-9 _]{0,16}")
AGE = re.compile(r"(\d{3})[DWMY]")
OLDEST = "090Y"  # HIPAA safe harbour: ages above 89 are told as one
NUMBER_LETTERS = b"0123456789+-.eE \\\0"
TYPED = frozenset({"BodyPartExamined"})  # a code string that people type
DECIMAL = frozenset({"DS", "IS"})
SHORT = frozenset({"LO", "SH", "UC"})
LONG = frozenset({"LT", "ST", "UT"})
LENGTH = {"SH": 16, "LO": 64}
TEXTUAL = SHORT | LONG | {"CS", "AE", "PN", "AS", "UR"}
MOMENTS = frozenset({"DA", "DT", "TM"})
NUMERIC = frozenset({"US", "SS", "UL", "SL", "UV", "SV", "FL", "FD", "AT", "OF", "OD", "OL", "OV"})
DUMMIES: dict[str, Any] = {
    "PN": "Removed",
    "DA": dates.NO_DAY,
    "DT": dates.NO_MOMENT,
    "TM": dates.NO_TIME,
    "AS": "000Y",
    "IS": 0,
    "DS": 0,
    "CS": "REMOVED",
    "AE": "REMOVED",
    "UR": "about:blank",
    "OB": b"\0\0",
    "OW": b"\0\0",
    "UN": b"\0\0",
}


@dataclass(frozen=True)
class Who:
    """Whose object it is: key, pseudonym, the days by which dates go back, and the words that are the patient's."""

    key: Key
    pseudonym: str
    days: int
    own: frozenset[str]


def treat(ds: Dataset, element: DataElement | RawDataElement, keyword: str, vr: str, who: Who) -> str:
    """Treat one attribute, no sequence, in its place; gives what was done to it: a word of `rules`."""
    tag = element.tag
    chosen = rules.action(int(tag), vr)
    if chosen == rules.KEEP:
        kept = _kept(element, keyword, vr, who)
        return rules.KEEP if kept is None else _put(ds, tag, vr, kept, rules.CLEAN)
    if chosen == rules.EMPTY:
        return _put(ds, tag, vr, "", rules.EMPTY) if _said(element) else rules.KEEP
    if chosen == rules.DUMMY:
        return _put(ds, tag, vr, DUMMIES.get(vr, REMOVED), rules.DUMMY) if _said(element) else rules.KEEP
    if chosen in (rules.CLEAN, rules.MAP, rules.MOVE):
        before = texts(ds, element)
        after = [_changed(chosen, text, keyword, vr, who) if text else "" for text in before]
        if before == after:
            return rules.KEEP
        if any(after):
            return _put(ds, tag, vr, after, chosen)
        if vr in MOMENTS or not rules.basic(int(tag)).startswith("X"):
            return _put(ds, tag, vr, "" if vr in MOMENTS or rules.basic(int(tag)) else REMOVED, rules.EMPTY)
    del ds[tag]
    return rules.REMOVE


def texts(ds: Dataset, element: DataElement | RawDataElement) -> list[str]:
    """The values of an attribute as text."""
    value = ds[element.tag].value
    if isinstance(value, bytes):
        value = value.decode("latin-1").strip(" \0")
    if isinstance(value, str | PersonName):
        return [str(value)]
    if value is None:
        return []
    return [str(v) for v in value] if hasattr(value, "__iter__") else [str(value)]


def _said(element: DataElement | RawDataElement) -> bool:
    return element.value not in (None, "", b"")


def _put(ds: Dataset, tag: Any, vr: str, value: Any, done: str) -> str:
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else value
    if not value and value != 0 and vr not in TEXTUAL | MOMENTS:
        value = None
    ds[tag] = DataElement(tag, vr, value)
    return done


def _changed(chosen: str, text: str, keyword: str, vr: str, who: Who) -> str:
    """One value moved, mapped or cleaned; "" where nothing can stay."""
    if chosen == rules.MAP:
        return text if uids.kept(keyword, text) else uids.pseudonym(text, who.key)
    if chosen == rules.MOVE:
        if vr == "DA":
            return dates.span(text, who.days)
        if vr == "DT":
            return dates.moment(text, who.days)
        return dates.clock(text) if vr == "TM" else (text if dates.ZONE.fullmatch(text) else "")
    if keyword in rules.LABELS:
        return label(text, who.key, who.own, LENGTH.get(vr, 64))
    if vr in LONG:
        whole = sentence(text, who.own)
        return "" if whole == REMOVED else whole
    return clean(text, who.own)[: LENGTH.get(vr, len(text))]


def _kept(element: DataElement | RawDataElement, keyword: str, vr: str, who: Who) -> Any:
    """None where a value may stay as it is, else what takes its place."""
    raw = element.value
    written = getattr(element, "VR", None) or vr
    if vr in NUMERIC and written in NUMERIC | {"UN", "OB", "OW"}:
        return None
    if vr in DECIMAL and written in DECIMAL | {"UN"}:
        return None if not isinstance(raw, bytes | str) or numeric(raw) else ""
    if vr in rules.BYTES and written in rules.BYTES | {"UN"}:
        return None
    parts = _parts(raw)
    if vr == "CS" and all(CODE.fullmatch(p) and not (keyword in TYPED and holds(p, who.own)) for p in parts):
        return None
    if vr == "AS":
        return _age(parts)
    if vr in TEXTUAL and (keyword in rules.TECHNIQUE or vr != "CS"):
        return None if not any(holds(p, who.own) for p in parts) else [clean(p, who.own) or REMOVED for p in parts]
    after = [clean(p, who.own).upper()[:16] if vr == "CS" else "" for p in parts]
    return None if after == parts else after


def numeric(raw: bytes | str) -> bool:
    """Whether a value is made of the letters of numbers alone."""
    data = raw.encode("utf-8") if isinstance(raw, str) else raw
    return not data.translate(None, NUMBER_LETTERS)


def _parts(raw: Any) -> list[str]:
    if isinstance(raw, bytes):
        raw = raw.decode("latin-1")
    if isinstance(raw, str | PersonName):
        return [p.strip(" \0") for p in str(raw).split("\\")]
    if raw is None:
        return []
    return [str(v) for v in raw] if hasattr(raw, "__iter__") else [str(raw)]


def _age(parts: list[str]) -> Any:
    found = AGE.fullmatch(parts[0]) if len(parts) == 1 else None
    if not found:
        return None if not any(parts) else ""
    years = parts[0][-1] == "Y" and int(found[1]) >= 90
    return OLDEST if years and parts[0] != OLDEST else None
