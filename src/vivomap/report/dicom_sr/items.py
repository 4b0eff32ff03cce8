"""Content items of a structured report: a number, a code, a text or a day under its parent."""

from __future__ import annotations

from datetime import date
from typing import TypeVar

from highdicom.sr import (
    CodeContentItem,
    ContentItem,
    ContentSequence,
    DateContentItem,
    NumContentItem,
    RelationshipTypeValues,
    TextContentItem,
)
from pydicom.dataset import Dataset
from pydicom.sr.coding import Code

from vivomap.core import Flag
from vivomap.report import codes
from vivomap.report.codes import OWN, Concept
from vivomap.report.words import plain

Item = TypeVar("Item", bound=Dataset)
PART = RelationshipTypeValues.CONTAINS
PROPERTY = RelationshipTypeValues.HAS_PROPERTIES
MODIFIER = RelationshipTypeValues.HAS_CONCEPT_MOD


def coded(concept: Concept) -> Code:
    """A concept as pydicom and highdicom take it."""
    return Code(concept.value, concept.scheme, concept.meaning)


def number(name: Concept, value: float, unit: str, how: RelationshipTypeValues = PROPERTY) -> NumContentItem:
    """A number with its UCUM unit; exact, as floating point beside the decimal string."""
    return NumContentItem(coded(name), float(value), coded(codes.unit(unit)), relationship_type=how)


def code(name: Concept, value: Concept, how: RelationshipTypeValues = PROPERTY) -> CodeContentItem:
    """A coded answer to a coded question."""
    return CodeContentItem(coded(name), coded(value), how)


def text(name: Concept, value: str, how: RelationshipTypeValues = PROPERTY) -> TextContentItem:
    """A text as far as it can be shown."""
    return TextContentItem(coded(name), plain(value) or "not said", how)


def day(name: Concept, value: date, how: RelationshipTypeValues = PROPERTY) -> DateContentItem:
    """A day."""
    return DateContentItem(coded(name), value, how)


def under(parent: Item, *children: ContentItem) -> Item:
    """The parent with more below it."""
    if "ContentSequence" not in parent:
        parent.ContentSequence = ContentSequence()
    parent.ContentSequence.extend(children)
    return parent


def warning(flag: Flag, how: RelationshipTypeValues = PROPERTY) -> ContentItem:
    """A flag in words, with its code, which has a page."""
    return under(text(OWN["FLAG"], flag.reason, how), code(OWN["REASON"], codes.reason(flag.code), MODIFIER))
