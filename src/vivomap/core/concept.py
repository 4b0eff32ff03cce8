"""What a coded concept is, and how a number is coded with several of them."""

from __future__ import annotations

from typing import NamedTuple

PRIVATE = "99VIVOMAP"


class Concept(NamedTuple):
    """A coded concept: at most 64 characters of meaning."""

    value: str
    scheme: str
    meaning: str


class Coded(NamedTuple):
    """How a number is coded: its name, what was derived, by which method, and where if not in a lesion."""

    name: Concept
    derivation: Concept | None = None
    method: Concept | None = None
    site: Concept | None = None


class Line(NamedTuple):
    """The line of a number: how it is coded, its UCUM unit, and a name that fits HL7 v2 where its own is too long."""

    coded: Coded
    unit: str
    short: str = ""


def own(value: str, meaning: str) -> Concept:
    """A concept of our own scheme."""
    return Concept(value, PRIVATE, meaning)
