"""All that is known of one patient up to now: this visit, the assessments before it, and what has been said so far."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from vivomap.core.assessment import Assessment
from vivomap.core.claims import Claim, Finding, Measurement, Treatment
from vivomap.core.image import Image
from vivomap.core.study import Study

T = TypeVar("T")
Said = Claim | Finding | Treatment


@dataclass(frozen=True)
class Course:
    """The one noun that goes through every step of the loop; each step reads it and adds its claims."""

    study: Study
    past: tuple[Assessment, ...] = ()
    claims: tuple[Said, ...] = ()

    def add(self, *claims: Said) -> Course:
        """The same course with more said."""
        return replace(self, claims=(*self.claims, *claims))

    def of(self, kind: type[T], name: str | None = None, region: str | None = None) -> tuple[T, ...]:
        """This visit's claims of a kind, by name and region where given."""
        return tuple(
            c
            for c in self.claims
            if isinstance(c, kind)
            and (name is None or getattr(c, "name", None) == name)
            and (region is None or getattr(c, "region", None) == region)
        )

    def every(self, kind: type[T], name: str | None = None, region: str | None = None) -> tuple[T, ...]:
        """The same over all visits, oldest first."""
        earlier = tuple(c for a in self.past for c in Course(a.study, (), a.claims).of(kind, name, region))
        return tuple(dict.fromkeys((*earlier, *self.of(kind, name, region))))

    def series(self, name: str, region: str = "") -> tuple[Measurement, ...]:
        """One number over time, dated ones only, oldest first."""
        dated = [m for m in self.every(Measurement, name, region) if m.day is not None]
        return tuple(sorted(dated, key=lambda m: m.day or date.min))

    def latest(self, name: str, region: str = "") -> Measurement | None:
        """The newest dated measurement of a name, or None."""
        return next(reversed(self.series(name, region)), None)

    def treatments(self) -> tuple[Treatment, ...]:
        """Every treatment that any visit told of, once each."""
        return self.every(Treatment)

    def map(self, role: str, region: str | None = None) -> Image | None:
        """The image in a role, else the map that one of this visit's measurements carries."""
        image = self.study.image(role)
        if image is not None:
            return image
        carried = (m.detail for m in self.of(Measurement, None, region) if isinstance(m.detail, Image))
        return next((i for i in carried if i.role == role), None)
