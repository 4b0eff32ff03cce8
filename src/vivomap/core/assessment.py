"""One visit taken through one pathway; what a person chose; what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from vivomap.core.claims import Claim, Finding, Treatment
from vivomap.core.errors import Refusal
from vivomap.core.recommendation import Recommendation
from vivomap.core.study import Study

PURPOSES = ("care", "research", "training")


@dataclass(frozen=True)
class Assessment:
    """What is stored, reported and audited; `edition` is the hash of the pathway with its thresholds."""

    pathway: str
    edition: str
    study: Study
    claims: tuple[Claim | Finding | Treatment, ...]
    recommendation: Recommendation


@dataclass(frozen=True)
class Decision:
    """What a named person chose, and why; `assessment` is its id."""

    assessment: str
    chosen: str
    by: str
    day: date
    reason: str
    dissent: str = ""


@dataclass(frozen=True)
class Consent:
    """What a patient allows or no longer allows, and who took it down; `purpose` is care, research or training.

    The last word on a purpose counts. `given` false is a withdrawal or a refusal.
    """

    patient: str
    purpose: str
    given: bool
    by: str
    day: date

    def __post_init__(self) -> None:
        if self.purpose not in PURPOSES:
            expected = ", ".join(PURPOSES)
            raise Refusal("unknown_name", f"{self.purpose!r} is no purpose", found=self.purpose, expected=expected)


@dataclass(frozen=True)
class Outcome:
    """What came of it; `assessment` is the id of the assessment it belongs to."""

    assessment: str
    name: str
    happened: str
    day: date
