"""What a report tells of: the visits in order, the lesions with the letter and the line they keep on every page.

A lesion keeps its letter, colour, dash and marker in picture, table and curve; letters follow the order in which
lesions appear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from string import ascii_uppercase

from vivomap.core import (
    Assessment,
    Change,
    Course,
    Match,
    Measurement,
    Missing,
    Pathway,
    Refusal,
    Treatment,
    Verdict,
    identify,
)
from vivomap.report.words import sentence

MARKERS = ("circle", "square", "diamond", "triangle")
DASHES = ("", "6 3", "2 3", "8 3 2 3")
STYLES = ("solid", "long dashes", "dots", "dash and dot")


@dataclass(frozen=True)
class Mark:
    """How a lesion is shown everywhere: its letter, and which of the series colours, dashes and markers."""

    letter: str
    index: int

    @property
    def colour(self) -> int:
        """Which of the six series colours, counted from 1."""
        return self.index % 6 + 1

    @property
    def dash(self) -> str:
        return DASHES[self.index % 4]

    @property
    def style(self) -> str:
        return STYLES[self.index % 4]

    @property
    def marker(self) -> str:
        return MARKERS[self.index % 4]


Key = tuple[str, str, int]  # lesion or "", name, and which of several of that name


@dataclass(frozen=True)
class Story:
    """One assessment in the light of the earlier ones of the same patient, oldest first."""

    assessment: Assessment
    history: tuple[Assessment, ...] = ()
    pathway: Pathway | None = None

    @classmethod
    def of(cls, assessment: Assessment, history: Sequence[Assessment], pathway: Pathway | None = None) -> Story:
        """A pathway of another edition is left out. Raises Refusal if an earlier assessment is of another patient."""
        for earlier in history:
            if earlier.study.patient != assessment.study.patient:
                raise Refusal(
                    "two_patients",
                    "an earlier assessment is of another patient: nothing is written",
                    found=f"assessments {identify(assessment)[:12]} and {identify(earlier)[:12]}",
                    expected="one patient",
                )
        mine = pathway if pathway is not None and identify(pathway) == assessment.edition else None
        return cls(assessment, tuple(history), mine)

    @cached_property
    def visits(self) -> tuple[Assessment, ...]:
        return (*self.history, self.assessment)

    @cached_property
    def course(self) -> Course:
        return Course(self.assessment.study, self.history, self.assessment.claims)

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        return self.course.of(Change)

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        return self.course.of(Verdict)

    @cached_property
    def missing(self) -> tuple[Missing, ...]:
        return self.course.of(Missing)

    @cached_property
    def treatments(self) -> tuple[Treatment, ...]:
        between = tuple(t for c in self.changes for t in c.treatments)
        return tuple(dict.fromkeys((*self.course.treatments(), *between)))

    @cached_property
    def marks(self) -> dict[str, Mark]:
        """The lesions by name, each with its mark."""
        order = dict.fromkeys(name for visit in self.visits for name in _named(visit) if name)
        return {lesion: Mark(_letters(i), i) for i, lesion in enumerate(order)}

    @cached_property
    def reference_day(self) -> date | None:
        """The day that most changes are counted from; else that of the visit before."""
        days = [c.before.day for c in self.changes if c.before.day]
        if days:
            return max(sorted(set(days)), key=days.count)
        return self.history[-1].study.day if self.history else None

    @cached_property
    def table(self) -> dict[Key, dict[int, Measurement]]:
        """Every measurement by lesion, name and visit (its place in `visits`)."""
        rows: dict[Key, dict[int, Measurement]] = {}
        for place, visit in enumerate(self.visits):
            for key, measurement in _keyed(visit):
                rows.setdefault(key, {})[place] = measurement
        order = list(self.marks)
        return dict(sorted(rows.items(), key=lambda row: order.index(row[0][0]) if row[0][0] else -1))

    def letter(self, lesion: str) -> str:
        """The letter of a lesion; "" for the patient as a whole."""
        return self.marks[lesion].letter if lesion in self.marks else ""

    def change_of(self, lesion: str, name: str) -> Change | None:
        """This visit's change of a number, or None."""
        return next((c for c in self.changes if c.region == lesion and c.name == name), None)

    def refused(self, lesion: str, name: str, what: str = "change") -> Missing | None:
        """Why this visit has no change (or number) of that name, or None."""
        return next((m for m in self.missing if (m.region, m.name, m.what) == (lesion, name, what)), None)

    def incomparable(self, measurement: Measurement) -> bool:
        """Whether a visit said that this number cannot be compared with its reference."""
        return any(
            m.what == "change" and (m.region, m.name, m.day) == (measurement.region, measurement.name, measurement.day)
            for visit in self.visits
            for m in visit.claims
            if isinstance(m, Missing)
        )

    def says(self, text: str) -> str:
        """A reason in which lesions go by their letters and numbers by their names; plain words stay as they are."""
        named = sorted((n for n in self.marks if re.search(r"[\d_]", n)), key=len, reverse=True)
        for lesion in named:
            text = re.sub(rf"(?<!\w){re.escape(lesion)}(?!\w)", self.marks[lesion].letter, text)
        return sentence(text)

    def fate(self, lesion: str) -> str:
        """What became of a lesion at this visit: new, vanished, split …; "" where it was matched or first seen."""
        kinds = [m.kind for m in self.course.of(Match) if lesion in (*m.before, *m.after)]
        return next((k for k in kinds if k != "matched"), "")


def _named(visit: Assessment) -> Iterator[str]:
    for region in visit.study.regions:
        yield region.lesion
    for claim in visit.claims:
        yield str(getattr(claim, "region", ""))


def _keyed(visit: Assessment) -> Iterator[tuple[Key, Measurement]]:
    seen: dict[tuple[str, str], int] = {}
    for claim in visit.claims:
        if isinstance(claim, Measurement):
            which = seen.get((claim.region, claim.name), 0)
            seen[claim.region, claim.name] = which + 1
            yield (claim.region, claim.name, which), claim


def _letters(index: int) -> str:
    """A to Z, then AA, AB …"""
    head = _letters(index // 26 - 1) if index >= 26 else ""
    return head + ascii_uppercase[index % 26]
