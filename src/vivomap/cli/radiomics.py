"""Commands for whole tables of features: read them, judge how they repeat, and how each moved beside the volume."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vivomap.cli import settings, witness
from vivomap.cli.group import group
from vivomap.cli.talk import counted, emit, manner, plan, progress, say, show, table
from vivomap.core.errors import Refusal

if TYPE_CHECKING:
    from vivomap.acquire.feature_tables import FeatureTable
    from vivomap.core import Image, Region, Study
    from vivomap.maths.robustness import Judged, Screen
    from vivomap.track.delta import Delta, Deltas

HEAD = ("subject", "scan", "region", "image", "feature", "name", "value", "u", "unit", "card")
VOLUME = "RNU0"
Rows = list[dict[str, Any]]

Paths = Annotated[list[Path], typer.Argument(help="Folders or files: DICOM, NIfTI, NRRD.", show_default=False)]
Drawn = Annotated[list[str], typer.Option("--region", help="NAME, NAME@DAY, or drawn in mm LPS: NAME=sphere:x,y,z,r.")]
Out = Annotated[Path | None, typer.Option(help="Write the table as CSV.")]
Bare = Annotated[bool, typer.Option("--no-filters", help="Only features of the image as it is.")]
Repeated = Annotated[Path, typer.Argument(help="A table of features: subject, scan, feature, value.")]
LimitsOut = Annotated[Path | None, typer.Option("--limits", help="Write limits of no change as a site file (TOML).")]
By = Annotated[str, typer.Option(help="Who signs the limits.")]
Visits = Annotated[Path, typer.Argument(help="A table of features at several visits.")]
Robust = Annotated[Path, typer.Option("--repeats", help="A table of features of repeated scans: what is robust.")]


def table_(paths: Paths, region: Drawn, patient: str = "", no_filters: Bare = False, out: Out = None) -> int:
    """Every feature of a region by its IBSI code, with and without filters, at every visit."""
    from vivomap.cli.gather import Request, gather

    window = settings.number("visit_window", None)
    found = gather(Request(tuple(paths), tuple(region), patient, window, follow=False))
    if manner().dry_run:
        plan(f"read the features of {', '.join(sorted(found.asked))} at {len(found.visits)} visits")
        return 0
    witness.looked(found.visits)
    rows: Rows = []
    refused: list[tuple[str, Refusal]] = []
    pairs = [pair for visit in found.visits for pair in _pairs(visit, found.asked)]
    with progress("reading features") as told:
        for done, (visit, image, drawn) in enumerate(pairs):
            told(done, len(pairs))
            try:
                rows += _rows(visit, image, drawn, no_filters)
            except Refusal as refusal:
                refused.append((drawn.name, refusal))
    for name, why in refused:
        say(f"no features of {name}: {why.code}: {why.summary}")
    if not pairs:
        say("no CT or SUV image lies on the grid of the region")
    _give("radiomics.table", rows, HEAD, out, refused=[{"region": n, "code": r.code} for n, r in refused])
    return 4 if refused or not rows or found.held else 0


def robust(repeats: Repeated, limits: LimitsOut = None, by: By = "", out: Out = None) -> int:
    """Which features repeat, say more than the volume, and may go into a model; each with its reason."""
    from vivomap.acquire.feature_tables import read_features

    if limits and not by:
        raise Refusal("bad_setting", "limits are signed by a person", expected="--by NAME")
    _spare((repeats,), out, limits)
    if manner().dry_run:
        plan(f"read {repeats}", "judge every feature", *([f"write {limits}"] if limits else []))
        return 0
    read = read_features(repeats)
    found = _screened(read)
    if limits:
        _sign(found, read, by, limits)
    units = read.units
    rows = [_judged(each, units[each.name]) for each in (found.size, *found.judged)]
    _give("radiomics.robust", rows, tuple(rows[0]), out)
    _count(found)
    return 4 if read.held else 0


def delta(visits: Visits, repeats: Robust, out: Out = None) -> int:
    """How each robust feature moved since the first visit, with its limits of no change and the volume beside it."""
    from vivomap.acquire.feature_tables import read_features
    from vivomap.track.delta import deltas

    _spare((visits, repeats), out)
    if manner().dry_run:
        plan(f"read {visits} and {repeats}", "tell the change of each robust feature, and of the volume")
        return 0
    read, again = read_features(visits), read_features(repeats)
    _comparable(read, again)
    screen, units = _screened(again), read.units
    rows: Rows = []
    left: dict[tuple[str, str], None] = {}
    for subject in read.subjects:
        first, *later = read.scans(subject)
        for scan in later:
            said = deltas(read.features(subject, first), read.features(subject, scan), screen, repeats.name)
            whose = {"subject": subject[0], "region": subject[1], "from": first, "to": scan}
            rows += _moved(said, whose, units)
            left |= dict.fromkeys(said.left_out)
    if not rows:
        raise Refusal("no_reference", "no subject has two visits in the table", where=str(visits))
    out_of_it = [{"feature": name, "reason": reason} for name, reason in left]
    _give("radiomics.delta", rows, tuple(rows[0]), out, admitted=list(screen.admitted), left_out=out_of_it)
    _count(screen)
    return 4 if read.held or again.held else 0


def _pairs(visit: Study, asked: frozenset[str]) -> Iterator[tuple[Study, Image, Region]]:
    """Every region that was asked for with each image of its grid that has a card."""
    from vivomap.core.image import same_grid
    from vivomap.quantify.texture.sets import SETS

    for drawn in visit.regions:
        if drawn.name in asked:
            yield from ((visit, i, drawn) for i in visit.images if i.role in SETS and same_grid(i, drawn))


def _rows(visit: Study, image: Image, drawn: Region, bare: bool) -> Rows:
    """One line for every feature of a region. Raises Refusal if the image forbids it, or it cannot be read."""
    from vivomap.quantify.needs import denial
    from vivomap.quantify.texture.cards import CT_ENTROPY, SUV_ENTROPY
    from vivomap.quantify.texture.doubt import known
    from vivomap.quantify.texture.features import BETWEEN, features
    from vivomap.quantify.texture.names import NAMES, unit_of
    from vivomap.quantify.texture.sets import set_for

    card = set_for(image)
    card = replace(card, filters=()) if bare else card
    for thing in (image, drawn):
        flag = denial(thing, CT_ENTROPY if image.role == "ct" else SUV_ENTROPY)
        if flag:
            raise Refusal(flag.code, flag.reason)
    doubts = known(image, drawn, replace(card, filters=())).doubts
    rows: Rows = []
    whose = {"subject": visit.patient, "scan": str(visit.day or "no date"), "region": drawn.lesion or drawn.name}
    for name, value in features(image, drawn, card).items():
        by, _, code = name.rpartition(BETWEEN)
        said = {"feature": name, "name": f"{by} {NAMES[code]}".strip(), "value": value}
        doubt = {"u": doubts.get(name), "unit": unit_of(code, image.unit), "card": f"{card.name} {card.version}"}
        rows.append({**whose, "image": image.role, **said, **doubt})
    return rows


def _comparable(read: FeatureTable, again: FeatureTable) -> None:
    """Raises Refusal if two tables were made by different cards, of different images, or in different units."""
    if (read.card, read.image) != (again.card, again.image):
        found = f"{read.card} of {read.image}, {again.card} of {again.image}"
        raise Refusal("not_comparable", "the repeated scans were read by another card or image", found=found)
    units = read.units
    for name, unit in again.units.items():
        if unit and units.get(name) and units[name] != unit:
            summary, found = "the repeated scans hold a feature in another unit", f"{name}: {units[name]}, {unit}"
            raise Refusal("not_comparable", summary, found=found)


def _count(found: Screen) -> None:
    """How many features are admitted, and why the others are not, each verdict with the one that came nearest."""
    judged = len(found.judged)
    show(f"{len(found.admitted)} of {judged} features admitted, of {found.size.subjects} subjects")
    for verdict, (many, nearest) in found.refused.items():
        show(f"{counted(many, 'feature')} {verdict}; the nearest, {nearest.name}: {nearest.reason}")


def _screened(read: FeatureTable) -> Screen:
    """The screen of a table of repeated scans; what was left out is said."""
    from vivomap.maths.robustness import screen

    found = read.repeats()
    for name, reason in found.left_out:
        say(f"left out: {name}: {reason}")
    for held in read.held:
        say(f"left out: {held.reason}")
    return screen(found.features, VOLUME)


def _judged(each: Judged, unit: str) -> dict[str, Any]:
    found = each.agreement
    icc = {"icc": found.value, "icc_low": found.low, "icc_high": found.high} if found else {}
    spread = {"wsd": each.sd, "unit": unit, "wcv_percent": None if each.cv is None else 100 * each.cv}
    whole = {"feature": each.name, "verdict": each.verdict, "icc": None, "icc_low": None, "icc_high": None}
    return {**whole, **icc, **spread, "rho_volume": each.size, "subjects": each.subjects, "reason": each.reason}


def _moved(said: Deltas, whose: dict[str, Any], units: dict[str, str]) -> Rows:
    """The volume first, then every feature; `unit` is that of the numbers and their limits, "" where none is said."""
    from vivomap.quantify.texture.names import NAMES

    def row(one: Delta) -> dict[str, Any]:
        title = NAMES.get(one.name.rpartition("|")[2], "")
        return {**whose, "title": title, **one._asdict(), "unit": units[one.name]}

    return [row(said.volume), *(row(one) for one in said.features)]


def _sign(found: Screen, read: FeatureTable, by: str, path: Path) -> None:
    """Limits of the features that have a card of their own, as a site file."""
    from vivomap.core import Site
    from vivomap.quantify.texture.cards import carded
    from vivomap.report.place import place
    from vivomap.store.site import written

    source = f"repeated scans of {found.size.subjects} subjects, card {read.card or 'not said'}"
    named = [(carded(read.image, each.name), each) for each in found.judged if each.name in found.admitted]
    limits = tuple(replace(j.limits("1", source), name=card, by=f"{by}, {date.today()}") for card, j in named if card)
    if not limits:
        raise Refusal("no_limits", "no admitted feature has a card, so there is no limit to write", where=str(path))
    place(path, written(Site("this site", limits=limits)).encode())
    say(f"limits of {', '.join(limit.name for limit in limits)}: {path}")


def _spare(read: Sequence[Path], *written: Path | None) -> None:
    """Raises Refusal if a table that is read would be written over (rule U5)."""
    for out in written:
        if out is not None and out.resolve() in [path.resolve() for path in read]:
            summary = "the table that is read would be written over"
            raise Refusal("cannot_write", summary, where=str(out), hint="name a new file")


def _give(schema: str, rows: Rows, head: Sequence[str], out: Path | None, **more: Any) -> None:
    """The rows as JSON, as CSV in a file, or as a table."""
    from vivomap.report.place import place

    if out is not None:
        text = io.StringIO()
        writer = csv.DictWriter(text, head, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        place(out, text.getvalue().encode())
        say(f"{len(rows)} lines: {out}")
    if manner().json:
        emit(schema, rows=rows, **more)
    elif out is None:
        table([[_cell(row[name]) for name in head] for row in rows], head)


def _cell(value: Any) -> str:
    return "" if value is None else f"{value:.5g}" if isinstance(value, float) else str(value)


EXAMPLES = (
    "vivomap radiomics table scans/ --region GTV_Mass --out features.csv",
    "vivomap radiomics robust repeats.csv",
)
radiomics = group(
    "Whole tables of features: read, judge by repeated scans, and follow.",
    (
        ("table", table_, (EXAMPLES[0], "vivomap radiomics table scans/ --region GTV_Mass --no-filters --json")),
        ("robust", robust, (EXAMPLES[1], 'vivomap radiomics robust repeats.csv --limits site.toml --by "Dr A"')),
        (
            "delta",
            delta,
            (
                "vivomap radiomics delta visits.csv --repeats repeats.csv",
                "vivomap radiomics delta visits.csv --repeats repeats.csv --out change.csv",
            ),
        ),
    ),
)
