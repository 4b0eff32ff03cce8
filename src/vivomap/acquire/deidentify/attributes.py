"""A whole object, item by item: every attribute treated, private blocks thinned, overlays and curves taken off.

What was done is counted by tag, never with a value.
"""

from __future__ import annotations

from collections import Counter

from pydicom.datadict import dictionary_VR, keyword_for_tag
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag, Tag

from vivomap.acquire.deidentify import codes, dates, private, rules, structured
from vivomap.acquire.deidentify.key import Key
from vivomap.acquire.deidentify.text import names_in
from vivomap.acquire.deidentify.values import NUMERIC, Who, numeric, texts, treat
from vivomap.acquire.element import UNREADABLE as MALFORMED
from vivomap.core import Refusal

Tally = Counter[tuple[str, str]]  # tag as (gggg,eeee) or a name of a group, and what was done
UNREADABLE = (*MALFORMED, OSError)  # what the library says where bytes in memory end too early
DEEPEST = 32  # rule R8
CODED = tuple(int(Tag(k)) for k in (*codes.VALUES, "CodingSchemeDesignator", "CodeMeaning"))
TOLD = tuple(int(Tag(k)) for k in ("PersonName", "TextValue"))
SHORT_BINARY = (2, 4, 8)  # bytes of one number without a value representation
PERSONAL = ("PatientID", "OtherPatientIDs", "AccessionNumber", "PatientBirthName", "StudyID")


def clean(ds: Dataset, who: Who, tally: Tally, depth: int = 0) -> None:
    """Clean an object, or an item of one, in its place. Raises Refusal if it is nested too deep."""
    if depth > DEEPEST:
        raise Refusal("bad_header", "items lie in items deeper than any object needs", expected=f"at most {DEEPEST}")
    done = _known_forms(ds, who, tally)
    creators = {int(t): _text(ds, t) for t in tuple(ds.keys()) if private.is_creator(int(t))}
    for tag in list(ds.keys()):
        if int(tag) not in done:
            what = _one(ds, tag, who, tally, creators, depth)
            if what not in (rules.KEEP, rules.INSIDE):
                tally[_name(int(tag)), what] += 1
    left = {int(t) for t in tuple(ds.keys())}
    for creator in creators:
        block = creator >> 16, creator & 0xFFFF
        used = any((t >> 16, (t & 0xFFFF) >> 8) == block for t in left)
        if not used and creator in left:
            del ds[Tag(creator)]


def personal(ds: Dataset) -> frozenset[str]:
    """The words of an object that are the patient's or another person's: names and numbers."""
    found: list[str] = []
    for tag in list(ds.keys()):
        keyword = keyword_for_tag(tag)
        if keyword in PERSONAL or (keyword and dictionary_VR(tag) == "PN"):
            found += [_text(ds, tag)]
    return names_in(*found)


def holder(ds: Dataset, key: Key) -> Who:
    """Whose object it is; one without a patient id has its study for a patient (rule R7)."""
    patient, issuer = _text(ds, Tag("PatientID")), _text(ds, Tag("IssuerOfPatientID"))
    words = (issuer, patient) if patient else ("study", _text(ds, Tag("StudyInstanceUID")))
    return Who(key, key.patient(*words), key.days(*words), personal(ds))


def _known_forms(ds: Dataset, who: Who, tally: Tally) -> frozenset[int]:
    """Clean an item that is a code or part of a report as such; gives the tags that are done with it."""
    done: tuple[int, ...] = ()
    if codes.is_code(ds):
        done = CODED
        if codes.clean_code(ds, who.key, who.own):
            tally[_name(CODED[0]), rules.CLEAN] += 1
    if structured.is_item(ds):
        done += TOLD
        if structured.clean_item(ds, who.key, who.own):
            tally[_name(TOLD[1]), rules.CLEAN] += 1
        if structured.concept_of(ds) == structured.BIRTH:
            done += (int(Tag("Date")),)
    return frozenset(done)


def _one(ds: Dataset, tag: BaseTag, who: Who, tally: Tally, creators: dict[int, str], depth: int) -> str:
    group = tag.group
    if group & 1:
        return _private(ds, tag, who, tally, creators, depth)
    if 0x5000 <= group <= 0x50FF or 0x6000 <= group <= 0x60FF or tag.element == 0:
        del ds[tag]
        return rules.REMOVE
    element = ds.get_item(tag, keep_deferred=True)
    keyword = keyword_for_tag(tag)
    if not keyword or element is None:
        del ds[tag]
        return rules.REMOVE
    vr = _vr(tag)
    try:
        if vr == "SQ":
            return _sequence(ds, tag, who, tally, depth)
        return treat(ds, element, keyword, vr, who)
    except UNREADABLE:  # a value that nobody can read is no value
        del ds[tag]
        return rules.REMOVE


def _vr(tag: BaseTag) -> str:
    vr = dictionary_VR(tag)
    return ("OW" if "OW" in vr else vr[:2]) if " or " in vr else vr


def _sequence(ds: Dataset, tag: BaseTag, who: Who, tally: Tally, depth: int) -> str:
    chosen = rules.action(int(tag), "SQ")
    if chosen == rules.INSIDE:
        value = ds[tag].value
        if isinstance(value, Sequence):
            for item in value:
                clean(item, who, tally, depth + 1)
            return rules.INSIDE
    if chosen == rules.EMPTY:
        ds[tag] = DataElement(tag, "SQ", [])
        return rules.EMPTY
    del ds[tag]
    return rules.REMOVE


def _private(ds: Dataset, tag: BaseTag, who: Who, tally: Tally, creators: dict[int, str], depth: int) -> str:
    if int(tag) in creators:
        if any(creator == creators[int(tag)] for group, creator, _ in private.SAFE if group == tag.group):
            return rules.KEEP
        del ds[tag]
        return rules.REMOVE
    kind = private.kind(int(tag), creators)
    element = ds.get_item(tag, keep_deferred=True)
    try:
        if kind == private.NUMBERS and element is not None and _numbers(element):
            return rules.KEEP
        if kind == private.MOMENT:
            moved = dates.moment("".join(texts(ds, ds[tag])).strip(" \0"), who.days)
            if moved:
                ds[tag] = DataElement(tag, "DT", moved)
                return rules.MOVE
        if kind == private.INSIDE and isinstance(ds[tag].value, Sequence):
            for item in ds[tag].value:
                clean(item, who, tally, depth + 1)
            return rules.INSIDE
    except UNREADABLE:
        kind = ""
    del ds[tag]
    return rules.REMOVE


def _numbers(element: DataElement | RawDataElement) -> bool:
    """Whether a private element is numbers: binary, or text made of digits."""
    if element.VR in NUMERIC:
        return True
    value = element.value
    if isinstance(value, bytes | str):
        unsaid = element.VR in (None, "UN", "OB") and isinstance(value, bytes) and len(value) in SHORT_BINARY
        return numeric(value) or unsaid
    return all(isinstance(v, int | float) for v in (value if isinstance(value, MultiValue | list) else [value]))


def _text(ds: Dataset, tag: BaseTag | int) -> str:
    try:
        return "\\".join(texts(ds, ds[tag])).strip(" \0") if tag in ds else ""
    except UNREADABLE:
        return ""


def _name(tag: int) -> str:
    """A tag as it is reported: overlays, curves and private groups by their kind, so that no value shows."""
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
