"""The command that makes a region: from a click on a lesion, or by a trained network with its card."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from vivomap.cli import witness
from vivomap.cli.talk import emit, manner, plan, progress, say, show, table
from vivomap.core.errors import Refusal

if TYPE_CHECKING:
    from vivomap.acquire.segment import Segmented
    from vivomap.core import Image, Study
    from vivomap.maths.network import Card

EXAMPLES = (
    "vivomap segment scans/ --at -52,31,-118 --name nodule --out nodule.nii.gz",
    "vivomap segment scans/ --model lesions.json --out lesion.nii.gz --json",
)
NIFTI, DICOM = (".nii", ".nii.gz"), ".dcm"
Point = tuple[float, float, float]


def segment(
    paths: Annotated[list[Path], typer.Argument(help="Folders or files: DICOM, NIfTI, NRRD.", show_default=False)],
    out: Annotated[Path, typer.Option(help="The region: .nii.gz, or .dcm for a DICOM segmentation.")],
    at: Annotated[str, typer.Option(help="The click, x,y,z in mm LPS.")] = "",
    beside: Annotated[list[str] | None, typer.Option(help="A click beside the lesion, x,y,z; may repeat.")] = None,
    reach: Annotated[float, typer.Option(min=3.0, help="How far around the click is looked, mm.")] = 25.0,
    name: Annotated[str, typer.Option(help="What the region is called.")] = "lesion",
    image: Annotated[str, typer.Option(help="The image: its role or series description.")] = "",
    model: Annotated[Path | None, typer.Option(help="Instead of a click: a model card, or a MONAI bundle.")] = None,
    chances: Annotated[Path | None, typer.Option(help="Also the chance of every voxel in percent, .nii.gz.")] = None,
    patient: Annotated[str, typer.Option(help="One patient of several.")] = "",
) -> int:
    """Make a region from a click, or by a network, with how surely its edge is known."""
    from vivomap.acquire.segment import Click, by_network
    from vivomap.acquire.segment import segment as clicked
    from vivomap.cli.gather import Request, gather

    _sound(out, at, model, chances)
    click = Click(_point(at, "--at"), tuple(_point(b, "--beside") for b in beside or ()), reach) if at else None
    study, seen = _meant(gather(Request(tuple(paths), (), patient)).visits, image, click.at if click else None)
    card = _card(model)
    if manner().dry_run:
        how = f"by {card.name} {card.version}" if card else f"around {at}"
        plan(f"outline {name if click else 'what the network finds'} on {_called(seen)} {how}", f"write {out}")
        return 0
    witness.looked([study])
    if click is not None:
        found: tuple[Segmented, ...] = (clicked(seen, click, name),)
    else:
        assert card is not None  # one of the two was asked for
        with progress("looking") as told:
            found = tuple(s for s in by_network(seen, card, told) if s.region.voxel_count)
    _written(Made(study, seen, found, card), out, chances)
    return 0 if found else 4


class Made(NamedTuple):
    """What was found on which image, and by which network, if it was one."""

    study: Study
    image: Image
    found: tuple[Segmented, ...]
    card: Card | None


def _point(text: str, flag: str) -> Point:
    try:
        x, y, z = (float(part) for part in text.split(","))
    except ValueError:
        expected = "x,y,z in mm LPS, such as -52,31,-118"
        raise Refusal("bad_setting", f"{flag} is a point", where=flag, found=text, expected=expected) from None
    return x, y, z


def _sound(out: Path, at: str, model: Path | None, chances: Path | None) -> None:
    if bool(at) is (model is not None):
        raise Refusal("bad_setting", "a region is made from a click or by a model", expected="--at or --model")
    if not out.name.endswith((*NIFTI, DICOM)):
        raise Refusal(
            "bad_setting", "a region is written as NIfTI or DICOM", found=out.name, expected=".nii.gz or .dcm"
        )
    if chances is not None and not chances.name.endswith(NIFTI):
        raise Refusal("bad_setting", "chances are written as NIfTI", found=chances.name, expected="NAME.nii.gz")


def _card(model: Path | None) -> Card | None:
    from vivomap.maths.network import read_card

    return read_card(model) if model is not None else None


def _meant(visits: Sequence[Study], said: str, at: Point | None) -> tuple[Study, Image]:
    """The one image that is meant. Raises Refusal `unknown_name`, `ambiguous_name` or `outside_image`."""
    every = [(v, i) for v in visits for i in v.images if i.voxels.array.ndim == 3]
    word = said.casefold()
    named = [(v, i) for v, i in every if word in ("", i.role, i.text("series_description").casefold())]
    if not named:
        there = "; ".join(dict.fromkeys(_called(i) for _, i in every)) or "no image of one volume"
        raise Refusal("unknown_name", f"no image is called {said!r}", where="--image", found=there)
    holding = [(v, i) for v, i in named if at is None or holds(i, at)]
    if not holding:
        raise Refusal("outside_image", "the click lies in no image", where="--at", hint="inspect -v shows places")
    if len(holding) > 1:
        found = "; ".join(f"{_called(i)} of {v.day or 'no date'}" for v, i in holding)
        hint = "name one with --image ROLE or its description, or give the folder of one visit"
        raise Refusal("ambiguous_name", "a region is made on one image", where="--image", found=found, hint=hint)
    return holding[0]


def holds(image: Image, at: Point) -> bool:
    """Whether a point in mm lies in an image."""
    from vivomap.acquire.segment import place_of

    index = place_of(at, image)
    return all(-0.5 <= v < n - 0.5 for v, n in zip(index, image.shape, strict=True))


def _called(image: Image) -> str:
    return f"{image.role} ({image.text('series_description') or '-'})"


def _written(made: Made, out: Path, chances: Path | None) -> None:
    """Write what was found, each label under its own name where there are several; and say it."""
    from vivomap.acquire.segment.keep import keep, keep_chances

    said = f"a region of {made.study.patient}"
    if not made.found:
        show("nothing was found")
    files: list[str] = []
    if made.found:
        witness.left(str(out), [made.study.patient], said)
    if made.found and out.name.endswith(DICOM):
        files.append(str(as_dicom(made.study, [s.region for s in made.found], out)))
    for one in made.found:
        mine = out if len(made.found) == 1 else out.with_name(f"{one.region.name}-{out.name}")
        if out.name.endswith(NIFTI):
            files += map(str, keep(one.region, made.study, mine, {"how": " ".join(one.region.source)}))
        if chances is not None:
            named = chances if len(made.found) == 1 else chances.with_name(f"{one.region.name}-{chances.name}")
            keep_chances(one.chances, named)
            files.append(str(named))
    _told(made, files)


def as_dicom(study: Study, regions: Sequence[object], out: Path) -> Path:
    """Write regions as one DICOM segmentation. Raises Refusal `not_drawn` where DICOM cannot name their image."""
    from dataclasses import replace

    from vivomap.core import Assessment, Recommendation, Region
    from vivomap.report import dicom_seg
    from vivomap.report.forms import Filed
    from vivomap.report.place import place

    named = tuple(replace(r, lesion=r.lesion or r.name) for r in regions if isinstance(r, Region))
    whole = Assessment("segment", "", replace(study, regions=named), (), Recommendation((), None))
    (body,) = dicom_seg.write(Filed(whole)).values()
    return place(out, body)


def _told(made: Made, files: Sequence[str]) -> None:
    from vivomap.quantify import cards, measure_one

    volume = cards()["volume"]
    rows, numbers = [], []
    for one in made.found:
        region = one.region
        size = measure_one(volume, made.study, region)
        value, doubt = getattr(size, "value", None), getattr(size, "uncertainty", None)
        flags = [{"code": f.code, "reason": f.reason} for f in region.flags]
        told = {"name": region.name, "voxels": region.voxel_count, "edge_mm": region.edge_mm, "flags": flags}
        numbers.append({**told, "volume_ml": value, "uncertainty_ml": doubt, "source": list(region.source)})
        number = f"{value:.4g} ± {doubt:.2g}" if value is not None and doubt is not None else "none"
        rows.append((region.name, str(region.voxel_count), f"{region.edge_mm:.2f}", number))
    if manner().json:
        emit("segment", image=_called(made.image), regions=numbers, files=list(files))
    table(rows, ("region", "voxels", "edge ± mm", "volume mL (k=1)"))
    for one in made.found:
        for flag in one.region.flags:
            show(f"flag {one.region.name}: {flag.code}: {flag.reason}")
    for file in files:
        say(f"write {file}")
