"""From the assessments on record to what a table of a cohort needs: what could point at a patient, what was found.

No text that a person wrote goes on: lesions become L1, L2 …, names of numbers and categories are those of our cards,
and a name that is not written like one reads "other".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from vivomap.core import Assessment, Finding, Measurement, Missing, Study, Verdict
from vivomap.report.cohort.anonymity import Subject

NAME = re.compile(r"[a-z][a-z0-9_.]{0,63}")
CATEGORY = re.compile(r"[A-Za-z][A-Za-z0-9 _-]{0,31}")
OTHER = "other"


@dataclass(frozen=True)
class Known:
    """What is known of a patient beside the images: age in years at the first visit, sex, site."""

    age: int | None = None
    sex: str = ""
    site: str = ""


@dataclass(frozen=True)
class Line:
    """One thing that was found: a number, or why there is none, or a verdict."""

    pathway: str
    kind: str
    lesion: str
    name: str
    value: float | None = None
    unit: str = ""
    uncertainty: float | None = None
    category: str = ""
    why: str = ""


@dataclass(frozen=True)
class Person:
    """One patient of the cohort: what could point at them, and what was found at each visit."""

    subject: Subject
    found: tuple[tuple[Line, ...], ...]


def person(patient: str, assessments: Sequence[Assessment], known: Known) -> Person:
    """A patient from their assessments in force; visits of one day are one visit, undated ones come last."""
    visits: dict[str, list[Assessment]] = {}
    for one in sorted(assessments, key=lambda a: (a.study.day is None, a.study.day or date.max)):
        visits.setdefault(one.study.day.isoformat() if one.study.day else f"undated {one.study.uid}", []).append(one)
    ordered = list(visits.values())
    studies = [each[0].study for each in ordered]
    first = next((s.day for s in studies if s.day), None)
    age, sex = known.age if known.age is not None else _age(studies), known.sex or _setting(studies, "sex")
    subject = Subject(patient, (age, sex, known.site, first), tuple(_about(s, first) for s in studies))
    lesions = _numbered(one for each in ordered for one in each)
    return Person(subject, tuple(tuple(_lines(each, lesions)) for each in ordered))


def _about(study: Study, first: date | None) -> tuple[tuple[str, str], int | None]:
    scanner = (_setting([study], "manufacturer"), _setting([study], "model"))
    return scanner, (study.day - first).days if study.day and first else None


def _setting(studies: Sequence[Study], name: str) -> str:
    texts = (image.text(name) for study in studies for image in study.images)
    return next((text for text in texts if text), "")


def _age(studies: Sequence[Study]) -> int | None:
    """Years, where a table of findings says so."""
    for fact in (fact for study in studies for fact in study.facts):
        if isinstance(fact, Finding) and fact.name == "age" and fact.value.isascii() and fact.value.isdigit():
            return int(fact.value)
    return None


def _numbered(assessments: Iterable[Assessment]) -> Mapping[str, str]:
    """Lesions by a number in the order in which they appear, whatever they are called."""
    names = dict.fromkeys(
        region for one in assessments for claim in one.claims if (region := getattr(claim, "region", ""))
    )
    return {"": "", **{name: f"L{number}" for number, name in enumerate(names, 1)}}


def _lines(assessments: Sequence[Assessment], lesions: Mapping[str, str]) -> Iterable[Line]:
    for one in assessments:
        pathway = _safe(one.pathway)
        for claim in one.claims:
            match claim:
                case Measurement():
                    made = Line(pathway, "number", lesions[claim.region], _safe(claim.name))
                    yield Line(**{**made.__dict__, **_number(claim)})
                case Missing(what="number"):
                    yield Line(pathway, "number", lesions[claim.region], _safe(claim.name), why=_safe(claim.code))
                case Verdict():
                    category = claim.category if CATEGORY.fullmatch(claim.category) else OTHER
                    yield Line(pathway, "verdict", lesions[claim.region], _safe(claim.name), category=category)


def _number(claim: Measurement) -> dict[str, float | str]:
    return {"value": claim.value, "unit": claim.unit, "uncertainty": claim.uncertainty}


def _safe(name: str) -> str:
    return name if NAME.fullmatch(name) else OTHER
