"""The card of a biomarker: what it needs, what it gives, how well it repeats, and where its truth was shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from vivomap.core.acquisition import Asked
from vivomap.core.claims import Curve
from vivomap.core.errors import Refusal
from vivomap.core.image import LATER, Flag, Image, Settings


class Estimate(NamedTuple):
    """What a compute returns: a value with its standard uncertainty, and what it sums up."""

    value: float
    uncertainty: float
    detail: Image | Curve | None = None
    flags: tuple[Flag, ...] = ()
    settings: Settings = ()


@dataclass(frozen=True)
class Limits:
    """How far a number moves when nothing has changed: the 95 % coefficient, by site ("any" for the rest).

    `kind` is "%" (of the number, read as logarithmic limits) or the unit of the number. `same` is the repeatability
    coefficient (same scanner and software), `other` the reproducibility coefficient (anything else). `subjects` is
    the size of the study behind it, where known: with fewer than 35 its upper confidence limit is used.
    """

    name: str
    kind: str
    source: str
    same: tuple[tuple[str, float], ...]
    other: tuple[tuple[str, float], ...] = ()
    subjects: int | None = None
    by: str = ""

    def coefficient(self, site: str, comparable: bool) -> float | None:
        """The coefficient for a site, for the same scanner or another; None where nobody has measured it."""
        table = dict(self.same if comparable else self.other)
        return table.get(site.lower(), table.get("any"))


def limits(
    name: str,
    kind: str,
    source: str,
    other: dict[str, float] | None = None,
    subjects: int | None = None,
    **same: float,
) -> Limits:
    """Limits written as `limits("mean_adc", "%", QIBA, brain=8, liver=27)`."""
    return Limits(name, kind, source, tuple(same.items()), tuple((other or {}).items()), subjects)


@dataclass(frozen=True)
class Biomarker:
    """One number that an image gives.

    `needs` names, in the order of the arguments of `compute`: "region" (the one being measured), an image's role, the
    role of a map that an earlier number carries, an earlier number, or another region's finding. `gives` are the
    roles of the maps that it carries. `dimensions` is 3 if the number needs a regular volume, 2 if a plane is enough.
    `acquisition` is how its image must have been taken, and what follows where it was not.
    `truth` names the phantom (module:function) that shows it right; `better` is "lower", "higher" or "".
    `instead_of` names the number for which this one stands in: it is measured only where that one is missing.
    `of` is the finding that its region must have ("tract"); "" where any region has the number.
    `also` names images, maps and regions that take part where they are there, behind those of `needs`; None where not.
    `coverage` says why the stated interval holds the truth more often than in 95 %; "" where it does so in 93 to 97 %.
    """

    name: str
    unit: str
    needs: tuple[str, ...]
    compute: Callable[..., Estimate]
    source: str
    real_change: Limits | None = None
    title: str = ""
    acquisition: tuple[Asked, ...] = ()
    truth: str = ""
    gives: tuple[str, ...] = ()
    dimensions: int = 3
    better: str = ""
    instead_of: str = ""
    code: tuple[str, str, str] | None = None  # value, scheme, meaning
    coverage: str = field(default="", metadata=LATER)
    of: str = field(default="", metadata=LATER)
    also: tuple[str, ...] = field(default=(), metadata=LATER)

    def __post_init__(self) -> None:
        if not self.source:
            raise Refusal("bad_setting", f"the biomarker {self.name} needs its source")


def describe(value: Any) -> str:
    """The place of a function: module and name, the same on every machine."""
    return f"{value.__module__}:{value.__qualname__}"
