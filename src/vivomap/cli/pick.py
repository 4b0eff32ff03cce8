"""The regions that `--region` means: a name or its beginning, a name on one day, or one that is drawn in mm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from vivomap.acquire import regions
from vivomap.cli.talk import counted
from vivomap.core import Held, Refusal, Region, Study

REFERENCES = ("liver", "blood_pool")  # findings that other numbers are measured against
SHOWN = 8  # names that a message lists


class Picked(NamedTuple):
    """The visits with the regions that were asked for, and the references of other numbers.

    `asked` are the names of those regions, `absent` the visits that have none of a flag that means them.
    """

    visits: tuple[Study, ...]
    asked: frozenset[str]
    absent: tuple[tuple[str, date | None], ...]


def pick(ordered: Sequence[Study], specs: Sequence[str], follow: bool, held: Sequence[Held]) -> Picked:
    """Keep in each visit what the flags mean; `follow` makes lesions of it, whatever it is called.

    Raises Refusal if a flag means nothing in any visit, or the beginning of several names.
    """
    flags = [_flag(spec, ordered) for spec in specs]
    found = [{flag: _drawn_or_named(flag, study, follow) for flag in flags} for study in ordered]
    for flag in flags:
        if not any(mine[flag] for mine in found):
            raise _nowhere(flag, ordered, held)
    visits = []
    for study, mine in zip(ordered, found, strict=True):
        asked = [region for regions_ in mine.values() for region in regions_]
        names = {r.name for r in asked}
        rest = [r for r in study.regions if r.name not in names and r.finding in REFERENCES]
        visits.append(replace(study, regions=(*asked, *rest)))
    pairs = [(f, s, mine[f]) for s, mine in zip(ordered, found, strict=True) for f in flags]
    absent = tuple((flag.text, study.day) for flag, study, mine in pairs if not mine and _means(flag, study))
    return Picked(tuple(visits), frozenset(r.name for _, _, mine in pairs for r in mine), absent)


class Asked(NamedTuple):
    """One `--region`: its text, the name in it, the day that it means (None: every visit), and whether it draws."""

    text: str
    name: str
    day: date | None
    draws: bool


def _flag(spec: str, ordered: Sequence[Study]) -> Asked:
    """What a flag says; a name that some visit has is that name, whatever signs it holds."""
    if any(r.name.casefold().startswith(spec.casefold()) for study in ordered for r in study.regions):
        return Asked(spec, spec, None, False)
    if "=" in spec:
        drawn = regions.parse(spec)
        return Asked(spec, drawn.name, drawn.day, True)
    name, _, day = spec.rpartition("@")
    return Asked(spec, name, _iso(day), False) if name and _iso(day) else Asked(spec, spec, None, False)


def _means(flag: Asked, study: Study) -> bool:
    """Whether a flag means this visit; its day may be that of an image of the visit."""
    return flag.day is None or flag.day == study.day or flag.day in {i.day for i in study.images}


def _drawn_or_named(flag: Asked, study: Study, follow: bool) -> list[Region]:
    """The regions of a visit that a flag means. A node stays a node, whoever follows it."""
    if not _means(flag, study):
        return []
    if flag.draws:
        here = replace(study, day=flag.day or study.day)
        return [replace(r, finding="lesion") if follow else r for r in regions.drawn(flag.text, here)]
    try:
        named = regions.find(flag.name, study.regions)
    except Refusal as refusal:
        if refusal.code == "unknown_name":
            return []
        where = f"--region, visit of {study.day or 'no date'}"
        raise Refusal(refusal.code, refusal.summary, where=where, found=refusal.found, expected="one") from refusal
    return [r if r.finding == "node" or not follow else replace(r, finding="lesion") for r in named]


def _iso(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _nowhere(flag: Asked, ordered: Sequence[Study], held: Sequence[Held]) -> Refusal:
    """Why a region is nowhere: it is drawn and was held, or nothing is so called."""
    refused = next((h for h in held if h.reason.casefold().startswith(flag.name.casefold())), None)
    if refused:
        return Refusal(refused.code, refused.reason, where=refused.path, hint="vivomap inspect shows what is held")
    names = sorted({r.name for study in ordered for r in study.regions})
    days = ", ".join(str(study.day or "no date") for study in ordered)
    more = f"; {counted(len(held), 'file')} held, which may be why: vivomap inspect" if held else ""
    return Refusal(
        "unknown_name",
        f"no visit has a region {flag.text!r}",
        where=f"--region; visits of {days}",
        found=", ".join(names[:SHOWN]) or "no region at all",
        hint=f"name one of these, or draw one: --region liver=sphere:x,y,z,r{more}",
    )
