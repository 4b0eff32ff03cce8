"""The cards of a clinical question: what is measured, judged and forecast for it, and what follows from what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from vivomap.core.biomarker import Biomarker, Limits
from vivomap.core.course import Course, Said
from vivomap.core.criterion import Criterion
from vivomap.core.image import Image
from vivomap.core.model import Model
from vivomap.core.threshold import Affirmed, Site, Threshold


class Condition(Protocol):
    """Something that a rule asks of a course; it answers with the claims it rests on, none if it does not hold."""

    def reasons(self, course: Course) -> tuple[Said, ...]: ...

    def __str__(self) -> str: ...


@dataclass(frozen=True)
class Plan:
    """A plan that an option hands over as an image, such as a painted dose; `needs` as for a biomarker."""

    name: str
    needs: tuple[str, ...]
    compute: Callable[..., Image]
    source: str


@dataclass(frozen=True)
class Option:
    """One thing that can be done. Utilities are for the outcome coming and not coming, on one scale per choice."""

    name: str
    grade: str
    source: str
    benefit: str = ""
    harm: str = ""
    utility_if: float | None = None
    utility_if_not: float | None = None
    plan: Plan | None = None


@dataclass(frozen=True)
class Rule:
    """If the condition holds, the option is proposed, in the order in which the pathway lists its rules."""

    option: Option
    when: Condition


@dataclass(frozen=True)
class Choice:
    """Options weighed by one model's chance; `scan` is the option of imaging again first, with its accuracy."""

    model: Model
    options: tuple[Option, ...]
    scan: Option | None = None
    sensitivity: float | None = None
    specificity: float | None = None


@dataclass(frozen=True)
class Pathway:
    """One clinical question, from the images asked for to the options; it declares and does not compute.

    `regions` are the findings that are followed as lesions; `against` is the visit that change is counted from:
    "first" or "previous". `measure` is asked of every visit, and what cannot be given is missing with its reason;
    `if_imaged` is measured only where the visit has the images for it.
    """

    name: str
    question: str
    organ: str
    regions: tuple[str, ...]
    measure: tuple[Biomarker, ...]
    otherwise: Option
    look_again_days: int
    if_imaged: tuple[Biomarker, ...] = ()
    against: str = "first"
    judge: tuple[Criterion, ...] = ()
    forecast: tuple[Model, ...] = ()
    rules: tuple[Rule, ...] = ()
    choices: tuple[Choice, ...] = ()
    abstain: tuple[Condition, ...] = ()
    images: tuple[str, ...] = ()
    scan_minutes: float = 0
    reader_minutes: float = 0
    mistakes: tuple[str, ...] = ()
    memory_mb: float = 2048
    thresholds: tuple[Threshold, ...] = ()
    scanners: tuple[Affirmed, ...] = ()


T = TypeVar("T")


def adapt(pathway: Pathway, site: Site) -> Pathway:
    """The pathway with a site's thresholds, limits and scanners in place of the published ones: another edition."""
    signed: dict[str, Threshold] = {t.name: t for t in site.thresholds}
    local: dict[str, Limits] = {r.name: r for r in site.limits}
    measure = tuple(replace(b, real_change=local.get(b.name, b.real_change)) for b in pathway.measure)
    optional = tuple(replace(b, real_change=local.get(b.name, b.real_change)) for b in pathway.if_imaged)
    scanners = (*pathway.scanners, *site.scanners)
    return replace(_signed(pathway, signed), measure=measure, if_imaged=optional, scanners=scanners)


def _signed(value: T, signed: dict[str, Threshold]) -> T:
    """The same value with every threshold in it replaced by the signed one of its name."""
    if isinstance(value, Threshold):
        return signed.get(value.name, value)  # type: ignore[return-value]
    if isinstance(value, tuple):
        return tuple(_signed(v, signed) for v in value)  # type: ignore[return-value]
    if isinstance(value, Biomarker | Limits) or not hasattr(value, "__dataclass_fields__"):
        return value
    fields: dict[str, Any] = {f: getattr(value, f) for f in value.__dataclass_fields__}  # type: ignore[attr-defined]
    changed = {f: _signed(v, signed) for f, v in fields.items()}
    return replace(value, **changed) if changed != fields else value  # type: ignore[type-var]
