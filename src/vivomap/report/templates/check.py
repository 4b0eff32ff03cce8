"""Whether a template may be filled: every slot known, every number with its unit, and the line on research use there.

Each fault names the file and the line, and what was perhaps meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vivomap.core import Refusal
from vivomap.report.templates import slots
from vivomap.report.templates.slots import near
from vivomap.report.templates.syntax import Line, Slot, Template

WORDS = {
    "title": "what the report is called",
    "pathway": 'the pathway that it reports, or "any"',
    "description": "one sentence on it",
    "publisher": "whose template it is",
    "creator": "who wrote it",
    "rights": "who may use it",
    "license": "under which licence",
    "language": "its language, as en",
    "date": "when it was written, as 2026-01-31",
    "radelement": "RadElement ids of its numbers, as long_axis = RDE1302",
}
FORMS = {"language": r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", "date": r"\d{4}-\d{2}-\d{2}"}
RESEARCH = re.compile(r"research use only", re.IGNORECASE)
ELEMENT = re.compile(r"[ ]*(\w+)[ ]*=[ ]*(RDE\d+)[ ]*")


def faults(template: Template) -> tuple[Refusal, ...]:
    """Everything that is wrong with a template, in the order of the file."""
    found = [*_head(template)]
    pathway = template.says("pathway")
    known = pathway if pathway == "any" or pathway in slots.pathways() else "any"
    for line in template.lines:
        found += [fault for slot in line.slots for fault in _slot(template, line, slot, known)]
    texts = [p for line in template.lines for p in line.pieces]
    if not any(RESEARCH.search(p) if isinstance(p, str) else p.name == "research" for p in texts):
        last = template.lines[-1].number if template.lines else 1
        found.append(template.refuse(last, "no line says that this is for research use only", "", "a line {research}"))
    return tuple(found)


def checked(template: Template) -> Template:
    """The template. Raises Refusal `bad_template`, the first of its faults."""
    for fault in faults(template):
        raise fault
    return template


def elements(template: Template) -> dict[str, str]:
    """The RadElement ids that a site has given its numbers, by name."""
    found = (ELEMENT.fullmatch(part) for part in template.says("radelement").split(","))
    return {f[1]: f[2] for f in found if f}


def _head(template: Template) -> Iterator[Refusal]:
    for word, value, line in template.head:
        if word not in WORDS:
            yield template.refuse(line, f"the head has no word {word!r}", near(word, WORDS), ", ".join(WORDS))
        elif word in FORMS and not re.fullmatch(FORMS[word], value):
            yield template.refuse(line, f"{word!r} is not {WORDS[word]}", value)
        elif word == "radelement":
            yield from _elements(template, value, line)
    for word in ("title", "pathway"):
        if not template.says(word):
            yield template.refuse(1, f"the head does not say its {word}", "", f"{word}: {WORDS[word]}")
    pathway = template.says("pathway")
    line = next((number for word, _, number in template.head if word == "pathway"), 1)
    if pathway and pathway != "any" and pathway not in slots.pathways():
        known = ("any", *slots.pathways())
        yield template.refuse(line, f"no pathway is called {pathway!r}", near(pathway, known), ", ".join(known))


def _elements(template: Template, value: str, line: int) -> Iterator[Refusal]:
    for part in value.split(","):
        found = ELEMENT.fullmatch(part)
        if not found:
            yield template.refuse(line, "a RadElement id is not written NAME = RDE1302", part.strip())
        elif found[1] not in slots.biomarkers():
            hint = near(found[1], slots.biomarkers())
            yield template.refuse(line, f"no number is called {found[1]!r}", hint, "the name of a biomarker")


def _slot(template: Template, line: Line, slot: Slot, pathway: str) -> Iterator[Refusal]:
    parts = slots.parts(slot.name)
    if not parts:
        every = (*slots.biomarkers(), *slots.criteria(), *slots.LESIONS, *slots.WORDS, slots.FACT)
        expected = near(slot.name, every) or "vivomap template list names them"
        yield template.refuse(line.number, f"there is no slot {slot.name!r}", str(slot), expected)
    elif slot.name == slots.FACT:
        if not slot.part or not slot.unit:
            yield template.refuse(
                line.number, "a fact needs its name and its unit", str(slot), "{fact.creatinine mg/dL}"
            )
    elif slot.part not in parts:
        expected = near(slot.part, parts) or ", ".join(p or "nothing" for p in parts)
        yield template.refuse(line.number, f"{slot.name} has no part {slot.part!r}", str(slot), expected)
    else:
        yield from _placed(template, line, slot, pathway)
        yield from _unit(template, line, slot)


def _placed(template: Template, line: Line, slot: Slot, pathway: str) -> Iterator[Refusal]:
    """Whether the pathway has it, and whether it stands inside or outside a block as it must."""
    card = slot.name in slots.biomarkers() or slot.name in slots.criteria()
    if card and slot.name not in slots.measured(pathway):
        known = ", ".join(slots.measured(pathway))
        yield template.refuse(line.number, f"{pathway} gives no {slot.name}", str(slot), known)
    each = slot.name in slots.LESIONS or (slot.name in slots.biomarkers() and slots.of_lesion(slot.name))
    if each and not line.lesion:
        yield template.refuse(line.number, f"{slot.name} is of a lesion", str(slot), "between [lesion] and [end]")
    if slot.name in slots.biomarkers() and not each and line.lesion:
        yield template.refuse(line.number, f"{slot.name} is of the patient", str(slot), "outside [lesion] … [end]")


def _unit(template: Template, line: Line, slot: Slot) -> Iterator[Refusal]:
    """Whether a number has its unit, and nothing else has one."""
    asked = slots.unit_of(slot.name, slot.part)
    expected = str(Slot(slot.name, slot.part, asked))
    if not asked:
        if slot.unit:
            yield template.refuse(line.number, f"{slot.name} takes no unit here", str(slot), expected)
        return
    ucum = slots.biomarkers()[slot.name].unit
    if not slot.unit:
        yield template.refuse(line.number, f"the number {slot.name} stands without its unit", str(slot), expected)
    elif slot.unit != asked and not slots.same_unit(slot.unit, ucum):
        yield template.refuse(line.number, f"{slot.name} is not in {slot.unit}", str(slot), expected)
