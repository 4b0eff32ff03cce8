"""The card of a response criterion: published rules that turn the course of a patient into a category."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from vivomap.core.course import Course
from vivomap.core.threshold import Threshold


class Category(NamedTuple):
    """What a criterion returns. `because` holds claim ids; `chance_noise` as in `Verdict`."""

    category: str
    reasons: tuple[str, ...]
    because: tuple[str, ...] = ()
    chance_noise: float = 1.0


@dataclass(frozen=True)
class Criterion:
    """Rules after their publication; `compute(course, values)` reads its numbers by name: a site may sign others.

    `truth` names the function (module:function) that gives the published cases with their labels.
    """

    name: str
    compute: Callable[[Course, Mapping[str, float]], Category]
    parameters: tuple[Threshold, ...]
    source: str
    needs: tuple[str, ...] = ()
    title: str = ""
    truth: str = ""

    def values(self) -> dict[str, float]:
        """The parameters by name."""
        return {p.name: p.value for p in self.parameters}
