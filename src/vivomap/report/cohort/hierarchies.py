"""How what could point at a patient is made coarser, step by step: age, sex, site, month, scanner, time between visits.

Each step takes the value as it is known and gives the text that a table would show; the last step of each gives "any".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

ANY, UNKNOWN, HIDDEN = "any", "not known", "suppressed"
OLDEST = 90  # years; HIPAA puts all above 89 together
WEEK = 7


@dataclass(frozen=True)
class Hierarchy:
    """One thing that could point at a patient: its column, and its steps from fine to coarse, each with its name."""

    column: str
    steps: tuple[tuple[str, Callable[[Any], str]], ...]

    def text(self, value: Any, level: int) -> str:
        """What the table shows of a value at a level."""
        if level == self.top:
            return ANY
        return UNKNOWN if value in (None, "", ("", "")) else self.steps[level][1](value)

    @property
    def top(self) -> int:
        """The level at which nothing is told any more."""
        return len(self.steps)

    def name(self, level: int) -> str:
        """What is told at a level, in words."""
        return ANY if level == self.top else self.steps[level][0]


def _band(years: int) -> Callable[[int], str]:
    def text(age: int) -> str:
        low = age - age % years
        return f"{OLDEST} or more" if age >= OLDEST else f"{low} to {min(low + years, OLDEST) - 1}"

    return text


def _weeks(size: int) -> Callable[[int], str]:
    def text(days: int) -> str:
        first = days // WEEK // size * size
        return f"week {first}" if size == 1 else f"weeks {first} to {first + size - 1}"

    return text


def _quarter(day: date) -> str:
    return f"{day.year}-Q{(day.month + 2) // 3}"


AGE = Hierarchy("age", (("5 years", _band(5)), ("10 years", _band(10)), ("20 years", _band(20))))
SEX = Hierarchy("sex", (("as recorded", str),))
SITE = Hierarchy("site", (("as recorded", str),))
MONTH = Hierarchy(
    "month", (("month", lambda day: f"{day:%Y-%m}"), ("quarter", _quarter), ("year", lambda day: str(day.year)))
)
SCANNER = Hierarchy("scanner", (("maker and model", lambda pair: " ".join(pair).strip()), ("maker", lambda p: p[0])))
AFTER = Hierarchy("after", (("week", _weeks(1)), ("4 weeks", _weeks(4)), ("12 weeks", _weeks(12))))
FIXED = (AGE, SEX, SITE, MONTH)  # one value for a patient: age and month are those of the first visit
EACH = (SCANNER, AFTER)  # one value for each visit: `after` is the time since the first
COLUMNS = tuple(h.column for h in (*FIXED, *EACH))
