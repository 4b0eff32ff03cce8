"""The findings of a visit in words, one a lesion, each with a link to the image on which most of it is seen.

In an Observation the link is an `imr-ref`, whose component holds the rest of its address; in the page and in the
narrative it is an anchor whose address is that of the study with the rest behind it.
"""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import escape

from vivomap.core import Measurement, Missing
from vivomap.report.answer import answer
from vivomap.report.dicom_sr.numbers import in_words
from vivomap.report.fhir.parts import legal
from vivomap.report.fhir.selections import Selection, selections
from vivomap.report.forms import Filed
from vivomap.report.words import capital, day, name, plain, reading, sentence

IMAGE = "image-1"
RESEARCH = "Research use only, not a medical device."


@dataclass(frozen=True)
class Told:
    """What is said of one lesion, or of the patient (lesion ""); `image` shows most of it, where there is one."""

    lesion: str
    words: str
    numbers: tuple[Measurement, ...]
    image: Selection | None = None

    @property
    def path(self) -> str:
        """The rest of the image's address under that of its study."""
        return f"/series/{self.image.series}/instances/{self.image.largest}/rendered" if self.image else ""


def findings(filed: Filed) -> tuple[Told, ...]:
    """One for each lesion in the order of their letters, then one for the patient where something is said of it."""
    story = filed.story
    told = {*(m.region for m in story.course.of(Measurement)), *(m.region for m in story.missing)}
    shown = {s.lesion: s for s in selections(filed) if s.largest}
    order = [*story.marks, ""]
    return tuple(_told(filed, lesion, shown.get(lesion)) for lesion in order if lesion in told)


def _told(filed: Filed, lesion: str, image: Selection | None) -> Told:
    story = filed.story
    numbers = story.course.of(Measurement, None, lesion)
    letter = story.letter(lesion)
    who = f"Lesion {letter} ({plain(lesion)})" if lesion else "The patient"
    parts = [f"{name(m.name)} {reading(m).value} ± {reading(m).half} {reading(m).unit}".rstrip() for m in numbers]
    parts += [in_words(c) for c in story.changes if c.region == lesion]
    parts += [f"not given: {_what(m)}, {m.reason}" for m in story.missing if m.region == lesion]
    return Told(lesion, f"{who}: {'; '.join(parts)}.", numbers, image)


def _what(missing: Missing) -> str:
    return name(missing.name) if missing.what == "number" else f"{missing.what} of {name(missing.name)}"


def marked(told: Told) -> str:
    """The words of a finding with the place of its image, as an Observation holds them."""
    place = f' <imr-ref data-type="ImagingSelection" data-imaging-selection="{IMAGE}">image</imr-ref>'
    return f"{escape(legal(told.words))}{place if told.image else ''}"


def linked(told: Told, address: str) -> str:
    """The same with a link that shows the image; `address` is that of its study."""
    link = f' <a href="{escape(address + told.path)}">image</a>' if told.image and address else ""
    return f"{escape(legal(told.words))}{link}"


def body(filed: Filed, lines: list[str]) -> str:
    """The report as XHTML: the answer, the findings, what it is not. `lines` are findings as XHTML."""
    story = filed.story
    who = f"Patient {plain(story.assessment.study.patient)}, {day(story.assessment.study.day)}"
    listed = "".join(f"<li>{line}</li>" for line in lines)
    found = f"<h2>Findings</h2><ul>{listed}</ul>" if listed else ""
    head = f"<h1>{plainly(capital(name(story.assessment.pathway)))}</h1><p>{plainly(who)}</p>"
    return f"{head}<h2>Impression</h2><p>{plainly(sentence(answer(story)))}</p>{found}<p>{RESEARCH}</p>"


def page(inner: str) -> bytes:
    """The whole page, which needs nothing else."""
    head = '<head><meta charset="utf-8"/><title>Imaging report</title></head>'
    return f'<!DOCTYPE html><html lang="en">{head}<body>{inner}</body></html>\n'.encode()


def plainly(text: str) -> str:
    """Outside text that can stand beside markup, in a page and in an Observation alike."""
    return str(escape(legal(text)))
