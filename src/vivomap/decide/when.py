"""What a rule may ask of a patient's course, and when every pathway stays silent.

Each condition is data: it can be printed, compared and stored, and answers with the claims it rests on. An empty
answer means that it does not hold.
"""

from __future__ import annotations

from dataclasses import dataclass

from vivomap.core import Change, Condition, Course, Finding, Match, Measurement, Missing, Prediction, Said, Verdict

DAYS_PER_WEEK = 7


@dataclass(frozen=True)
class Known:
    """A coded fact is on record, with this value where one is named."""

    name: str
    value: str = ""

    def reasons(self, course: Course) -> tuple[Said, ...]:
        return tuple(f for f in course.every(Finding, self.name) if not self.value or f.value == self.value)

    def __str__(self) -> str:
        return f"{self.name} is {self.value or 'on record'}"


@dataclass(frozen=True)
class Lacks:
    """A number that was asked for at this visit could not be given, for any lesion."""

    name: str

    def reasons(self, course: Course) -> tuple[Said, ...]:
        return course.of(Missing, self.name)

    def __str__(self) -> str:
        return f"{self.name} is missing"


@dataclass(frozen=True)
class Rose:
    """A number rose beyond the limits of no change, in at least one lesion."""

    name: str

    def reasons(self, course: Course) -> tuple[Said, ...]:
        return tuple(c for c in course.of(Change, self.name) if c.real and c.difference > 0)

    def __str__(self) -> str:
        return f"{self.name} rose beyond measurement error"


@dataclass(frozen=True)
class Fell:
    """A number fell beyond the limits of no change, in at least one lesion."""

    name: str

    def reasons(self, course: Course) -> tuple[Said, ...]:
        return tuple(c for c in course.of(Change, self.name) if c.real and c.difference < 0)

    def __str__(self) -> str:
        return f"{self.name} fell beyond measurement error"


@dataclass(frozen=True)
class Above:
    """A number at this visit lies above a value with 95 % confidence: its interval is clear of it."""

    name: str
    value: float

    def reasons(self, course: Course) -> tuple[Said, ...]:
        return tuple(m for m in course.of(Measurement, self.name) if m.value - 1.96 * m.uncertainty > self.value)

    def __str__(self) -> str:
        return f"{self.name} is above {self.value:g}"


@dataclass(frozen=True)
class Below:
    """A number at this visit lies below a value with 95 % confidence: its interval is clear of it."""

    name: str
    value: float

    def reasons(self, course: Course) -> tuple[Said, ...]:
        return tuple(m for m in course.of(Measurement, self.name) if m.value + 1.96 * m.uncertainty < self.value)

    def __str__(self) -> str:
        return f"{self.name} is below {self.value:g}"


@dataclass(frozen=True)
class Likely:
    """A model's chance has its whole 95 % interval at or above a value."""

    name: str
    above: float

    def reasons(self, course: Course) -> tuple[Said, ...]:
        return tuple(p for p in course.of(Prediction, self.name) if p.low >= self.above)

    def __str__(self) -> str:
        return f"{self.name} is likely: at least {self.above:g}"


@dataclass(frozen=True)
class Called:
    """A criterion calls this visit one of these categories."""

    name: str
    categories: tuple[str, ...]

    def reasons(self, course: Course) -> tuple[Said, ...]:
        return tuple(v for v in course.of(Verdict, self.name) if v.category in self.categories)

    def __str__(self) -> str:
        return f"{self.name} is {' or '.join(self.categories)}"


@dataclass(frozen=True)
class Lesion:
    """At this visit at least one lesion is of this kind: new, vanished, split, merged, uncertain or unsearched."""

    kind: str

    def reasons(self, course: Course) -> tuple[Said, ...]:
        return tuple(m for m in course.of(Match) if m.kind == self.kind)

    def __str__(self) -> str:
        return f"a lesion is {self.kind}"


@dataclass(frozen=True)
class WeeksSince:
    """A treatment ended (or, while it goes on, began) at least and at most so many weeks before this visit."""

    what: str
    least: float = 0
    most: float = float("inf")

    def reasons(self, course: Course) -> tuple[Said, ...]:
        day = course.study.day
        ends = [(t, t.end or t.start) for t in course.treatments() if t.what == self.what]
        return tuple(
            t
            for t, end in ends
            if day and end and self.least <= (day - end).days / DAYS_PER_WEEK <= self.most and end <= day
        )

    def __str__(self) -> str:
        return f"{self.least:g} to {self.most:g} weeks since {self.what}"


@dataclass(frozen=True)
class Changed:
    """A treatment began, ended or took another dose between the previous visit and this one."""

    what: str

    def reasons(self, course: Course) -> tuple[Said, ...]:
        day = course.study.day
        before = max((a.study.day for a in course.past if a.study.day), default=None)
        if day is None or before is None:
            return ()
        return tuple(
            t
            for t in course.treatments()
            if t.what == self.what and any(edge and before < edge <= day for edge in (t.start, t.end))
        )

    def __str__(self) -> str:
        return f"{self.what} changed since the previous visit"


@dataclass(frozen=True)
class Both:
    """Two conditions hold together."""

    one: Condition
    other: Condition

    def reasons(self, course: Course) -> tuple[Said, ...]:
        one, other = self.one.reasons(course), self.other.reasons(course)
        return tuple(dict.fromkeys((*one, *other))) if one and other else ()

    def __str__(self) -> str:
        return f"{self.one}, and {self.other}"


@dataclass(frozen=True)
class Either:
    """At least one of two conditions holds."""

    one: Condition
    other: Condition

    def reasons(self, course: Course) -> tuple[Said, ...]:
        return tuple(dict.fromkeys((*self.one.reasons(course), *self.other.reasons(course))))

    def __str__(self) -> str:
        return f"{self.one}, or {self.other}"


@dataclass(frozen=True)
class Without:
    """One condition holds and another does not; it rests on the claims of the first."""

    one: Condition
    absent: Condition

    def reasons(self, course: Course) -> tuple[Said, ...]:
        return () if self.absent.reasons(course) else self.one.reasons(course)

    def __str__(self) -> str:
        return f"{self.one}, and not: {self.absent}"


@dataclass(frozen=True)
class NothingMeasured:
    """Not one number of this visit could be given."""

    def reasons(self, course: Course) -> tuple[Said, ...]:
        return () if course.of(Measurement) else course.of(Missing)

    def __str__(self) -> str:
        return "nothing could be measured at this visit"


@dataclass(frozen=True)
class NothingComparable:
    """There are earlier numbers, and not one of today's may be compared with them."""

    def reasons(self, course: Course) -> tuple[Said, ...]:
        refused = tuple(m for m in course.of(Missing) if m.what == "change" and m.code == "not_comparable")
        return () if course.of(Change) else refused

    def __str__(self) -> str:
        return "no number of this visit can be compared with an earlier one"


@dataclass(frozen=True)
class NotEvaluable:
    """From the second visit on, a criterion of this pathway gave no category, or NE."""

    name: str

    def reasons(self, course: Course) -> tuple[Said, ...]:
        if not course.past:
            return ()
        refused = tuple(m for m in course.of(Missing, self.name) if m.what == "verdict")
        return (*refused, *(v for v in course.of(Verdict, self.name) if v.category == "NE"))

    def __str__(self) -> str:
        return f"{self.name} is not evaluable"


ABSTAIN: tuple[Condition, ...] = (Known("emergency"), NothingMeasured(), NothingComparable())
"""Every pathway stays silent then (methods D): an emergency goes to a person at once."""
