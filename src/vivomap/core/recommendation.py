"""What is proposed: options in order with their grounds, or a silence with its reason. Never an order."""

from __future__ import annotations

from dataclasses import dataclass

from vivomap.core.image import Image


@dataclass(frozen=True)
class Proposal:
    """One option, weighed for this patient; `because` holds claim ids, `plan` images such as a painted dose.

    `gain` and `harm` are the option's own words for what it may bring and cost; `benefit` is their weighed value.
    """

    option: str
    grade: str
    source: str
    because: tuple[str, ...] = ()
    benefit: float | None = None
    low: float | None = None
    high: float | None = None
    plan: tuple[Image, ...] = ()
    reasons: tuple[str, ...] = ()
    gain: str = ""
    harm: str = ""


@dataclass(frozen=True)
class Recommendation:
    """Proposals in order; or an abstention, whose reason is `abstained` ("" where there is none)."""

    proposals: tuple[Proposal, ...]
    look_again_days: int | None
    because: tuple[str, ...] = ()
    abstained: str = ""
