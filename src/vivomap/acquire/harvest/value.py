"""The value of one NUM item: its number, whatever the comma or the digits, and its unit in ours."""

from __future__ import annotations

import re
from typing import NamedTuple

from pydicom.dataset import Dataset

from vivomap.acquire.element import items, number, numbered, said
from vivomap.acquire.harvest.complaints import Book
from vivomap.acquire.harvest.concepts import concept_of
from vivomap.acquire.harvest.tree import Node
from vivomap.acquire.harvest.units import unit_of
from vivomap.core import Refusal

COMMA = re.compile(r"[+-]?\d+,\d+")
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?")
ROUNDING = 1 + 1e-6  # of half a last digit, by which text and float may differ


class Value(NamedTuple):
    """A number in a unit of ours, and how it was written."""

    value: float
    unit: str
    factor: float
    written: str


def value_of(node: Node, book: Book) -> Value:
    """The value of a NUM item. Raises Refusal where it has none, or none that can be told."""
    measured = items(node.item, "MeasuredValueSequence")
    if not measured:
        raise _no_value(node, book)
    if len(measured) > 1:
        raise _refused("sr_several_values", f"the item has {len(measured)} values", node, book)
    value, text = _number(measured[0], node, book)
    meant = concept_of(measured[0], "MeasurementUnitsCodeSequence", book, node.place)
    if meant is None:
        raise _refused("unit_missing", f"{text} stands without a unit", node, book)
    unit = unit_of(meant)
    if unit.strange:
        book.note("unit_not_ucum", node.place, f"{meant.value} {meant.scheme}".strip())
    return Value(value * unit.factor, unit.ucum, unit.factor, f"{text} {meant.meaning or meant.value}")


def _no_value(node: Node, book: Book) -> Refusal:
    """Why there is no value: what its qualifier says, else that it says nothing."""
    why = concept_of(node.item, "NumericValueQualifierCodeSequence", book, node.place)
    if why is None:
        return _refused("sr_no_value", "the item has no value, and does not say why", node, book)
    return Refusal("sr_no_value", f"the item has no value: {why.meaning or why.value}", where=node.place)


def _refused(code: str, reason: str, node: Node, book: Book) -> Refusal:
    book.note(code, node.place)
    return Refusal(code, reason, where=node.place)


def _number(measured: Dataset, node: Node, book: Book) -> tuple[float, str]:
    """The number and its text: with all digits where the item holds a float that rounds to its text."""
    text = said(measured, "NumericValue")
    exact = number(measured, "FloatingPointValue")
    value = numbered(text)
    if value is None and text:
        value, text = _repaired(text, node, book)
    if value is None and exact is None:
        raise _refused("sr_no_value", "the item holds no number", node, book)
    if value is None or exact is None:
        return (value, text) if value is not None else (exact or 0.0, f"{exact:g}")
    if abs(exact - value) > _last_digit(text) / 2 * ROUNDING + 1e-12 * abs(exact):
        raise _refused("values_disagree", f"the item says {text} and {exact:g}", node, book)
    return exact, text


def _repaired(text: str, node: Node, book: Book) -> tuple[float | None, str]:
    """A number with a comma; a comma before three digits may be either, and is refused."""
    if THOUSANDS.fullmatch(text) and "." not in text:
        raise _refused("number_ambiguous", f"{text} can be read in two ways", node, book)
    if THOUSANDS.fullmatch(text):
        book.note("number_comma", node.place)
        return numbered(text.replace(",", "")), text
    if COMMA.fullmatch(text):
        book.note("number_comma", node.place)
        return numbered(text.replace(",", ".")), text
    raise Refusal("bad_number", "the value is no number", where=node.place, found=text[:20])


def _last_digit(text: str) -> float:
    """What one step of the last digit is worth."""
    mantissa, _, power = text.replace(",", ".").lower().partition("e")
    return float(10.0 ** (int(power or 0) - len(mantissa.partition(".")[2])))
