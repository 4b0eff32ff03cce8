"""One visit taken through one pathway; what a person chose; what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from vivomap.core.claims import Claim, Finding, Treatment
from vivomap.core.recommendation import Recommendation
from vivomap.core.study import Study


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
class Outcome:
    """What came of it; `assessment` is the id of the assessment it belongs to."""

    assessment: str
    name: str
    happened: str
    day: date
