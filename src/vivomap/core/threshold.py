"""A number that an action hangs on, with its source; and what a site has changed, signed and dated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from vivomap.core.biomarker import Limits
from vivomap.core.errors import Refusal
from vivomap.core.units import known_unit

GRADES = {
    "A": "randomised evidence or a guideline of the first class",
    "B": "meta-analysis or several cohorts",
    "C": "one cohort or expert opinion",
    "P": "a proposal of this project, without outcome evidence",
}


@dataclass(frozen=True)
class Threshold:
    """A named limit. `seen` tells whether the source was read or remembered."""

    name: str
    value: float
    unit: str
    source: str
    grade: str
    version: int = 1
    signed_by: str = ""
    signed_on: date | None = None
    seen: bool = True

    def __post_init__(self) -> None:
        known_unit(self.unit)
        if self.grade not in GRADES:
            raise Refusal("bad_setting", f"{self.name}: grade {self.grade!r} is none of {', '.join(GRADES)}")
        if not self.source:
            raise Refusal("bad_setting", f"{self.name}: a threshold needs its source")


@dataclass(frozen=True)
class Affirmed:
    """A person's word that scans with this description came from one scanner, though its serial number is absent."""

    manufacturer: str
    model: str
    software: str
    by: str
    day: date
    reason: str


@dataclass(frozen=True)
class Site:
    """What one site has set for itself, from one signed file."""

    name: str = ""
    thresholds: tuple[Threshold, ...] = ()
    limits: tuple[Limits, ...] = ()
    scanners: tuple[Affirmed, ...] = ()
