"""Commands that look: what is in a folder, what a region measures, where a number comes from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vivomap.cli import settings
from vivomap.cli.talk import bold, emit, manner, say, show, table
from vivomap.core.codec import encode, identify
from vivomap.core.discover import discover
from vivomap.core.errors import Refusal, codes, page
from vivomap.core.image import Flag, Image, Region, same_grid
from vivomap.core.study import Studies, Study

if TYPE_CHECKING:
    from vivomap.core import Measurement, Missing

Paths = Annotated[list[Path], typer.Argument(help="Folders or files: DICOM, NIfTI, NRRD.", show_default=False)]
QUIET = ("not_an_image",)  # held, and nobody asked for it: a letter among the images


def inspect(paths: Paths) -> int:
    """What is there, which roles were recognised, and what will not be measurable and why."""
    from vivomap.cli.gather import every_held, found

    studies = found(paths)
    held = every_held(studies)
    if manner().json:
        emit("inspect", studies=[_study(s) for s in studies], held=[_plain(h) for h in held])
    else:
        _print_studies(studies)
    return 4 if any(h.code not in QUIET for h in held) else 0


def quantify(
    paths: Paths,
    region: Annotated[list[str], typer.Option(help="A name, or NAME[@DAY]=sphere:x,y,z,r in mm LPS.")],
    biomarker: Annotated[list[str] | None, typer.Option(help="One biomarker; may be repeated. Default: all.")] = None,
    patient: Annotated[str, typer.Option(help="One patient of several.")] = "",
    visit_window: Annotated[int | None, typer.Option(help="Studies so many days apart are one visit.")] = None,
) -> int:
    """The numbers of a region at every visit, each with unit, uncertainty and provenance."""
    from vivomap.cli.gather import REFERENCES, Request, gather, spoken
    from vivomap.core import Course, Measurement, Missing, Option, Pathway
    from vivomap.quantify import cards, measure
    from vivomap.track import follow

    known = cards()
    chosen = [_card(name, known) for name in biomarker or ()]
    window = settings.number("visit_window", visit_window)
    visits = gather(Request(tuple(paths), tuple(region), patient, window))
    numbers: list[Measurement] = []
    missing: list[Missing] = []
    asked: dict[str, Any] = {"measure": _with_makers(chosen, known)} if chosen else {"if_imaged": tuple(known.values())}
    plan = {"regions": (), "measure": (), "otherwise": Option("none", "P", "project"), "look_again_days": 0, **asked}
    pathway = Pathway("quantify", "what does this region measure?", "", **plan)
    names = {c.name for c in chosen} or set(known)
    for study in visits:
        followed = [r for r in study.regions if r.finding not in REFERENCES]
        if not followed:
            say(f"no such region at {spoken(study.day)} ({', '.join(dict.fromkeys(i.role for i in study.images))})")
            continue
        course = measure(follow(Course(study, (), study.facts), pathway), pathway)
        lesions = {r.lesion for r in course.study.regions if r.finding not in REFERENCES} | {""}
        numbers += [m for m in course.of(Measurement) if m.name in names and m.region in lesions]
        missing += [m for m in course.of(Missing) if m.name in names and m.region in lesions]
    if not chosen:
        missing = [m for m in missing if not _unasked(m, numbers)]
    if manner().json:
        emit("quantify", measurements=[_claim(m) for m in numbers], missing=[_claim(m) for m in missing])
    rows = [(str(m.day or "no date"), m.region, m.name, *_value(m.value, m.uncertainty), m.unit) for m in numbers]
    table(rows, ("day", "region", "biomarker", "value", "± (k=1)", "unit"))
    for flag in dict.fromkeys(f for m in numbers for f in m.flags):
        show(f"flag {flag.code}: {flag.reason}")
    for m in missing:
        show(f"missing {m.name} of {m.region or 'the patient'} ({m.day or 'no date'}): {m.code}: {m.reason}")
    return 4 if missing else 0


def _unasked(missing: Missing, numbers: Sequence[Measurement]) -> bool:
    """Whether a number that nobody named is merely not there to be had, or was given for a sister of the region."""
    if missing.code in ("not_imaged", "not_drawn"):
        return True
    sisters = (m.day == missing.day or m.region != missing.region for m in numbers if m.name == missing.name)
    return missing.code == "other_grid" and any(sisters)


def export_region(
    paths: Paths,
    region: Annotated[str, typer.Option(help="A name, or NAME=sphere:x,y,z,r in mm LPS.")],
    out: Annotated[Path, typer.Option(help="The mask to write, .nii or .nii.gz.")],
    patient: Annotated[str, typer.Option(help="One patient of several.")] = "",
) -> None:
    """Write a region as a mask on the grid of its image."""
    from vivomap.acquire import regions
    from vivomap.cli.gather import Request, gather

    visits = gather(Request(tuple(paths), (region,), patient))
    masks = [r for study in visits for r in study.regions if r.finding not in ("liver", "blood_pool")]
    if len(masks) > 1:
        on = "; ".join(f"{r.name} of {'×'.join(map(str, r.mask.array.shape))}" for r in masks[:4])
        raise Refusal(
            "ambiguous_name",
            f"{region!r} is drawn on {len(masks)} grids or visits",
            found=on,
            expected="one",
            hint="name one visit's folder, or NAME@DAY=…",
        )
    if manner().dry_run:
        return show(f"would write {out}: {masks[0].name}, {masks[0].voxel_count} voxels")
    regions.export(masks[0], out)
    volume = masks[0].voxel_count * masks[0].voxel_mm3
    if manner().json:
        emit("export-region", path=str(out), name=masks[0].name, voxels=masks[0].voxel_count, volume_mm3=volume)
    show(f"{out}: {masks[0].name}, {masks[0].voxel_count} voxels, {volume:.1f} mm3")


def explain(name: Annotated[str, typer.Argument(help="The id of a claim (six digits or more), or a code.")]) -> None:
    """From a number to its voxels; or the page of a code."""
    if name in codes():
        if manner().json:
            emit("explain", code=name, page=page(name))
        return show(page(name).rstrip())
    from vivomap.report.explain import chain
    from vivomap.store import open_project

    project = open_project(settings.project_folder(), create=False)
    found = project.find(name)
    text = chain(found.id, project.every(), project.every_decision())
    if manner().json:
        emit("explain", id=found.id, kind=found.kind, claim=encode(found.noun), chain=text.splitlines())
    show(text)


def _card(name: str, known: dict[str, Any]) -> Any:
    if name not in known:
        raise Refusal("unknown_name", f"there is no biomarker {name!r}", expected=", ".join(known))
    return known[name]


def _with_makers(chosen: Sequence[Any], known: dict[str, Any]) -> tuple[Any, ...]:
    """The chosen cards, each behind the cards that give a map or number that it needs."""
    ordered: list[Any] = []
    for card in chosen:
        makers = [c for need in card.needs for c in known.values() if c.name == need or need in c.gives]
        ordered += [c for c in (*makers, card) if c not in ordered]
    return tuple(ordered)


def _claim(claim: Any) -> dict[str, Any]:
    data: dict[str, Any] = encode(claim)
    return {"id": identify(claim), **{k: v for k, v in data.items() if k != "$"}}


def _plain(noun: Any) -> dict[str, Any]:
    return {k: v for k, v in encode(noun).items() if k != "$"}


def _value(value: float, uncertainty: float) -> tuple[str, str]:
    return f"{value:.5g}", f"{uncertainty:.2g}"


def _flags(flags: Sequence[Flag]) -> list[dict[str, str]]:
    return [{"code": f.code, "reason": f.reason} for f in flags]


def _study(study: Study) -> dict[str, Any]:
    places: list[tuple[Image, dict[str, Any]]] = []
    for image in study.images:
        count = len(image.frames) if image.voxels.array.ndim > 3 else 1
        places += [(image, _image(image.at(k), image, k if count > 1 else None)) for k in range(count)]
    grids = [image for image, _ in places]
    return {
        "patient": study.patient,
        "date": study.day.isoformat() if study.day else None,
        "uids": list(study.uid),
        "flags": _flags(study.flags),
        "images": [entry for _, entry in places],
        "regions": [_region(r, grids) for r in study.regions],
    }


def _image(one: Image, whole: Image, frame: int | None) -> dict[str, Any]:
    return {
        "role": one.role,
        "modality": one.text("modality"),
        "unit": one.unit,
        "shape": list(one.shape),
        "spacing_mm": list(one.spacing_mm),
        "affine": [list(row) for row in one.affine],
        "sop_instance_uids": list(one.source),
        "flags": _flags(one.flags),
        "refusals": [{**f, "denies": r.denies} for f, r in zip(_flags(one.refusals), one.refusals, strict=True)],
        "day": one.day.isoformat() if one.day else None,
        "series_uid": one.text("series_uid"),
        "description": one.text("series_description"),
        "frame": None if frame is None else {"value": whole.frames[frame], "unit": whole.frame_unit},
    }


def _region(region: Region, grids: Sequence[Image]) -> dict[str, Any]:
    on = next((k for k, image in enumerate(grids) if same_grid(region, image)), None)
    return {
        "name": region.name,
        "image": on,
        "voxels": region.voxel_count,
        "volume_mm3": region.voxel_count * region.voxel_mm3,
        "finding": region.finding,
        "tracking": region.tracking,
        "flags": _flags(region.flags),
    }


def _print_studies(studies: Studies) -> None:
    from vivomap.core import Biomarker

    cards = discover("vivomap.quantify", Biomarker)
    for study in studies:
        show(bold(f"patient {study.patient}, {study.day or 'no date'}"))
        rows = []
        for image in study.images:
            shape = "×".join(map(str, image.voxels.array.shape))
            spacing = "×".join(f"{s:.3g}" for s in image.spacing_mm)
            rows.append((image.role, image.text("modality"), shape, spacing, image.unit, _told(image)))
        table(rows, ("role", "mod", "shape (z,y,x)", "spacing mm", "unit", "series"))
        said = [f"  flag {i.role}: {f.code}: {f.reason}" for i in study.images for f in i.flags]
        said += [f"  no {_denied(f)} from {i.role}: {f.code}: {f.reason}" for i in study.images for f in i.refusals]
        for line in dict.fromkeys(said):
            times = said.count(line)
            show(f"{line} (on {times} images)" if times > 1 else line)
        for region in study.regions:
            show(
                f"  region {region.name}: {region.voxel_count} voxels, {region.voxel_count * region.voxel_mm3:.0f} mm3"
            )
        _print_reach(study, cards)
        show()
    for held in (*studies.held, *(h for s in studies for h in s.held)):
        if held.code not in QUIET or manner().verbose:
            show(f"held {held.path}: {held.code}: {held.reason}")
    quiet = sum(h.code in QUIET for h in studies.held)
    if quiet and not manner().verbose:
        say(f"{quiet} files are no images (-v lists them)")


def _print_reach(study: Study, cards: dict[str, Any]) -> None:
    """Which biomarkers the images of a study allow, and which they cannot give."""
    roles = {i.role for i in study.images} | {"region"} | set(cards)
    roles |= {gives for card in cards.values() if set(card.needs) <= roles for gives in card.gives}
    roles |= {r.finding for r in study.regions}
    can = [name for name, card in cards.items() if set(card.needs) <= roles]
    show(f"  measurable: {', '.join(can) or 'nothing'}")
    lacking: dict[str, list[str]] = {}
    for name in cards:
        if name not in can:
            lacking.setdefault(" or ".join(sorted(set(cards[name].needs) - roles - set(cards))), []).append(name)
    for need, names in lacking.items():
        show(f"  not measurable without {need or 'more'}: {', '.join(names)}")


def _told(image: Image) -> str:
    return image.text("series_description") or image.text("protocol") or "-"


def _denied(refusal: Flag) -> str:
    words = {"region": "number of a region", "volume": "3D number", "mm": "number in mm", "": "use"}
    return words.get(refusal.denies, refusal.denies)
