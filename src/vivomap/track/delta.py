"""Did a texture change? Each robust feature at two visits, with its limits of no change, and the volume beside it.

The limits come from a table of repeated scans (`maths.robustness`). A change of texture is never told without that of
the volume: a lesion that shrinks changes its texture even where its tissue stays as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from vivomap.core import Measurement, Provenance, Refusal
from vivomap.core.version import __version__
from vivomap.maths.robustness import ADMITTED, Judged, Screen
from vivomap.track.change import Bounds, bounds


class Delta(NamedTuple):
    """One feature at two visits: the numbers, the limits of no change about the first, and the chance of its direction.

    `verdict` is larger, smaller, or within measurement error; `basis` says whose limits were used.
    """

    name: str
    before: float
    after: float
    low: float
    high: float
    chance: float
    verdict: str
    basis: str

    @property
    def real(self) -> bool:
        """Whether the change lies beyond its limits."""
        return not self.low <= self.after - self.before <= self.high


@dataclass(frozen=True)
class Deltas:
    """The volume at two visits, every robust feature, and why each other one is not told."""

    volume: Delta
    features: tuple[Delta, ...]
    left_out: tuple[tuple[str, str], ...]


def deltas(before: Mapping[str, float], after: Mapping[str, float], robust: Screen, source: str) -> Deltas:
    """The change of every admitted feature. Raises Refusal if either visit has no volume, or it does not repeat."""
    size = robust.size
    if size.name not in before or size.name not in after:
        raise Refusal("no_volume", "a change of texture is not told without the volume", expected=size.name)
    told: list[Delta] = []
    left_out: list[tuple[str, str]] = []
    for each in robust.judged:
        if each.verdict != ADMITTED:
            left_out.append((each.name, f"{each.verdict}: {each.reason}"))
        elif each.name in before and each.name in after:
            told.append(_delta(each, before[each.name], after[each.name], source))
        else:
            left_out.append((each.name, "not read at both visits"))
    return Deltas(_delta(size, before[size.name], after[size.name], source), tuple(told), tuple(left_out))


def _delta(by: Judged, before: float, after: float, source: str) -> Delta:
    limits = by.limits("1", source)
    first, last = (_bare(by.name, value) for value in (before, after))
    found = bounds(first, last, limits, limits.coefficient("any", True) or 0.0)
    moved = after - before
    verdict = "within measurement error" if found.low <= moved <= found.high else "larger" if moved > 0 else "smaller"
    return Delta(by.name, before, after, *_told(found), verdict, found.basis)


def _told(found: Bounds) -> tuple[float, float, float]:
    return found.low, found.high, found.chance


def _bare(name: str, value: float) -> Measurement:
    """A number whose own doubt is part of the limits, since each of the repeated scans had it too."""
    return Measurement(name, value, "1", 0.0, "", None, Provenance("radiomics", __version__))
