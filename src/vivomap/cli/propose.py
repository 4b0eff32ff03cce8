"""Commands that propose lesions, and take one for a lesion by the name of a person. Nothing unaccepted is measured."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vivomap.cli import settings, witness
from vivomap.cli.group import group
from vivomap.cli.talk import counted, emit, manner, plan, say, show, table, unknown
from vivomap.core.errors import Refusal

if TYPE_CHECKING:
    from vivomap.acquire.propose import Candidate
    from vivomap.acquire.propose.listing import Listed, Listing
    from vivomap.core import Image, Study

FINDERS = ("lung_nodules", "liver_lesions", "white_matter_lesions", "changes")
T1_WORDS = re.compile(r"(?<![a-z0-9])(t1w?|mp2?rage)(?![a-z0-9])(?![ _-]?(rho|map))", re.I)
AGENT_WORDS = re.compile(r"(?<![a-z])(post|gd|gado\w*|ce|km|t1[ _-]?ce?)(?![a-z])|\+ ?[cgk]", re.I)
List_ = Annotated[Path, typer.Argument(help="The file that `vivomap propose find` wrote.", show_default=False)]


def find(
    finder: Annotated[str, typer.Argument(help=f"What to look for: {', '.join(FINDERS)}.", show_default=False)],
    paths: Annotated[list[Path], typer.Argument(help="Folders or files; for changes of both visits.")],
    out: Annotated[Path, typer.Option(help="The list to write, .json.")] = Path("proposals.json"),
    inside: Annotated[str, typer.Option(help="The region to look in (the liver).")] = "",
    bright: Annotated[bool, typer.Option("--bright", help="Brighter than the organ, not darker.")] = False,
    image: Annotated[str, typer.Option(help="The image: its role or series description.")] = "",
    patient: Annotated[str, typer.Option(help="One patient of several.")] = "",
) -> int:
    """Propose lesions with score and reason. A proposal is no region: nobody measures it until a person accepts."""
    from vivomap.acquire.propose import outline_of
    from vivomap.acquire.propose.listing import dumps, listing
    from vivomap.cli.gather import Request, gather
    from vivomap.report.place import place

    if finder not in FINDERS:
        raise unknown("a finder", finder, FINDERS)
    asked = (inside,) if inside else ()
    visits = gather(Request(tuple(paths), asked, patient, follow=False)).visits
    study, seen = newest(visits, image)
    if manner().dry_run:
        beside = t1_beside(study, seen)[1] if finder == "white_matter_lesions" else ""
        look = f"look for {finder} on {seen.role} ({_called(seen)}) of {study.day}"
        plan(f"{look}; {beside}" if beside else look, f"write {out}")
        return 0
    witness.looked(visits)
    found = _found(finder, (visits, study, seen), inside, bright)
    outlined = found if finder == "changes" else tuple(outline_of(seen, c, c.kind) for c in found)
    made = listing(study, seen, finder, outlined)
    witness.left(str(out), [study.patient], f"proposals: {finder}")
    place(out, dumps(made).encode())
    _shown(made)
    say(f"write {out}")
    return 0


def accept(
    proposals: List_,
    wanted: Annotated[str, typer.Argument(metavar="ID", help="The proposal, by the beginning of its id.")],
    name: Annotated[str, typer.Option(help="What the lesion is called.")],
    out: Annotated[Path, typer.Option(help="The region to write, .nii.gz.")],
    by: Annotated[str | None, typer.Option(help="Who accepts it (or VIVOMAP_BY).")] = None,
) -> None:
    """Take a proposal for a lesion, by name and day: it becomes a region that can be measured."""
    from vivomap.acquire.propose.listing import Accepted, dumps
    from vivomap.acquire.segment.keep import keep
    from vivomap.core import Study
    from vivomap.report.place import place

    who = settings.value("by", by)[0] or ""
    told = _listed(proposals)
    today = datetime.datetime.now(datetime.UTC).date()
    now = told.accept(wanted, Accepted(who, today, name))
    one = now.one(wanted)
    if manner().dry_run:
        return plan(f"accept {one.id[:8]} as {name} by {who} on {today}", f"write {out}", f"write {proposals}")
    witness.added(told.patient, "proposal", one.id[:12], who)
    made = {"how": f"proposed by {told.finder} {told.version}", "accepted_by": who, "accepted_on": today.isoformat()}
    files = keep(now.region(one.id), Study(told.patient, told.day), out, {**made, "proposal": one.id})
    place(proposals, dumps(now).encode())
    _recorded(now, one.id)
    if manner().json:
        emit("propose.accept", id=one.id, name=name, by=who, date=today.isoformat(), files=[str(f) for f in files])
    show(f"{one.id[:8]} is {name}, accepted by {who} on {today}")
    for file in (*files, proposals):
        say(f"write {file}")


def list_(proposals: List_) -> None:
    """What was proposed, and what was accepted by whom."""
    told = _listed(proposals)
    witness.told([told.patient])
    _shown(told)


def newest(visits: Sequence[Study], said: str) -> tuple[Study, Image]:
    """The image that is meant at the last visit. Raises Refusal `unknown_name` or `ambiguous_name`."""
    study = visits[-1]
    word = said.casefold()
    single = [i for i in study.images if i.voxels.array.ndim == 3]
    named = [i for i in single if word in ("", i.role, i.text("series_description").casefold())]
    there = "; ".join(f"{i.role} ({i.text('series_description') or '-'})" for i in single) or "no image of one volume"
    if not named:
        raise Refusal("unknown_name", f"the visit of {study.day} has no image {said!r}", where="--image", found=there)
    if len(named) > 1:
        raise Refusal("ambiguous_name", "one image is looked at", where="--image", found=there, expected="one")
    return study, named[0]


def t1_beside(study: Study, image: Image) -> tuple[Image | None, str]:
    """The T1 of the visit on the grid of an image, and what is said of it; none where there is not exactly one.

    After contrast a T1 is not taken: lesions that enhance are bright on it.
    """
    from vivomap.core import same_grid

    there = [i for i in study.images if i is not image and _plain_t1(i)]
    laid = [i for i in there if same_grid(i, image)]
    names = ", ".join(_called(i) for i in laid or there)
    if len(laid) == 1:
        return laid[0], f"what is bright on {names} (T1) is left out"
    if laid:
        return None, f"no T1 is used: {len(laid)} lie on the same grid ({names})"
    return None, f"no T1 is used: {names} lies on another grid" if there else ""


def _plain_t1(image: Image) -> bool:
    """Whether an image is one whole volume that says it is T1, taken without contrast."""
    said = f"{image.text('series_description')} {image.text('protocol')}"
    agent = image.text("contrast") or AGENT_WORDS.search(said)
    able = image.voxels.array.ndim == 3 and not [f for f in image.refusals if f.denies in ("region", "volume", "mm")]
    return image.role == "mr" and bool(T1_WORDS.search(said)) and able and not agent


def _called(image: Image) -> str:
    return image.text("series_description") or "-"


def _found(finder: str, seen: tuple[Sequence[Study], Study, Image], inside: str, bright: bool) -> tuple[Candidate, ...]:
    from vivomap.acquire import propose

    visits, study, image = seen
    if finder == "lung_nodules":
        return propose.lung_nodules(image)
    if finder == "white_matter_lesions":
        t1, said = t1_beside(study, image)
        if said:
            say(said)
        return propose.white_matter_lesions(image, t1)
    if finder == "changes":
        return _changes(visits, image)
    where = [r for r in study.regions if r.name == inside or r.finding == inside]
    if not where:
        raise Refusal("not_drawn", "the organ to look in is not drawn", where="--inside", hint="--inside liver")
    return propose.nodules_inside(image, where[0], bright)


def _changes(visits: Sequence[Study], later: Image) -> tuple[Candidate, ...]:
    """What has changed since the visit before, which is laid on this one first."""
    from vivomap.acquire.align import align, resample
    from vivomap.acquire.propose import changed
    from vivomap.core import Image

    if len(visits) < 2:
        raise Refusal("no_history", "a change needs two visits", found="one visit", expected="the folders of two")
    told = later.text("series_description").casefold()
    able = [i for i in visits[-2].images if i.role == later.role and i.voxels.array.ndim == 3]
    named = [i for i in able if i.text("series_description").casefold() == told] or able
    if len(named) != 1:
        found = "; ".join(i.text("series_description") or "-" for i in named) or "none"
        raise Refusal("ambiguous_name", "the earlier visit has no one image like it", where="--image", found=found)
    laid = resample(named[0], align(later, named[0], "affine"), later)
    assert isinstance(laid, Image)  # an image went in
    return changed(laid, later)


def _listed(path: Path) -> Listing:
    from vivomap.acquire.propose.listing import loads

    if not path.is_file():
        raise Refusal("file_absent", f"there is no file {path}", where=str(path), hint="correct the path")
    try:
        return loads(path.read_text(encoding="utf-8"), str(path))
    except UnicodeDecodeError as broken:
        raise Refusal("bad_proposals", "this is no list of proposals", where=str(path)) from broken


def _recorded(now: Listing, wanted: str) -> None:
    """Put the acceptance into the ledger of the project, where there is one."""
    from vivomap.store import open_project
    from vivomap.store.records import Accepted

    folder = settings.project_folder()
    one = now.one(wanted)
    if one.accepted is None or not (folder / "project.toml").is_file():
        return
    said = one.accepted
    noun = Accepted(one.id, now.patient, f"{now.finder} {now.version}", said.name, said.by, said.day.isoformat())
    open_project(folder, create=False).keep(noun)


def _shown(told: Listing) -> None:
    if manner().json:
        proposals = [_plain(one) for one in told.proposals]
        emit("propose", patient=told.patient, finder=told.finder, proposals=proposals)
    rows = []
    for one in told.proposals:
        found, said = one.found, one.accepted
        at = ",".join(f"{v:.0f}" for v in found.at)
        who = f"{said.name}, by {said.by} on {said.day}" if said else "no"
        rows.append((one.id[:8], found.kind, f"{found.score:.2f}", at, f"{found.millilitres:.3g}", who, found.reason))
    table(rows, ("id", "kind", "score", "at (mm LPS)", "mL", "accepted", "reason"))
    say(f"{counted(len(told.proposals), 'proposal')} by {told.finder}; each is a proposal until a person accepts it")


def _plain(one: Listed) -> dict[str, Any]:
    """A proposal as `--json` prints it."""
    found, said = one.found, one.accepted
    return {
        "id": one.id,
        "kind": found.kind,
        "score": found.score,
        "at": list(found.at),
        "reason": found.reason,
        "diameter_mm": found.diameter_mm,
        "volume_ml": found.millilitres,
        "edge_mm": found.region.edge_mm,
        "accepted": {"by": said.by, "date": said.day.isoformat(), "name": said.name} if said else None,
    }


COMMANDS = (
    (
        "find",
        find,
        (
            "vivomap propose find lung_nodules scans/ --out nodules.json",
            "vivomap propose find changes visit1/ visit2/ --image FLAIR --json",
        ),
    ),
    (
        "accept",
        accept,
        (
            'vivomap propose accept nodules.json 3f9a1c --name nodule_1 --by "Dr A" --out nodule_1.nii.gz',
            "vivomap propose accept nodules.json 3f9a1c --name nodule_1 --out nodule_1.nii.gz --dry-run",
        ),
    ),
    ("list", list_, ("vivomap propose list nodules.json", "vivomap propose list nodules.json --json")),
)
propose = group("Lesions that a program proposes and a person accepts.", COMMANDS)
