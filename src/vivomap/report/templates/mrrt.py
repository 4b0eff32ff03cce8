"""The filled report as an IHE MRRT template: HTML5 whose fields hold this patient's values, for a reporting system.

Each slot is a field. A number is a NUMBER field in its UCUM unit, rounded as on the page; the value with all its
digits, its uncertainty, its id and the lesion's tracking UID stand in data attributes. The codes of numbers and of
sections are the coded content; a RadElement id is there only where the site's template names it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from markupsafe import Markup

from vivomap.core import Measurement, identify
from vivomap.report.codes import PRIVATE, Concept
from vivomap.report.dicom_identity import object_uid, uid
from vivomap.report.dicom_source import moment
from vivomap.report.markup import tag
from vivomap.report.naming import concept, title, tracked
from vivomap.report.page import look
from vivomap.report.templates.check import elements
from vivomap.report.templates.fill import Filled, Piece, Told
from vivomap.report.templates.syntax import Slot
from vivomap.report.words import Z95, places, reading
from vivomap.report.words import name as spaced

SCHEMES = {  # scheme: its name in the file, and what identifies it
    "LN": ("LOINC", "2.16.840.1.113883.6.1"),
    "SCT": ("SNOMED-CT", "2.16.840.1.113883.6.96"),
    "DCM": ("DCM", "1.2.840.10008.2.16.4"),
    "RADELEMENT": ("RADELEMENT", "https://radelement.org"),
    PRIVATE: (PRIVATE, uid("scheme", PRIVATE)),
}
SECTIONS = {  # LOINC codes of sections, as RSNA's RadReport templates carry them
    "findings": Concept("59776-5", "LN", "Procedure Findings"),
    "impression": Concept("19005-8", "LN", "Impressions"),
    "comparison": Concept("18834-2", "LN", "Radiology Comparison Study"),
}
NUMERIC = ("", "value", "exact")  # parts that are the number itself
FIRST = "Report"  # the section of what stands before the first heading


class Entry(NamedTuple):
    """The codes of one field or section."""

    ident: str
    codes: tuple[Concept, ...]


class Section(NamedTuple):
    """A section under way: its id, name and level, and what stands in it so far."""

    ident: str
    name: str
    level: int
    inside: list[Markup]

    def done(self) -> Markup:
        """The section as HTML."""
        level = f"level{self.level}"
        head = tag("header", self.name, class_=level)
        return tag("section", head, *self.inside, id=self.ident, class_=level, data_section_name=self.name)


def mrrt(filled: Filled) -> str:
    """The report as one HTML5 file. Raises Refusal `no_date` where nothing gives it a date."""
    sections, entries = _sections(filled)
    schemes = [SCHEMES[s] for s in SCHEMES if any(c.scheme == s for e in entries for c in e.codes)]
    return (
        look()
        .get_template("mrrt.html.j2")
        .render(
            head=_head(filled),
            title=filled.template.says("title"),
            language=filled.template.says("language") or "en",
            schemes=schemes or [SCHEMES["LN"]],
            names={s: SCHEMES[s][0] for s in SCHEMES},
            sections=sections,
            entries=entries,
        )
    )


def _head(filled: Filled) -> list[tuple[str, str]]:
    """The Dublin Core words of the head, in the order of the profile."""
    says = filled.template.says
    name = says("title")
    return [
        ("title", name),
        ("identifier", object_uid(filled.filed.assessment, f"mrrt {name}", filled.filed.by)),
        ("description", says("description") or name),
        ("type", "IMAGE_REPORT_TEMPLATE"),
        ("language", says("language") or "en"),
        ("publisher", says("publisher") or "vivomap"),
        ("rights", says("rights") or "not stated"),
        ("license", says("license") or "not stated"),
        ("date", moment(filled.filed).date().isoformat()),
        ("creator", says("creator") or f"vivomap {filled.filed.version}"),
    ]


def _sections(filled: Filled) -> tuple[list[Markup], list[Entry]]:
    """The sections of the first level, with those of their lesions inside, and the codes of all fields."""
    tops: list[Section] = []
    entries: list[Entry] = []
    inner: Section | None = None
    last = ""
    for place, line in enumerate(filled.lines):
        if inner and line.lesion != last:
            tops[-1].inside.append(inner.done())
            inner = None
        if line.heading or not tops:
            name = line.text if line.heading else FIRST
            tops.append(Section(_ident(name, place), name, 1, []))
            code = SECTIONS.get(name.lower())
            entries += [Entry(tops[-1].ident, (code,))] if code else []
        if line.lesion and inner is None:
            name = f"Lesion {filled.filed.story.letter(line.lesion)}"
            inner = Section(_ident(name, place), name, 2, [])
        last = line.lesion
        if line.text and not line.heading:
            at = inner or tops[-1]
            at.inside.append(_paragraph(filled, line, at, entries))
    if inner:
        tops[-1].inside.append(inner.done())
    return [top.done() for top in tops], entries


def _ident(name: str, place: int) -> str:
    return f"{re.sub('[^a-z0-9]+', '_', name.lower()).strip('_') or 'section'}_{place + 1}"


def _paragraph(filled: Filled, line: Told, section: Section, entries: list[Entry]) -> Markup:
    parts: list[Markup] = []
    for place, piece in enumerate(line.pieces):
        if piece.slot is None:
            parts.append(tag("span", piece.text))
            continue
        ident = f"{section.ident}_{len(section.inside) + 1}_{place + 1}"
        parts += _field(filled, piece, piece.slot, line.lesion, ident)
        if len(piece.of) == 1 and piece.slot.part in NUMERIC:
            entries.append(Entry(ident, tuple(_codes(filled, piece.of[0].name))))
    return tag("p", *parts)


def _codes(filled: Filled, name: str) -> Iterator[Concept]:
    yield concept(name)
    element = elements(filled.template).get(name)
    if element:
        yield Concept(element, "RADELEMENT", title(name))


def _field(filled: Filled, piece: Piece, slot: Slot, lesion: str, ident: str) -> list[Markup]:
    """The field of a slot, with its label."""
    letter = filled.filed.story.letter(lesion)
    what = title(piece.of[0].name) if piece.of else spaced(slot.name)
    name = ", ".join(w for w in (letter, what, slot.part.replace("_", " ")) if w)
    if len(piece.of) == 1 and slot.part in NUMERIC:
        m = piece.of[0]
        beside = f" ± {reading(m).half} {reading(m).unit}" if not slot.part else f" {reading(m).unit}"
        return [_number(filled, m, ident, name), tag("span", beside.rstrip())]
    kinds = {"data_field_type": "TEXT", "data_field_completion_action": "ALERT"}
    return [_void("input", type="text", id=ident, name=name, value=piece.text, aria_label=name, **kinds)]


def _number(filled: Filled, m: Measurement, ident: str, name: str) -> Markup:
    digits = places(Z95 * m.uncertainty, m.value)
    exact = {
        "data_vivomap_value": repr(float(m.value) + 0.0),
        "data_vivomap_uncertainty": repr(float(m.uncertainty) + 0.0),
        "data_vivomap_claim": identify(m),
        "data_vivomap_tracking_uid": tracked(filled.filed, m.region).uid,
    }
    kinds = {"data_field_type": "NUMBER", "data_field_units": m.unit, "data_field_completion_action": "ALERT"}
    value = f"{m.value + 0.0:.{digits}f}"
    return _void(
        "input", type="number", id=ident, name=name, step="any", value=value, aria_label=name, **kinds, **exact
    )


def _void(element: str, **attributes: str) -> Markup:
    """An element without an end tag."""
    return Markup(tag(element, **attributes).removesuffix(f"</{element}>"))
