"""Whether the images of a number were taken as its card asks: refused, or warnings and settings that travel with it."""

from __future__ import annotations

from collections.abc import Sequence

from vivomap.core import REFUSED, Biomarker, Course, Flag, Image, Measurement, Refusal, Settings, deviations
from vivomap.core.acquisition import CODE, value_of

Things = Sequence[object]  # what a number rests on: the image whose scanner it has first


def off_protocol(card: Biomarker, things: Things, course: Course) -> tuple[Flag, ...]:
    """A warning for each deviation, those of a map's maker too. Raises Refusal for one that forbids the number.

    What the biomarker says or refuses itself is left to it.
    """
    flags: list[Flag] = []
    for image in images_of(things):
        for deviation in deviations(card.acquisition, image):
            if deviation.asked.told:
                continue
            if deviation.asked.consequence == REFUSED:
                raise Refusal(CODE, deviation.said, found=str(deviation.found), expected=deviation.asked.wanted)
            flags.append(deviation.flag)
    makers = (m for m in course.of(Measurement) if any(m.detail is thing for thing in things))
    flags += [f for m in makers for f in m.flags if f.code == CODE]
    return tuple(dict.fromkeys(flags))


def recorded(card: Biomarker, things: Things) -> Settings:
    """The settings that two visits must have alike, as found: by them the numbers are held against each other."""
    asked = [a for a in card.acquisition if a.apart is not None]
    told = ((a.setting, value_of(i, a.setting)) for i in images_of(things) for a in asked if a.role == i.role)
    return tuple((name, value) for name, value in dict(told).items() if value is not None)


def images_of(things: Things) -> tuple[Image, ...]:
    """The images among what a number rests on, once each."""
    kept: list[Image] = []
    for thing in things:
        if isinstance(thing, Image) and not any(thing is k for k in kept):
            kept.append(thing)
    return tuple(kept)
