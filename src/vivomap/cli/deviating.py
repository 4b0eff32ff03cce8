"""What of a study was taken otherwise than the biomarkers ask, as `inspect` tells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vivomap.core.acquisition import CONSEQUENCES, REFUSED, Asked, deviations, shown, untold
from vivomap.core.biomarker import Biomarker
from vivomap.core.image import Image
from vivomap.core.study import Study


@dataclass(frozen=True)
class Off:
    """One deviation of one series: what was asked and found, what follows, and which biomarkers it concerns."""

    role: str
    series: str
    setting: str
    asked: str
    found: str
    consequence: str
    biomarkers: tuple[str, ...]

    @property
    def line(self) -> str:
        """The deviation as a person reads it."""
        return (
            f"{CONSEQUENCES[self.consequence]}: {self.setting} of {self.role} ({self.series}) is {self.found}, "
            f"asked is {self.asked}: {', '.join(self.biomarkers)}"
        )


def off(study: Study, cards: dict[str, Biomarker]) -> tuple[Off, ...]:
    """Every deviation of a study, the gravest first."""
    found: dict[tuple[str, str, str, str, str, str], list[str]] = {}
    for image in study.images:
        series = image.text("series_description") or image.text("protocol") or "-"
        for card in cards.values():
            for d in deviations(card.acquisition, image):
                key = (image.role, series, d.asked.name, d.asked.wanted, shown(d.found), d.asked.consequence)
                found.setdefault(key, []).append(card.name)
    made = [Off(*key, tuple(dict.fromkeys(names))) for key, names in found.items()]
    return tuple(sorted(made, key=lambda o: (-list(CONSEQUENCES).index(o.consequence), o.role, o.setting)))


def forbidden(card: Biomarker, images: Sequence[Image]) -> bool:
    """Whether each of the images was taken in a way that forbids the number."""
    return all(any(d.asked.consequence == REFUSED for d in deviations(card.acquisition, image)) for image in images)


def silent(study: Study, cards: dict[str, Biomarker]) -> tuple[str, ...]:
    """What the biomarkers ask of the images of a study and their headers do not tell."""
    asked: list[tuple[str, Asked]] = [
        (i.role, a) for i in study.images for c in cards.values() for a in untold(c.acquisition, i)
    ]
    return tuple(dict.fromkeys(f"{a.name} of {role} is not told" for role, a in asked))
