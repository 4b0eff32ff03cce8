"""What was found in one object of another maker: its numbers, what could not be read, where it leaves the standard.

A number keeps its own words (`written`, `code`, `path`) beside ours. Its uncertainty is what the object states; where
it states none, `uncertainty` is None and `claim` gives a Missing: a claim of vivomap never has an invented doubt.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from vivomap.core import Flag, Measurement, Missing, Provenance, Refusal, known_unit


class Concept(NamedTuple):
    """A coded concept as it stands in an object."""

    value: str = ""
    scheme: str = ""
    meaning: str = ""


class About(NamedTuple):
    """What a number is about: the label that a lesion goes by, its tracking UID, what and where it is."""

    label: str = ""
    tracking: str = ""
    finding: str = ""
    site: str = ""


@dataclass(frozen=True)
class Complaint:
    """Where an object departs from the standard: the place, what the standard says, how it was read anyway."""

    code: str
    place: str
    says: str
    read: str
    times: int = 1


@dataclass(frozen=True)
class Number:
    """One number as another maker states it, in a unit of ours; `doubt` says where its uncertainty comes from.

    Raises Refusal `not_a_number` for what no claim could carry.
    """

    name: str
    value: float
    unit: str
    uncertainty: float | None
    doubt: str
    code: Concept
    qualifiers: tuple[Concept, ...]
    about: About
    day: date | None
    path: str
    written: str
    provenance: Provenance
    flags: tuple[Flag, ...] = ()

    def __post_init__(self) -> None:
        known_unit(self.unit)
        if not math.isfinite(self.value) or not 0 <= (self.uncertainty or 0.0) < math.inf:
            raise Refusal("not_a_number", f"{self.written[:40]} is not a number that can be carried")

    def claim(self) -> Measurement | Missing:
        """The number as a Measurement; a Missing `uncertainty_unknown` where its maker states no uncertainty."""
        if self.uncertainty is None:
            reason = f"{self.written} stands in the object, without its uncertainty"
            return Missing(self.name, self.about.label, self.day, "uncertainty_unknown", reason)
        place = (self.about.label, self.day, self.provenance, self.flags)
        return Measurement(self.name, self.value, self.unit, self.uncertainty, *place)


@dataclass(frozen=True)
class Sheet:
    """One object, read: `kind` is sr, dose, seg, rtstruct, map or text; `refused` holds code and reason, or nothing."""

    path: str
    kind: str = ""
    uid: str = ""
    patient: str = ""
    maker: str = ""
    numbers: tuple[Number, ...] = ()
    missing: tuple[Missing, ...] = ()
    complaints: tuple[Complaint, ...] = ()
    refused: tuple[str, str] | None = None

    def claims(self) -> tuple[Measurement | Missing, ...]:
        """Every claim that this object gives."""
        return (*(n.claim() for n in self.numbers), *self.missing)
