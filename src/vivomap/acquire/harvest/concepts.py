"""Codes as other makers write them, and the name that a number goes by here.

A code of SNOMED-RT (SRT, or SNM3 and 99SDM before it) is read as its SNOMED CT code, by the mapping that pydicom
carries (PS3.16 Annex O). A number whose code, derivation, method and site are those of a biomarker of ours has the
biomarker's name; any other goes by the words of its meaning.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

from pydicom.dataset import Dataset
from pydicom.sr import _snomed_dict
from pydicom.sr.codedict import codes as standard
from pydicom.sr.coding import Code

from vivomap.acquire.element import items, said
from vivomap.acquire.harvest.complaints import Book
from vivomap.acquire.harvest.found import Concept
from vivomap.acquire.regions.labels import label
from vivomap.core import coding
from vivomap.core.coding import BIOMARKERS
from vivomap.core.concept import Concept as Ours

OWN = "99VIVOMAP"
OLD = ("SRT", "SNM3", "99SDM")
Key = tuple[str, str]
NOTHING: Key = ("", "")

TRACKING_ID, TRACKING_UID = ("112039", "DCM"), ("112040", "DCM")
COMMENT = ("121106", "DCM")
FINDING, CATEGORY, SITE = ("121071", "DCM"), ("276214006", "SCT"), ("363698007", "SCT")
SIDE, TOPOGRAPHY = ("272741003", "SCT"), ("106233006", "SCT")
DERIVATION, METHOD = ("121401", "DCM"), ("370129005", "SCT")
ALGORITHM, ALGORITHM_VERSION = ("111001", "DCM"), ("111003", "DCM")
REPORT, GROUP, MEASUREMENTS = ("126000", "DCM"), ("125007", "DCM"), ("126010", "DCM")
LIBRARY = (("111028", "DCM"), ("126200", "DCM"))  # image library and its groups: what the images are, no measurement
OFFSET, ORDER = ("128740", "DCM"), ("126072", "DCM")
TIME_POINT = (OFFSET, ORDER, ("126073", "DCM"))


def _key(one: Ours | None) -> Key:
    return (one.value, one.scheme) if one else NOTHING


MEAN, MAXIMUM, SPREAD = map(_key, (coding.MEAN, coding.MAXIMUM, coding.SPREAD))
ADC, LIVER, VOLUME = map(_key, (coding.ADC, coding.LIVER, coding.VOLUME))
NAMES: dict[tuple[Key, Key, Key, Key], str] = {  # concept, derivation, method, site: the biomarker
    (VOLUME, NOTHING, NOTHING, NOTHING): "volume",
    **{(_key(a), _key(b), _key(c), _key(d)): name for name, (a, b, c, d) in BIOMARKERS.items()},
}
SHORT = {"373098007": "mean", "56851009": "maximum", "255605001": "minimum"}  # derivations with long official names
IMPLIED = (("126410", "DCM"), ("126411", "DCM"))  # the methods that SUVbw and SUVlbm stand for anyway
LONGEST = 80  # characters of a name


def concept_of(holder: Dataset, keyword: str, book: Book, place: str) -> Concept | None:
    """The first code of a sequence, an old one as its SNOMED CT code; None where there is none."""
    found = items(holder, keyword)
    if not found:
        return None
    value = next((v for k in ("CodeValue", "LongCodeValue", "URNCodeValue") if (v := said(found[0], k))), "")
    scheme, meaning = said(found[0], "CodingSchemeDesignator"), label(found[0], "CodeMeaning")
    if not value and not meaning:
        return None
    if not (value and scheme and meaning):
        book.note("sr_code_incomplete", place, meaning or value)
    return _standard(Concept(value, scheme, meaning), book, place)


def _standard(said_: Concept, book: Book, place: str) -> Concept:
    """The same concept in the scheme of today."""
    new = _snomed_dict.mapping["SRT"].get(said_.value)
    if said_.scheme in OLD and new:
        book.note("sr_old_code", place, f"{said_.value} {said_.scheme}")
        return Concept(new, "SCT", said_.meaning)
    if said_.scheme in ("", "SCT", "DCM", "99SCT") and (right := _by_value().get((said_.value, _plain(said_.meaning)))):
        if right != said_.scheme:
            book.note("sr_wrong_scheme", place, f"{said_.value} {said_.scheme}".strip())
            return Concept(said_.value, right, said_.meaning)
    elif said_.scheme == "SCT" and new:
        book.note("sr_wrong_scheme", place, f"{said_.value} SCT")
        return Concept(new, "SCT", said_.meaning)
    return said_


@cache
def _by_value() -> dict[tuple[str, str], str]:
    """The scheme of each code of DICOM, by its value and the letters of its meaning."""
    found: dict[tuple[str, str], str] = {}
    for scheme in ("DCM", "SCT"):
        part = getattr(standard, scheme)
        for keyword in part.dir():
            code = getattr(part, keyword, None)  # a keyword of several codes has none
            if isinstance(code, Code):
                found[code.value, _plain(code.meaning)] = scheme
    return found


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def key(concept: Concept | None) -> Key:
    """What a concept is told apart by."""
    return (concept.value, concept.scheme) if concept else NOTHING


def is_private(concept: Concept) -> bool:
    """Whether a scheme is a maker's own."""
    return concept.scheme.startswith("99") and concept.scheme not in (OWN, "99SDM")


def name_of(concept: Concept, qualifiers: Sequence[Concept | None]) -> str:
    """The name of a number; `qualifiers` are its derivation, method and site of its own, each perhaps None.

    Only what has every code of a biomarker has the biomarker's name; the same words under other codes say so.
    """
    derived, method, site = (key(q) for q in qualifiers)
    known = NAMES.get((key(concept), derived, NOTHING if method in IMPLIED else method, site))
    if known or concept.scheme == OWN:
        return known or concept.value
    said_ = [words(concept.meaning or concept.value)]
    if first := qualifiers[0]:
        said_.append(SHORT.get(first.value) or words(first.meaning or first.value))
    name = "_".join(said_)[:LONGEST]
    return f"{name}_as_reported" if name in NAMES.values() else name


def words(text: str) -> str:
    """A meaning as a name: small letters and figures, joined by underscores."""
    flat = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", flat).strip("_")[:LONGEST] or "unnamed"
