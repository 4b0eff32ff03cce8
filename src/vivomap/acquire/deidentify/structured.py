"""Items of a structured report: who is meant goes, what was measured stays, and every item keeps its place.

Nothing is cut out of the tree, since items point to each other by their place: a name reads "Removed", a text that is
not made of known words reads "removed". Codes, numbers, moments and UIDs are treated wherever they stand.
"""

from __future__ import annotations

from pydicom.dataset import Dataset

from vivomap.acquire.deidentify import dates
from vivomap.acquire.deidentify.key import Key
from vivomap.acquire.deidentify.text import REMOVED, label, sentence

NOBODY = "Removed"
TRACKING = "112039"  # DCM: tracking identifier, the name of a lesion in every report
BIRTH = "121031"  # DCM: subject birth date
NUMBERS_OF_PEOPLE = frozenset({"121030", "121022", "121008", "121009", "121029", "110190"})


def is_item(item: Dataset) -> bool:
    """Whether an item is one of a content tree."""
    return "ValueType" in item


def clean_item(item: Dataset, key: Key, own: frozenset[str]) -> bool:
    """Take out of one content item what names people; gives whether something was changed."""
    changed, concept = False, concept_of(item)
    if "PersonName" in item:
        item.PersonName, changed = NOBODY, True
    if concept == BIRTH and "Date" in item:
        item.Date, changed = dates.NO_DAY, True
    if "TextValue" in item:
        text = str(item.TextValue)
        item.TextValue = _told(text, concept, key, own)
        changed = changed or item.TextValue != text
    return changed


def _told(text: str, concept: str, key: Key, own: frozenset[str]) -> str:
    """What a text of this concept may still say."""
    if concept in NUMBERS_OF_PEOPLE:
        return REMOVED
    return label(text, key, own) if concept == TRACKING else sentence(text, own)


def concept_of(item: Dataset) -> str:
    """The code of what an item is about; "" where it names none."""
    names = item.get("ConceptNameCodeSequence")
    return str(names[0].get("CodeValue", "")) if names else ""
