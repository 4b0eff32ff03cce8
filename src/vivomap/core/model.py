"""The card of a prediction model: for which question, whom, which action, from what, and how it treats absence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from vivomap.core.claims import Reasons
from vivomap.core.course import Course
from vivomap.core.threshold import Threshold


class Chance(NamedTuple):
    """What a model returns: a chance with its 95 % interval."""

    chance: float
    low: float
    high: float
    because: tuple[str, ...] = ()
    detail: Reasons | None = None


@dataclass(frozen=True)
class Model:
    """A model as a declaration; it widens its interval for what is missing, or refuses, and never fills in."""

    name: str
    compute: Callable[[Course, str], Chance]
    question: str
    population: str
    action: str
    horizon_days: int
    inputs: tuple[str, ...]
    when_missing: str
    act_above: Threshold
    source: str
    domain: str = ""
    file: str = ""
    file_hash: str = ""
    validated_at: tuple[str, ...] = ()
