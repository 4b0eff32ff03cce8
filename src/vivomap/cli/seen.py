"""What `inspect` prints for a person: images, regions, warnings, what can be measured and what cannot, and why."""

from __future__ import annotations

from itertools import product

from vivomap.cli.deviating import forbidden, off, silent
from vivomap.cli.shapes import sized
from vivomap.cli.talk import bold, counted, manner, say, show, table
from vivomap.core.acquisition import CODE as OFF_PROTOCOL
from vivomap.core.biomarker import Biomarker
from vivomap.core.image import MRS_VOXEL, Flag, Image, Region, same_grid
from vivomap.core.study import Held, Studies, Study
from vivomap.core.units import spoken

FORBIDDEN = f"refused ({OFF_PROTOCOL})"
QUIET = ("not_an_image", "duplicate_file")  # held, and nothing is lost by it: a letter, or the same object twice


def show_studies(studies: Studies, held: tuple[Held, ...], cards: dict[str, Biomarker]) -> None:
    """Everything that was found; `cards` are the biomarkers by name."""
    told: dict[tuple[str, ...], str] = {}  # which study had these lines first
    for study in studies:
        who = f"patient {study.patient}, {study.day or 'no date'}"
        show(bold(who))
        _show_flags(study)
        _show_images(study)
        _show_regions(study)
        lines = _reached(study, cards)
        _show_reach(lines, told.get(lines, ""))
        told.setdefault(lines, who)
        _show_protocol(study, cards)
        show()
    for each in held:
        if each.code not in QUIET or manner().verbose:
            show(f"held {each.path}: {each.code}: {each.reason}")
    quiet = sum(h.code in QUIET for h in held)
    if quiet and not manner().verbose:
        say(f"{counted(quiet, 'file')} not an image (-v lists them)")


def _show_flags(study: Study) -> None:
    for flag in dict.fromkeys(study.flags):
        show(f"  flag: {flag.code}: {flag.reason}")


def _show_images(study: Study) -> None:
    rows = []
    for image in study.images:
        shape = "×".join(map(str, image.voxels.array.shape))
        spacing = "×".join(f"{s:.3g}" for s in image.spacing_mm)
        unit = spoken(image.unit) or "-"
        rows.append((image.role, image.text("modality") or "-", shape, spacing, unit, _told(image)))
    table(rows, ("role", "mod", "shape (z,y,x)", "spacing mm", "unit", "series"))
    said = [f"  flag {i.role}: {f.code}: {f.reason}" for i in study.images for f in i.flags]
    said += [f"  no {_denied(f)} from {i.role}: {f.code}: {f.reason}" for i in study.images for f in i.refusals]
    for line in dict.fromkeys(said):
        times = said.count(line)
        show(f"{line} (on {times} images)" if times > 1 else line)
    for image in study.images if manner().verbose else ():
        show(f"  {image.role} ({_told(image)}) lies at {_place(image)}")


def _place(image: Image) -> str:
    """From where to where an image reaches, mm in LPS, from the middle of its outermost voxels."""
    far = [n - 1 for n in image.voxels.array.shape[-3:]]
    ends = [
        [row[3] + sum(row[k] * at[k] for k in range(3)) for at in product(*((0, n) for n in far))]
        for row in image.affine[:3]
    ]
    told = (f"{axis} {min(end):.0f} to {max(end):.0f}" for axis, end in zip("xyz", ends, strict=True))
    return ", ".join(told) + " mm LPS"


def _show_regions(study: Study) -> None:
    for region in study.regions:
        show(f"  region {region.name} on {_ground(region, study)}: {sized(region, study.images)}")
        for flag in region.flags:
            show(f"    flag: {flag.code}: {flag.reason}")


def _show_protocol(study: Study, cards: dict[str, Biomarker]) -> None:
    near = within_reach(study, cards)
    for each in off(study, near):
        show(f"  {each.line}")
    if manner().verbose:
        for line in silent(study, near):
            show(f"  {line}")


def _ground(region: Region, study: Study) -> str:
    """What a region is drawn on."""
    return next((f"{i.role} ({_told(i)})" for i in study.images if same_grid(region, i)), "a grid of its own")


def _show_reach(lines: tuple[str, ...], earlier: str) -> None:
    """What can be measured and what cannot; where an earlier study had the same lines, that one alone."""
    for line in (f"  measurable and not: as of {earlier}",) if earlier else lines:
        show(line)


def _reached(study: Study, cards: dict[str, Biomarker]) -> tuple[str, ...]:
    why = reach(study, cards)
    can = [name for name, reason in why.items() if not reason]
    once = ", once a region is drawn" if can and not study.regions else ""
    lost = dict.fromkeys(r for r in why.values() if r)
    return (
        f"  measurable{once}: {', '.join(can) or 'nothing'}",
        *(f"  not measurable, {r}: {', '.join(name for name, reason in why.items() if reason == r)}" for r in lost),
    )


def within_reach(study: Study, cards: dict[str, Biomarker]) -> dict[str, Biomarker]:
    """The biomarkers that a study has the images for, those that its protocol forbids among them."""
    why = reach(study, cards)
    return {name: card for name, card in cards.items() if why[name] in ("", FORBIDDEN)}


def reach(study: Study, cards: dict[str, Biomarker]) -> dict[str, str]:
    """For each biomarker "" where the images of a study allow it, else why not."""
    why: dict[str, str] = {}
    for _ in cards:  # a number may rest on another one, which is then known a round later
        made = {name for card in cards.values() if why.get(card.name) == "" for name in (card.name, *card.gives)}
        said = {name: _lacks(card, study, made) for name, card in cards.items()}
        if said == why:
            break
        why = said
    return why


def _lacks(card: Biomarker, study: Study, made: set[str]) -> str:
    """What a biomarker lacks, or "" where it has all that it needs."""
    from vivomap.quantify.needs import denial

    if card.needs == ("region",) and study.regions and all(r.finding == MRS_VOXEL for r in study.regions):
        return "without an outline"
    named = {word for r in study.regions for word in (r.finding, r.name)}
    absent = []
    for need in card.needs:
        images = [i for i in study.images if i.role == need or (card.needs == ("region",) and need == "region")]
        denied = [denial(i, card) for i in images]
        if images and all(denied):
            return f"refused ({', '.join(dict.fromkeys(f.code for f in denied if f))})"
        refused = next((f for i in study.images for f in i.refusals if f.denies == need), None)
        if refused:
            return f"no {need} ({refused.code})"
        absent += [] if images or need == "region" or need in made | named else [need]
    absent += [card.of] if card.of and card.of not in named else []
    if absent or not study.images:
        return f"without {' and '.join(absent or ['an image'])}"
    taken = [[i for i in study.images if i.role == need] for need in card.needs]
    return FORBIDDEN if any(forbidden(card, images) for images in taken if images) else ""


def _told(image: Image) -> str:
    return image.text("series_description") or image.text("protocol") or "-"


def _denied(refusal: Flag) -> str:
    words = {"region": "number of a region", "volume": "3D number", "mm": "number in mm", "": "use"}
    return words.get(refusal.denies, refusal.denies)
