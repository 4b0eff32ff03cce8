"""Fills a template from what is on record: nothing is computed, and no slot is left blank.

What comes from outside is put on one line and cannot open a slot or a section of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from vivomap.core import Measurement, spoken
from vivomap.report.forms import Filed
from vivomap.report.templates import slots
from vivomap.report.templates.numbers import Said, number
from vivomap.report.templates.phrases import of_lesion, phrase, verdict
from vivomap.report.templates.syntax import Line, Slot, Template
from vivomap.report.words import plain, reading


@dataclass(frozen=True)
class Piece:
    """A part of a line: the site's own words where `slot` is None, else what a slot says and the numbers it is of."""

    text: str
    slot: Slot | None = None
    of: tuple[Measurement, ...] = ()


@dataclass(frozen=True)
class Told:
    """One line of a filled report; `lesion` is the lesion that it is said of, "" for the patient."""

    pieces: tuple[Piece, ...]
    lesion: str = ""
    heading: bool = False

    @property
    def text(self) -> str:
        return "".join(p.text for p in self.pieces).rstrip()


@dataclass(frozen=True)
class Filled:
    """A template with every slot filled, of one assessment."""

    template: Template
    filed: Filed
    lines: tuple[Told, ...]


def fill(template: Template, filed: Filed) -> Filled:
    """The report. Raises Refusal `bad_template` if a fact has another unit than the template says."""
    return Filled(template, filed, tuple(_lines(template, filed)))


def _lines(template: Template, filed: Filed) -> Iterator[Told]:
    block: list[Line] = []
    for line in (*template.lines, None):
        if line and line.lesion:
            block.append(line)
            continue
        for lesion in filed.story.marks if block else ():
            for each in block:
                yield _told(template, filed, each, lesion)
        block = []
        if line:
            yield _told(template, filed, line, "")


def _told(template: Template, filed: Filed, line: Line, lesion: str) -> Told:
    pieces: list[Piece] = []
    for piece in line.pieces:
        pieces.append(Piece(piece) if isinstance(piece, str) else _slot(template, filed, line, piece, lesion))
    return Told(_once(pieces), lesion, line.heading)


def _slot(template: Template, filed: Filed, line: Line, slot: Slot, lesion: str) -> Piece:
    if slot.name in slots.biomarkers():
        said = number(filed, slot, lesion)
    elif slot.name == slots.FACT:
        said = _fact(template, filed, line, slot)
    elif slot.name in slots.criteria():
        said = Said(verdict(filed, slot.name, slot.part, lesion))
    elif slot.name in slots.LESIONS:
        said = Said(of_lesion(filed, slot.name, lesion))
    else:
        said = Said(phrase(filed, slot.name))
    return Piece(" ".join(plain(said.text).split()), slot, said.of)


def _fact(template: Template, filed: Filed, line: Line, slot: Slot) -> Said:
    """A number of the patient that came in a table."""
    found = [m for m in filed.story.course.of(Measurement) if (m.region, m.name) == ("", slot.part)]
    if not found:
        return Said("not on record")
    for m in found:
        if not slots.same_unit(slot.unit, m.unit):
            unit = spoken(m.unit) or "1"
            raise template.refuse(line.number, f"{slot.part} is on record in {unit}", str(slot), unit)
    texts = [f"{(said := reading(m)).value} ± {said.half} {said.unit}".strip() for m in found]
    return Said(" / ".join(texts), tuple(found))


def _once(pieces: list[Piece]) -> tuple[Piece, ...]:
    """A line in which a reason that was just given for one missing number is not given again for the next."""
    given = ""
    told: list[Piece] = []
    for piece in pieces:
        what, _, reason = piece.text.partition(": ")
        if piece.slot and not piece.of and what in ("not measured", "not given"):
            piece = replace(piece, text=what) if reason == given else piece
            given = reason
        told.append(piece)
    return tuple(told)
