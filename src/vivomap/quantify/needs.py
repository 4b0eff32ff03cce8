"""What a number needs and where it is found: images, regions, maps and earlier numbers that lie on one grid.

A need is a name. "region" is the one being measured; an image's role ("ct"); the role of a map that an earlier
number carries ("adc"); an earlier number; or another region's finding or name ("liver"). "reference_region" is the
region that the file of the PET's tracer names as its reference.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, product

from vivomap.core import Biomarker, Course, Flag, Image, Measurement, Missing, Refusal, Region, same_grid
from vivomap.core.image import MRS_VOXEL
from vivomap.core.tracers import tracer_of

Thing = Image | Region | Measurement
ROLES = (
    "ct",
    "suv",
    "activity",
    "adc",
    "dwi",
    "dce",
    "vfa",
    "dsc",
    "asl",
    "cine",
    "echo",
    "mr",
    "us",
    "nm",
    "dose",
    "mt_off",
    "mt_on",
    "spectral_ct",
    "echo_phase",
    "map",
    "fa_controls",
    "pet_dynamic",
    "hp_pyruvate",
    "hp_lactate",
    "mrs",
    "mrs_water",
)
# roles whose images may be series of volumes
FRAMED = (
    "dwi",
    "dce",
    "vfa",
    "dsc",
    "asl",
    "cine",
    "echo",
    "us",
    "fa_controls",
    "t1",
    "pet_dynamic",
    "hp_pyruvate",
    "hp_lactate",
    "spectral_ct",
    "echo_phase",
    "habitats",
    "mrs",
    "mrs_water",
)
UNIT_OF = {
    "ct": "[hnsf'U]",
    "spectral_ct": "[hnsf'U]",
    "suv": "g/ml{SUVbw}",
    "adc": "mm2/s",
}  # what the door converts to
REFERENCE = "reference_region"
OF_LENGTH = ("mm", "cm", "mm2", "cm2", "mm3", "cm3", "mL", "g")  # numbers that a wrong spacing makes wrong


@dataclass(frozen=True)
class Found:
    """The arguments of a compute in the order of its needs, the image whose grid and scanner they share, warnings."""

    things: tuple[Thing | None, ...]
    carrier: Image | None
    flags: tuple[Flag, ...] = ()


def gather(card: Biomarker, course: Course, regions: tuple[Region, ...], label: str) -> Found:
    """What a card needs for one lesion, which is drawn in `regions` (once for each grid).

    Raises Refusal with the reason why something is not there or must not be used.
    """
    choices = [_choices(card, need, course, regions, label) for need in card.needs]
    for things in product(*choices):
        placed = [t for t in things if not isinstance(t, Measurement)]
        if all(same_grid(a, b) for a, b in pairwise(placed)):
            carrier = next((t for t in things if isinstance(t, Image)), None)
            if carrier is None and placed:
                carrier = carrier_of(placed[0], course, card)
            for thing in (carrier, *placed):
                _allow(thing, card)
            more, left = _also(card, course, label, placed[0] if placed else None)
            return Found((*things, *more), carrier, (*_rivals(card, things, choices, regions), *left))
    raise _apart(card, course, choices)


def _also(
    card: Biomarker, course: Course, label: str, on: Image | Region | None
) -> tuple[tuple[Image | Region | None, ...], tuple[Flag, ...]]:
    """What takes part where it is there, None where not; a warning for what lies on another grid and takes no part."""
    taken: list[Image | Region | None] = []
    flags = []
    for name in card.also:
        carried = (m.detail for m in course.of(Measurement, None, label) if isinstance(m.detail, Image))
        there: list[Image | Region] = [i for i in (*course.study.images, *carried) if i.role == name]
        there += [r for r in course.study.regions if name in (r.finding, r.lesion, r.name)]
        there = [t for t in there if denial(t, card) is None]
        here = [t for t in there if on is not None and same_grid(t, on)]
        taken.append(here[0] if here else None)
        if there and not here:
            flags.append(Flag("other_grid", f"{name!r} lies on another grid and took no part"))
    return tuple(taken), tuple(flags)


def _rivals(
    card: Biomarker, taken: tuple[Thing, ...], choices: list[tuple[Thing, ...]], regions: tuple[Region, ...]
) -> tuple[Flag, ...]:
    """A warning for each role that other images could have filled as well, which would have given another number."""
    flags = []
    for thing, options in zip(taken, choices, strict=True):
        able = [i for i in options if isinstance(i, Image) and denial(i, card) is None]
        able = [i for i in able if not regions or any(same_grid(i, r) for r in regions)]
        if isinstance(thing, Image) and len(able) > 1:
            which = thing.text("series_description") or thing.text("series_number") or "the first"
            reason = f"{len(able)} images in the role {thing.role!r} could give this number: {which} was taken"
            flags.append(Flag("several_images", reason))
    return tuple(flags)


def carrier_of(placed: Image | Region, course: Course, card: Biomarker) -> Image | None:
    """The visit's image on the same grid; one that allows the number comes first."""
    images = [i for i in course.study.images if same_grid(i, placed)]
    return next((i for i in images if denial(i, card) is None), next(iter(images), None))


def denial(thing: Image | Region, card: Biomarker) -> Flag | None:
    """Why an image or a region forbids the number, or None: all, the 3D ones, those that carry a length.

    An image in a role that it denies itself (b-values without their b) forbids what needs that role.
    """
    flags = thing.refusals if isinstance(thing, Image) else thing.flags
    for flag in flags:
        solid = flag.denies == "volume" and card.dimensions == 3
        length = flag.denies == "mm" and card.unit in OF_LENGTH
        itself = isinstance(thing, Image) and flag.denies == thing.role and thing.role in card.needs
        if flag.denies == "region" or solid or length or itself:
            return flag
    return None


def _allow(thing: Image | Region | None, card: Biomarker) -> None:
    """Raises Refusal if an image or a region forbids the number, or an image has not the unit or form of its role."""
    if isinstance(thing, Image) and thing.role in card.needs and UNIT_OF.get(thing.role, thing.unit) != thing.unit:
        summary = f"an image in the role {thing.role!r} has the wrong unit"
        raise Refusal("wrong_unit", summary, found=thing.unit, expected=UNIT_OF[thing.role])
    if isinstance(thing, Image) and thing.role in card.needs and thing.role not in FRAMED and thing.frames:
        summary = (
            f"the image in the role {thing.role!r} is a series of {len(thing.frames)} volumes, and one is measured"
        )
        raise Refusal("several_volumes", summary, expected="one volume")
    flag = denial(thing, card) if thing is not None else None
    if flag is not None:
        raise Refusal(flag.code, flag.reason)


def _choices(card: Biomarker, need: str, course: Course, regions: tuple[Region, ...], label: str) -> tuple[Thing, ...]:
    """Everything that could stand for one need, the best first. Raises Refusal if there is nothing."""
    if need == "region":
        fit = tuple(r for r in regions if card.of in ("", r.finding))
        if regions and not fit:
            raise Refusal("not_drawn", f"{label} is no {card.of}", found=regions[0].finding, expected=card.of)
        return _preferred(card, course, _outlined(fit, label) if card.needs == ("region",) else fit)
    if need == REFERENCE:
        return _preferred(card, course, _references(card, course))
    images = [i for i in course.study.images if i.role == need]
    carried = [m.detail for m in course.of(Measurement, None, label) if isinstance(m.detail, Image)]
    maps = [i for i in carried if i.role == need]
    if images or maps:
        return tuple(sorted((*images, *maps), key=lambda i: denial(i, card) is not None))
    for where in dict.fromkeys((label, "")):
        numbers = course.of(Measurement, need, where)
        if numbers:
            return numbers[-1:]
    drawn = tuple(r for r in course.study.regions if need in (r.finding, r.lesion, r.name))
    if drawn:
        return _preferred(card, course, drawn)
    raise _absent(need, course, label)


def _outlined(regions: tuple[Region, ...], label: str) -> tuple[Region, ...]:
    """Regions that have a size of their own. Raises Refusal if all are boxes of a spectrum."""
    outlined = tuple(r for r in regions if r.finding != MRS_VOXEL)
    if regions and not outlined:
        summary = f"{label} is the box from which a spectrum was taken: its size is that of the box, not of tissue"
        raise Refusal("no_outline", summary, found=MRS_VOXEL, expected="an outline")
    return outlined


def _references(card: Biomarker, course: Course) -> tuple[Region, ...]:
    """The regions that the files of the tracers name as reference. Raises Refusal if no tracer is known, or none drawn.

    The card itself holds that its image and its reference belong to one tracer.
    """
    wanted = {tracer_of(i).tracer.reference_region for i in course.study.images if i.role in card.needs}
    drawn = tuple(r for r in course.study.regions if wanted & {r.finding, r.lesion, r.name})
    if not drawn:
        names = " or ".join(sorted(w or "none in the tracer's file" for w in wanted))
        raise Refusal("not_drawn", f"the visit has no region that is the tracer's reference: {names}")
    return drawn


def _preferred(card: Biomarker, course: Course, regions: tuple[Region, ...]) -> tuple[Region, ...]:
    """Regions whose image allows the number before the others, and finer grids before coarser ones."""
    if not regions:
        raise Refusal("not_drawn", "the visit has no such region")
    if len(regions) == 1:
        return regions
    denied = {id(r): (c := carrier_of(r, course, card)) is None or denial(c, card) is not None for r in regions}
    return tuple(sorted(regions, key=lambda r: (denied[id(r)], r.voxel_mm3)))


def _absent(need: str, course: Course, label: str) -> Refusal:
    """Why nothing stands for a need: refused at the door, missing before, not imaged or not drawn."""
    for image in course.study.images:
        for flag in image.refusals:
            if flag.denies == need:
                return Refusal(flag.code, flag.reason)
    for held in course.study.held:
        if need in held.reason.lower().replace(":", " ").replace(",", " ").split():
            return Refusal(held.code, held.reason)
    for where in dict.fromkeys((label, "")):
        for missing in course.of(Missing, need, where):
            return Refusal(missing.code, missing.reason)
    if need not in ROLES:
        return Refusal("not_drawn", f"the visit has no region, map or number called {need!r}")
    count = len(course.study.held)
    more = f"; {count} of its files were held at the door" if count else ""
    return Refusal("not_imaged", f"the visit has no image in the role {need!r}{more}")


def _apart(card: Biomarker, course: Course, choices: list[tuple[Thing, ...]]) -> Refusal:
    """Why things that are there cannot be used together: another frame of reference, or another grid."""
    frames = set()
    for options in choices:
        for thing in options:
            if not isinstance(thing, Measurement):
                image = thing if isinstance(thing, Image) else carrier_of(thing, course, card)
                frames.add(image.text("frame_of_reference") if image is not None else "")
    needs = " and ".join(repr(n) for n in card.needs)
    if len(frames) > 1 and "" not in frames:
        return Refusal("wrong_frame", f"{needs} lie in different frames of reference")
    return Refusal("other_grid", f"{needs} lie on different grids")
