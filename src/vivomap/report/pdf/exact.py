"""The numbers as they stand in the record: all digits, UCUM units, standard uncertainty, codes, tracking identifiers.

The other pages round for reading; this table is what a second reader, or a test, holds against the other forms.
"""

from __future__ import annotations

from typing import NamedTuple

from vivomap.core import Measurement, identify
from vivomap.report.forms import Filed
from vivomap.report.naming import concept, tracked
from vivomap.report.words import name


class Exact(NamedTuple):
    """One number of this visit; `claim` is the beginning of its id."""

    claim: str
    letter: str
    name: str
    value: str
    unit: str
    uncertainty: str
    code: str


class Identity(NamedTuple):
    """A lesion and its tracking identifier."""

    letter: str
    label: str
    uid: str


SHOWN = 12  # digits of an id


def exact(filed: Filed) -> tuple[Exact, ...]:
    """Every number of this visit, in the order of its claims."""
    return tuple(_exact(filed, c) for c in filed.assessment.claims if isinstance(c, Measurement))


def _exact(filed: Filed, m: Measurement) -> Exact:
    code = concept(m.name)
    letter = filed.story.letter(m.region) or "all"
    value, error = repr(float(m.value) + 0.0), repr(float(m.uncertainty) + 0.0)
    return Exact(identify(m)[:SHOWN], letter, name(m.name), value, m.unit, error, f"{code.scheme} {code.value}")


def identities(filed: Filed) -> tuple[Identity, ...]:
    """Every lesion that has a tracking identifier."""
    story = filed.story
    return tuple(Identity(story.letter(k), k, tracked(filed, k).uid) for k in story.marks)
