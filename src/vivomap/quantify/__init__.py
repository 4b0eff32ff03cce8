"""Numbers from images: each card of the pathway is measured in each lesion, or missing with its reason."""

from __future__ import annotations

from vivomap.core import (
    Biomarker,
    Course,
    Flag,
    Image,
    Measurement,
    Missing,
    Pathway,
    Provenance,
    Refusal,
    Region,
    Settings,
    Study,
    __version__,
    describe,
    discover,
    identify,
)
from vivomap.quantify.acquired import off_protocol, recorded
from vivomap.quantify.needs import Found, gather
from vivomap.quantify.place import estimated

__all__ = ["cards", "measure", "measure_one"]

SCANNER = ("manufacturer", "model", "serial", "software", "modality", "kernel", "slice_thickness_mm")
SAID_OF_SERIES = (*SCANNER, "series_description")


def cards() -> dict[str, Biomarker]:
    """Every biomarker that is there, by name."""
    return discover("vivomap.quantify", Biomarker)


def measure(course: Course, pathway: Pathway) -> Course:
    """Measure each card of the pathway in each of its lesions; what cannot be given is missing with its reason.

    Cards that need no region of their own are numbers of the patient and come first. A fact with a card's name stands
    in for measuring it; a card that stands in for another is measured where that one is missing. A card of `if_imaged`
    is silent where the visit has no image for it.
    """
    asked = _ordered((*pathway.measure, *pathway.if_imaged))
    labels = _lesions(course.study, pathway)
    for label in ("", *labels):
        for card in asked:
            known = any(course.of(Measurement, n, label) for n in (card.name, card.instead_of) if n)
            if ("region" in card.needs) is (label != "") and not known:
                claim = measure_one(card, course, label)
                if card in pathway.measure or not _not_imaged(claim):
                    course = course.add(claim)
    return course if labels else course.add(*_undrawn(course, pathway))


def measure_one(card: Biomarker, seen: Study | Course, region: Region | str = "") -> Measurement | Missing:
    """One number of one lesion, given as a region or by name; "" for a number of the patient."""
    course = seen if isinstance(seen, Course) else Course(seen, (), seen.facts)
    regions = (region,) if isinstance(region, Region) else _drawn(course.study, region)
    label = _label(region) if isinstance(region, Region) else region
    try:
        found = gather(card, course, regions, label)
        return _measured(card, course, found, label)
    except Refusal as refusal:
        earlier = _before(card, course, label) if refusal.code == "not_imaged" else None
        code, reason = earlier or (refusal.code, refusal.reason)
        return Missing(card.name, label, course.study.day, code, reason)


def _before(card: Biomarker, course: Course, label: str) -> tuple[str, str] | None:
    """Why the number whose map this card needs is missing, if for want of no image; else None."""
    makers = [c.name for c in cards().values() if set(c.gives) & set(card.needs)]
    found = (m for name in makers for m in course.of(Missing, name, label) if m.code != "not_imaged")
    return next(((m.code, m.reason) for m in found), None)


def _ordered(cards: tuple[Biomarker, ...]) -> tuple[Biomarker, ...]:
    """The cards in their order, but each behind those that give a map or a number that it needs."""
    left, ordered = list(cards), []
    while left:
        given = {name for card in left for name in (card.name, *card.gives)}
        ready = next((c for c in left if not (given - {c.name, *c.gives}) & {*c.needs, *c.also, c.instead_of}), left[0])
        ordered.append(ready)
        left.remove(ready)
    return tuple(ordered)


def _label(region: Region) -> str:
    return region.lesion or region.name


def _lesions(study: Study, pathway: Pathway) -> tuple[str, ...]:
    """The lesions of the visit that the pathway follows, in the order in which they were drawn, once each."""
    followed = (r for r in study.regions if not pathway.regions or r.finding in pathway.regions)
    return tuple(dict.fromkeys(_label(r) for r in followed))


def _drawn(study: Study, label: str) -> tuple[Region, ...]:
    """Every drawing of one lesion: one for each grid."""
    return tuple(r for r in study.regions if label and label == _label(r))


def _undrawn(course: Course, pathway: Pathway) -> tuple[Missing, ...]:
    """What was asked of lesions at a visit where none was drawn and no fact tells it."""
    return tuple(
        Missing(card.name, "", course.study.day, "not_drawn", "the visit has no region to measure")
        for card in pathway.measure
        if "region" in card.needs and not course.of(Measurement, card.name)
    )


def _not_imaged(claim: Measurement | Missing) -> bool:
    return isinstance(claim, Missing) and claim.code == "not_imaged"


def _measured(card: Biomarker, course: Course, found: Found, label: str) -> Measurement:
    """The estimate of a card with its day, place, provenance and every warning that bears on it."""
    off = off_protocol(card, (found.carrier, *found.things), course)
    estimate = estimated(card.compute, found.things)
    carrier = found.carrier
    return Measurement(
        name=card.name,
        value=float(estimate.value),
        unit=card.unit,
        uncertainty=float(estimate.uncertainty),
        region=label,
        day=(carrier.day if carrier is not None else None) or course.study.day,
        provenance=_provenance(card, found, estimate.settings),
        flags=_flags(found, (*off, *estimate.flags)),
        detail=estimate.detail,
    )


def _provenance(card: Biomarker, found: Found, settings: Settings) -> Provenance:
    """Function and version; hashes of voxels, ids of earlier numbers; scanner, series and the compute's settings."""
    carrier = found.carrier
    images = tuple(t for t in found.things if isinstance(t, Image))
    drawn = tuple(t for t in found.things if isinstance(t, Region))
    numbers = tuple(t for t in found.things if isinstance(t, Measurement))
    inputs = (*(i.voxels.digest for i in images), *(r.mask.digest for r in drawn), *(identify(n) for n in numbers))
    source = ((s for s in i.source) for i in ((carrier,) if carrier and not images else images))
    named = (*(s for each in source for s in each), *(s for r in drawn for s in r.source))
    series: Settings = ()
    if carrier is not None:
        series = (("role", carrier.role), *((k, v) for k, v in carrier.settings if k in SAID_OF_SERIES))
    said = {name for name, _ in (*series, *settings)}
    taken = tuple((k, v) for k, v in recorded(card, (carrier, *found.things)) if k not in said)
    return Provenance(
        describe(card.compute), __version__, inputs, (*series, *taken, *settings), tuple(dict.fromkeys(named))
    )


def _flags(found: Found, own: tuple[Flag, ...]) -> tuple[Flag, ...]:
    """Warnings of the images, the regions, the earlier numbers and the compute, once each.

    A refusal of the image that does not bear on this number (no trusted mm, for a count) is a warning too.
    """
    things = (found.carrier, *found.things)
    of_things = (f for t in things if t is not None for f in t.flags)
    refused = (f for t in things if isinstance(t, Image) for f in t.refusals if f.denies in ("mm", "volume"))
    return tuple(dict.fromkeys((*of_things, *refused, *found.flags, *own)))
