"""The command that lays PET and MR on one grid, finds the habitats of a region, and hands the resistant part on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vivomap.cli import witness
from vivomap.cli.shapes import claim
from vivomap.cli.talk import emit, manner, plan, say, show, table
from vivomap.core.errors import Refusal
from vivomap.core.units import spoken

if TYPE_CHECKING:
    from vivomap.core import Assessment, Pathway, Study

EXAMPLES = (
    "vivomap habitats scans/ --region GTV_Mass_MR --reference muscle=sphere:96,-30,-240,8 --psf 6",
    "vivomap habitats scans/ --region GTV_Mass_MR --reference muscle --onto adc --out habitats",
)
FORMS = ("json", "pm", "seg", "boost")
ASKED = ("habitat", "resistant", "suv_mean_corrected", "target_overlap")  # cards whose names begin so


def habitats(
    paths: Annotated[list[Path], typer.Argument(help="Folders or files of one visit.", show_default=False)],
    region: Annotated[str, typer.Option(help="The tumour: NAME, or NAME=sphere:x,y,z,r in mm LPS.")],
    reference: Annotated[str, typer.Option(help="Healthy tissue of the same patient, in the same form.")],
    onto: Annotated[str, typer.Option(help="The role whose grid the others are laid on.")] = "mr",
    psf: Annotated[float | None, typer.Option(min=0.0, help="The blur of PET (FWHM), mm.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write assessment, maps and outlines as DICOM here.")] = None,
    patient: Annotated[str, typer.Option(help="One patient of several.")] = "",
) -> int:
    """The habitats of a tumour on PET and MR, how stable they are, and the sub-region that may resist."""
    from vivomap.cli.gather import Request, gather
    from vivomap.core import Course, Measurement, Missing
    from vivomap.loop import assess

    found = gather(Request(tuple(paths), (region, reference), patient, follow=False))
    visits = [v for v in found.visits if v.image("suv") is not None] or list(found.visits)
    study = prepared(visits[-1], (region, reference), onto, psf)
    witness.looked([study])
    if manner().dry_run:
        plan(
            f"lay the images of {study.day} on the grid of {onto}",
            *([f"write {', '.join(FORMS)} to {out}"] if out else []),
        )
        return 0
    made = assess(_asking(), study)
    files = _written(made, out) if out else []
    course = Course(made.study, (), made.claims)
    numbers, missing = course.of(Measurement), course.of(Missing)
    if manner().json:
        told = [{"form": form, "path": str(path)} for form, path in files]
        emit("habitats", measurements=[claim(m) for m in numbers], missing=[claim(m) for m in missing], files=told)
    rows = [(m.region, m.name, f"{m.value:.5g}", f"{m.uncertainty:.2g}", spoken(m.unit)) for m in numbers]
    table(rows, ("region", "number", "value", "± (k=1)", "unit"))
    for flag in dict.fromkeys(f for m in numbers for f in m.flags):
        show(f"flag {flag.code}: {flag.reason}")
    for m in missing:
        show(f"missing {m.name} of {m.region or 'the patient'}: {m.code}: {m.reason}")
    return 4 if missing or found.held else 0


def prepared(study: Study, named: tuple[str, str], onto: str, psf: float | None) -> Study:
    """The visit on one grid, its tumour and reference called so, its PET with the blur that was given."""
    from vivomap.quantify.habitats.one_grid import on_one_grid

    tumour, reference = (n.partition("=")[0].partition("@")[0].casefold() for n in named)
    findings = {tumour: "lesion", reference: "reference_tissue"}
    regions = []
    for drawn in study.regions:
        begins = next((f for name, f in findings.items() if drawn.name.casefold().startswith(name)), None)
        regions += [replace(drawn, finding=begins)] if begins else []
    images = study.images
    if psf is not None:
        blurs = (("psf_mm", psf),)
        images = tuple(replace(i, settings=(*i.settings, *blurs)) if i.role == "suv" else i for i in images)
    return on_one_grid(replace(study, regions=tuple(regions), images=images), onto)


def _asking() -> Pathway:
    """A pathway that measures the numbers of habitats, and before them the maps that the images allow."""
    from vivomap.core import Option, Pathway
    from vivomap.quantify import cards

    known = cards()
    chosen = tuple(c for name, c in known.items() if name.startswith(ASKED))
    wanted = {need for card in chosen for need in (*card.needs, *card.also)} - {c.name for c in chosen}
    makers = tuple(c for c in known.values() if wanted & set(c.gives) and c not in chosen)
    none = Option("none", "P", "project")
    return Pathway("habitats", "which part may resist?", "", ("lesion",), chosen, none, 0, if_imaged=makers)


def _written(made: Assessment, out: Path) -> list[tuple[str, Path]]:
    """Every form that this assessment can have; what has none is said."""
    from vivomap.report.forms import Filed, put

    witness.left(str(out), [made.study.patient], f"habitats: {', '.join(FORMS)}")
    files: list[tuple[str, Path]] = []
    for form in FORMS:
        try:
            files += put(Filed(made), [form], out)
        except Refusal as refusal:
            say(f"no {form}: {refusal.code}: {refusal.summary}")
    for _, path in files:
        say(f"write {path}")
    return files
