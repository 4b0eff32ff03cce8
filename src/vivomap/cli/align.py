"""The command that lays one image on another, or an earlier visit on a later one, and says how surely."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vivomap.cli import witness
from vivomap.cli.talk import counted, emit, manner, plan, progress, say, show
from vivomap.core.errors import Refusal

if TYPE_CHECKING:
    from vivomap.core import Alignment, Image, Region, Study

EXAMPLES = (
    "vivomap align visit2/ visit1/ --role ct --kind deformable --out aligned",
    "vivomap align petct/ mr/ --role ct --moving-role mr --kind rigid --out aligned",
)
Fixed = Annotated[Path, typer.Argument(help="What stays: a file or folder of one patient.", show_default=False)]
Moving = Annotated[Path, typer.Argument(help="What is laid on it: the same, or an earlier visit.", show_default=False)]
Kind = Annotated[str, typer.Option(help="rigid, affine or deformable.")]
Role = Annotated[str, typer.Option(help="The role of the fixed image: ct, mr, suv … (default: the only one).")]
MovingRole = Annotated[str, typer.Option(help="The role of the moving image (default: that of the fixed one).")]
Region_ = Annotated[list[str] | None, typer.Option("--region", help="Carry these outlines over (default: all).")]
Out = Annotated[Path, typer.Option(help="A new folder for the aligned image, the outlines and the page.")]


def align(
    fixed: Fixed,
    moving: Moving,
    kind: Kind = "rigid",
    role: Role = "",
    moving_role: MovingRole = "",
    region: Region_ = None,
    out: Out = Path("aligned"),
) -> int:
    """Lay one image on another with the residual that is left; outlines of the moving one are carried over.

    What is written can be measured like any other volume; its residual widens every number.
    """
    from vivomap.acquire.align import KINDS
    from vivomap.acquire.align import align as lay

    if kind not in KINDS:
        raise Refusal("bad_setting", "an alignment is of one of three kinds", found=kind, expected=", ".join(KINDS))
    ours, still = _chosen(fixed, role, "the fixed image")
    theirs, moved = _chosen(moving, moving_role or role, "the moving image")
    if ours.patient != theirs.patient:
        say("the two folders name different patients: the alignment is made as asked")
    outlines = _outlines(theirs, moved, tuple(region or ()))
    names = (f"{moved.role}.nii.gz", *(f"{_word(r.name)}.nii.gz" for r in outlines), "alignment.json", "report.html")
    if manner().dry_run:
        plan(
            f"lay {moved.role} ({moved.day}) on {still.role} ({still.day}), {kind}",
            *(f"write {out / n}" for n in names),
        )
        return 0
    if out.exists() and any(out.iterdir()):
        hint = "name a new folder with --out"
        raise Refusal("folder_not_empty", "the folder holds something already", where=str(out), hint=hint)
    with progress("aligning") as done:
        done(0, 2)
        found = lay(still, moved, kind)
        done(1, 2)
        made = _written(found, (theirs, still, moved), outlines, out)
        done(2, 2)
    return _told(found, made)


def _chosen(path: Path, role: str, word: str) -> tuple[Study, Image]:
    """The image in a role, and its study. Raises Refusal if there is none, or several and no role to choose by."""
    from vivomap.cli.gather import found

    images = [(s, i) for s in found([path]) for i in s.images if role in ("", i.role)]
    if len(images) == 1 or (role and images):
        if len(images) > 1:
            say(f"{word}: {counted(len(images), 'image')} in the role {role}: the first was taken")
        return images[0]
    said = ", ".join(dict.fromkeys(i.role for _, i in images)) or "none"
    hint = "name one with --role or --moving-role; see what is there: vivomap inspect"
    raise Refusal(
        "not_imaged", f"{word} is not told by its role", where=str(path), found=said, expected="one", hint=hint
    )


def _outlines(study: Study, image: Image, names: Sequence[str]) -> tuple[Region, ...]:
    """The outlines to carry over. Raises Refusal if one that was named is not there."""
    from vivomap.core import same_grid

    drawn = tuple(r for r in study.regions if same_grid(r, image))
    absent = [n for n in names if n not in {r.name for r in drawn}]
    if absent:
        there = ", ".join(r.name for r in drawn) or "none"
        raise Refusal("not_drawn", f"{absent[0]!r} is not drawn on the moving image", found=there, expected=absent[0])
    return tuple(r for r in drawn if not names or r.name in names)


def _written(
    found: Alignment, things: tuple[Study, Image, Image], outlines: Sequence[Region], out: Path
) -> tuple[Path, ...]:
    """The aligned image, the outlines, the alignment and the page."""
    from vivomap.acquire.align import resample
    from vivomap.acquire.align.filing import put_image, put_region
    from vivomap.core.codec import dumps
    from vivomap.report.checkerboard import page

    study, still, moved = things
    out.mkdir(parents=True, exist_ok=True)
    witness.left(str(out), [study.patient], "an aligned image")
    laid = resample(moved, found, still)
    made = [put_image(laid, study.patient, out / f"{moved.role}.nii.gz")]
    for region in outlines:
        carried = resample(region, found, still)
        made.append(put_region(carried, study.patient, laid, out / f"{_word(region.name)}.nii.gz"))
    for name, text in (("alignment.json", dumps(found)), ("report.html", page(still, laid, found))):
        (out / name).write_text(text, encoding="utf-8")
        made.append(out / name)
    return tuple(made)


def _word(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._") or "region"


def _told(found: Alignment, made: Sequence[Path]) -> int:
    """The residual and the quality, for a person or as JSON."""
    quality = {name: value for name, value in found.quality if not isinstance(value, str)}
    if manner().json:
        emit("align", kind=found.kind, residual_mm=found.residual_mm, quality=quality, files=[str(p) for p in made])
        return 0
    show(f"{found.kind}: residual {found.residual_mm:.2f} mm (one standard deviation along any direction)")
    show(f"  distance {quality['distance_mm']:.2f} mm, there and back {quality['inverse_consistency_mm']:.2f} mm")
    show(f"  volumes grow by {quality['jacobian_low']:.2f} to {quality['jacobian_high']:.2f}; none is folded")
    show(f"  one image tells {quality['told']:.0%} of the other (before: {max(quality['told_before'], 0):.0%})")
    for path in made:
        show(str(path))
    return 0
