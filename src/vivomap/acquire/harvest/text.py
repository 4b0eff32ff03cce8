"""Numbers of one text, plain or the text items of a report, by the declared patterns."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from re import Match

from vivomap.acquire.element import numbered
from vivomap.acquire.harvest.complaints import Book
from vivomap.acquire.harvest.doubt import RECTANGLE
from vivomap.acquire.harvest.found import About, Concept, Number
from vivomap.acquire.harvest.origin import Origin
from vivomap.acquire.harvest.pattern import Pattern, matches
from vivomap.acquire.harvest.tree import Node, text_of
from vivomap.acquire.harvest.units import unit_of
from vivomap.acquire.harvest.value import THOUSANDS
from vivomap.acquire.moments import day
from vivomap.core import Missing, Refusal

Found = Number | Missing


def numbers(text: str, declared: Sequence[Pattern], origin: Origin, book: Book, place: str = "") -> Iterator[Found]:
    """Every number that a declared pattern finds in a text, in the order of the text for each pattern."""
    for pattern in declared:
        try:
            found = matches(pattern, text)
        except Refusal as refusal:
            yield Missing(pattern.name, "", origin.day, refusal.code, refusal.summary)
            continue
        for match in found:
            yield _number(match, pattern, origin, (book, f"{place}{':' if place else ''}{_place(match)}"))


def of_items(root: Node, declared: Sequence[Pattern], origin: Origin, book: Book) -> Iterator[Found]:
    """The same in every text item of a report."""
    for node in root.below():
        if node.kind == "TEXT" and (text := text_of(node)):
            yield from numbers(text, declared, origin, book, node.place)


def _place(match: Match[str]) -> str:
    line = match.string.count("\n", 0, match.start("value")) + 1
    return f"line {line}, character {match.start('value') - match.string.rfind(chr(10), 0, match.start('value'))}"


def _number(match: Match[str], pattern: Pattern, origin: Origin, told: tuple[Book, str]) -> Found:
    """What one match says, or why it is no number."""
    said = {k: (v or "").strip() for k, v in match.groupdict().items()}
    try:
        return _read(said, pattern, origin, told)
    except Refusal as refusal:
        reason = f"{refusal.summary} ({told[1]})"
        return Missing(pattern.name, said.get("lesion", ""), origin.day, refusal.code, reason)


def _read(said: dict[str, str], pattern: Pattern, origin: Origin, told: tuple[Book, str]) -> Number:
    book, place = told
    unit = unit_of(Concept(said.get("unit") or pattern.unit, "UCUM"))
    half = _figure(said["uncertainty"], book, place) * unit.factor if said.get("uncertainty") else None
    return Number(
        name=pattern.name,
        value=_figure(said["value"], book, place) * unit.factor,
        unit=unit.ucum,
        uncertainty=None if half is None else abs(half) / math.sqrt(3),
        doubt="not stated" if half is None else "stated: range of uncertainty",
        code=pattern.code,
        qualifiers=(),
        about=About(said.get("lesion", ""), "", "", said.get("site") or pattern.site),
        day=day(said.get("day", "").replace("-", "")) or origin.day,
        path=place,
        written=" ".join(t for t in (said["value"], said.get("unit", "")) if t),
        provenance=origin.provenance(place, (("pattern", pattern.match.pattern),)),
        flags=() if half is None else (RECTANGLE,),
    )


def _figure(text: str, book: Book, place: str) -> float:
    """A written number; a comma before three digits may be either, and is refused."""
    value = numbered(text)
    if value is not None:
        return value
    if THOUSANDS.fullmatch(text) and "." not in text:
        book.note("number_ambiguous", place)
        raise Refusal("number_ambiguous", f"{text} can be read in two ways")
    value = numbered(text.replace(",", "") if THOUSANDS.fullmatch(text) else text.replace(",", "."))
    if value is None:
        raise Refusal("bad_number", f"{text[:20]!r} is no number")
    return value
