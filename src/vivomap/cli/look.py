"""Commands that look: what is in a folder, what a region measures, where a number comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vivomap.cli import qc, settings, witness
from vivomap.cli.deviating import off
from vivomap.cli.seen import QUIET, show_studies, within_reach
from vivomap.cli.shapes import claim, plain, sized, study, volume_mm3
from vivomap.cli.talk import emit, manner, plan, say, show, table, unknown
from vivomap.core.assessment import Consent
from vivomap.core.codec import encode
from vivomap.core.errors import Refusal, codes, page
from vivomap.core.units import spoken

if TYPE_CHECKING:
    from vivomap.cli.gather import Gathered
    from vivomap.core import Biomarker, Course, Measurement, Missing, Pathway
    from vivomap.store import Found, Project

Paths = Annotated[list[Path], typer.Argument(help="Folders or files: DICOM, NIfTI, NRRD.", show_default=False)]
Asked = Annotated[str, typer.Option(help="NAME, NAME@DAY, or drawn in mm LPS: NAME[@DAY]=sphere:x,y,z,r.")]
OnePatient = Annotated[str, typer.Option(help="One patient of several.")]


def inspect(paths: Paths) -> int:
    """What is there, which roles were recognised, and what will not be measurable and why."""
    from vivomap.cli.gather import every_held, found
    from vivomap.quantify import cards

    studies = found(paths)
    witness.looked(studies)
    studies = replace(studies, studies=qc.watched(studies.studies, settings.project_folder()))
    held = every_held(studies)
    if manner().json:
        known = cards()
        told = [{**study(s), "deviations": [asdict(o) for o in off(s, within_reach(s, known))]} for s in studies]
        emit("inspect", studies=told, held=[plain(h) for h in held])
    else:
        show_studies(studies, held, cards())
    return 4 if any(h.code not in QUIET for h in held) else 0


def quantify(
    paths: Paths,
    region: Annotated[list[str], typer.Option(help="NAME, NAME@DAY, or drawn in mm LPS: NAME[@DAY]=sphere:x,y,z,r.")],
    biomarker: Annotated[list[str] | None, typer.Option(help="One biomarker; may be repeated. Default: all.")] = None,
    patient: OnePatient = "",
    visit_window: Annotated[int | None, typer.Option(help="Studies so many days apart are one visit.")] = None,
) -> int:
    """The numbers of a region at every visit, each with unit, uncertainty and provenance."""
    from vivomap.cli.gather import Request, gather
    from vivomap.core import Measurement, Missing
    from vivomap.quantify import cards

    known = cards()
    chosen = [_card(name, known) for name in biomarker or ()]
    window = settings.number("visit_window", visit_window)
    found = gather(Request(tuple(paths), tuple(region), patient, window, follow=False))
    witness.looked(found.visits)
    pathway = _asking(chosen, known)
    names = [c.name for c in chosen] or list(known)
    numbers: list[Measurement] = []
    missing = _absent(found, chosen)
    for course in (_measured(s, pathway, found.asked) for s in qc.watched(found.visits, settings.project_folder())):
        lesions = {r.lesion or r.name for r in course.study.regions if r.name in found.asked} | {""}
        numbers += [m for m in course.of(Measurement) if m.name in names and m.region in lesions]
        missing += [m for m in course.of(Missing) if m.name in names and m.region in lesions]
    if not chosen:
        missing = [m for m in missing if not _unasked(m, numbers)]
    if manner().json:
        emit("quantify", measurements=[claim(m) for m in numbers], missing=[claim(m) for m in missing])
    _show_numbers(numbers, missing)
    return 4 if missing or found.held else 0


def _asking(chosen: Sequence[Biomarker], known: dict[str, Biomarker]) -> Pathway:
    """A pathway that only measures: the chosen biomarkers, or every one that the images allow."""
    from vivomap.core import Option, Pathway

    asked: dict[str, Any] = {"measure": _with_makers(chosen, known)} if chosen else {"if_imaged": tuple(known.values())}
    card = {"regions": (), "measure": (), "otherwise": Option("none", "P", "project"), "look_again_days": 0, **asked}
    return Pathway("quantify", "what does this region measure?", "", **card)


def _measured(visit: Any, pathway: Pathway, asked: frozenset[str]) -> Course:
    """A visit with its numbers; where it has none of the regions, as it is."""
    from vivomap.core import Course
    from vivomap.quantify import measure
    from vivomap.track import follow

    course = Course(visit, (), visit.facts)
    return measure(follow(course, pathway), pathway) if any(r.name in asked for r in visit.regions) else course


def _absent(found: Gathered, chosen: Sequence[Biomarker]) -> list[Missing]:
    """What was asked of a region at a visit that has none of its name: said, and missing where it was asked by name."""
    from vivomap.core import Missing

    for spec, day in found.absent:
        say(f"no region {spec} at {day or 'the visit without a date'}")
    return [
        Missing(card.name, spec, day, "not_drawn", f"the visit has no region {spec!r}")
        for spec, day in found.absent
        for card in chosen
    ]


def _show_numbers(numbers: Sequence[Measurement], missing: Sequence[Missing]) -> None:
    rows = [
        (str(m.day or "no date"), m.region, m.name, f"{m.value:.5g}", f"{m.uncertainty:.2g}", spoken(m.unit))
        for m in numbers
    ]
    table(rows, ("day", "region", "biomarker", "value", "± (k=1)", "unit"))
    for flag in dict.fromkeys(f for m in numbers for f in m.flags):
        show(f"flag {flag.code}: {flag.reason}")
    for m in missing:
        show(f"missing {m.name} of {m.region or 'the patient'} ({m.day or 'no date'}): {m.code}: {m.reason}")


def _unasked(missing: Missing, numbers: Sequence[Measurement]) -> bool:
    """Whether a number that nobody named is merely not there to be had, or was given for a sister of the region."""
    if missing.code in ("not_imaged", "not_drawn", "no_outline"):
        return True
    sisters = (m.day == missing.day or m.region != missing.region for m in numbers if m.name == missing.name)
    return missing.code == "other_grid" and any(sisters)


def export_region(
    paths: Paths,
    region: Asked,
    out: Annotated[Path, typer.Option(help="The mask to write, .nii or .nii.gz.")],
    patient: OnePatient = "",
) -> int:
    """Write a region as a mask on the grid of its image."""
    from vivomap.acquire import regions
    from vivomap.cli.gather import Request, gather

    found = gather(Request(tuple(paths), (region,), patient, follow=False))
    masks = [(v, r) for v in found.visits for r in v.regions if r.name in found.asked]
    if len(masks) > 1:
        on = "; ".join(
            f"{r.name} of {v.day or 'no date'} on {'×'.join(map(str, r.mask.array.shape))}" for v, r in masks
        )
        hint = "name a visit: --region NAME@DAY, or the whole name, or the folder of one visit"
        summary = f"{region!r} is drawn on {len(masks)} grids or visits"
        raise Refusal("ambiguous_name", summary, where="--region", found=on, expected="one", hint=hint)
    visit, mask = masks[0]
    _spare(out, paths)
    if manner().dry_run:
        plan(f"write {out}: {mask.name}, {mask.voxel_count} voxels")
        return 0
    witness.left(str(out), [visit.patient], "a region as a mask")
    regions.export(mask, out)
    if manner().json:
        volume = volume_mm3(mask, visit.images)
        emit("export-region", path=str(out), name=mask.name, voxels=mask.voxel_count, volume_mm3=volume)
    show(f"{out}: {mask.name}, {sized(mask, visit.images)}")
    return 4 if found.held else 0


def _spare(out: Path, paths: Sequence[Path]) -> None:
    """Raises Refusal if a file of the input would be written over (rule U5)."""
    whole = out.resolve()
    if whole.exists() and any(p.resolve() in (whole, *whole.parents) for p in paths):
        hint = "name a new file, or one outside the folders that are read"
        raise Refusal("cannot_write", "an input file would be written over", where=str(out), hint=hint)


def explain(name: Annotated[str, typer.Argument(help="The id of a claim (six digits or more), or a code.")]) -> None:
    """From a number to its voxels; or the page of a code."""
    if name in codes():
        if manner().json:
            emit("explain", code=name, page=page(name))
        return show(page(name).rstrip())
    if set(name.lower()) - set("0123456789abcdef"):
        raise unknown("an id or a code", name, codes())
    from vivomap.report.explain import chain
    from vivomap.store import open_project

    project = open_project(settings.project_folder(), create=False)
    found = project.find(name)
    witness.told([_whose(project, found)], found.kind, found.id)
    consent = isinstance(found.noun, Consent)
    text = _consent(found) if consent else chain(found.id, project.every(), project.every_decision())
    if manner().json:
        emit("explain", id=found.id, kind=found.kind, claim=encode(found.noun), chain=text.splitlines())
    show(text)


def _consent(found: Found) -> str:
    """What a consent says, in one line; nothing lies below it."""
    said = found.noun
    word = "given" if said.given else "not given"
    return f"consent {found.id[:12]}: {said.purpose} {word} by {said.patient} on {said.day}, taken down by {said.by}"


def _whose(project: Project, found: Found) -> str:
    """The patient that something on record is about; "" where it is about none."""
    noun = project.assessment(found.assessment) if found.assessment else found.noun
    return str(getattr(getattr(noun, "study", noun), "patient", ""))


def _card(name: str, known: dict[str, Biomarker]) -> Biomarker:
    if name not in known:
        raise unknown("a biomarker", name, tuple(known))
    return known[name]


def _with_makers(chosen: Sequence[Biomarker], known: dict[str, Biomarker]) -> tuple[Biomarker, ...]:
    """The chosen cards, each behind the cards that give a map or number that it needs."""
    ordered: list[Biomarker] = []
    for card in chosen:
        wanted = (*card.needs, *card.also)
        makers = [c for need in wanted for c in known.values() if c.name == need or need in c.gives]
        ordered += [c for c in (*makers, card) if c not in ordered]
    return tuple(ordered)
