"""The heterogeneity call: in how many patients do CT alone and PET with MR aim at different parts of the tumour?

Of each lesion a visit knows the overlap o of the two targets with its doubt u, and the overlap r (standard deviation s)
that a repeat of the less repeatable map has with itself. The targets differ where

    o + 1.96 sqrt(u² + s²) < r

A patient is a case, once, at the first visit that has the number, and differs if a lesion of theirs does: lesions of
one patient are alike, and would make the interval of the share too narrow.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from vivomap.core import Assessment, Course, Measurement, Missing, Refusal
from vivomap.maths.proportion import TWO_SIDED, Share, wilson

NUMBER = "target_overlap"


@dataclass(frozen=True)
class Case:
    """One lesion: overlap of the two targets, its doubt, the overlap that a repeat has, and whether they differ."""

    patient: str
    lesion: str
    overlap: float
    doubt: float
    repeat: float
    repeat_doubt: float

    @property
    def differs(self) -> bool:
        """Whether the targets differ by more than a repeat would."""
        reach = TWO_SIDED * math.hypot(self.doubt, self.repeat_doubt)
        return self.overlap + reach < self.repeat


@dataclass(frozen=True)
class Heterogeneity:
    """Every lesion that could be called, the share of patients whose target differs, and who could not be, and why."""

    cases: tuple[Case, ...]
    share: Share
    left_out: tuple[tuple[str, str], ...]


def called(assessments: Sequence[Assessment]) -> Heterogeneity:
    """The call over a cohort. Raises Refusal `too_few_cases` if no patient has the number."""
    patients: dict[str, list[Assessment]] = {}
    for one in sorted(assessments, key=lambda a: (a.study.day is None, str(a.study.day))):
        patients.setdefault(one.study.patient, []).append(one)
    cases: list[Case] = []
    left_out = []
    for patient, visits in patients.items():
        mine = next((some for visit in visits if (some := _cases(visit))), ())
        cases += mine
        if not mine:
            left_out.append((patient, _why(visits)))
    told = {case.patient for case in cases}
    if not told:
        found = "; ".join(dict.fromkeys(why for _, why in left_out)) or "no assessment"
        raise Refusal("too_few_cases", f"no patient of the cohort has the number {NUMBER!r}", found=found)
    differ = {case.patient for case in cases if case.differs}
    return Heterogeneity(tuple(cases), wilson(len(differ), len(told)), tuple(left_out))


def _cases(visit: Assessment) -> tuple[Case, ...]:
    """The lesions of one visit that have the number with its repeatability."""
    course, found = Course(visit.study, (), visit.claims), []
    for number in course.of(Measurement, NUMBER):
        said = dict(number.provenance.settings)
        repeat, spread = said.get("repeat"), said.get("repeat_sd")
        if isinstance(repeat, float) and isinstance(spread, float):
            patient = visit.study.patient
            found.append(Case(patient, number.region, number.value, number.uncertainty, repeat, spread))
    return tuple(found)


def _why(visits: Sequence[Assessment]) -> str:
    """Why a patient has no such number."""
    reasons = [m.reason for v in visits for m in Course(v.study, (), v.claims).of(Missing, NUMBER)]
    return reasons[-1] if reasons else "it was not measured"
