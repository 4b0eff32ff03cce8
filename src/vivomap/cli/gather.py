"""From paths and flags to visits: read, put regions and facts in place, order by day. The face's part of the loop."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from vivomap.acquire import read, regions, treatments, visits
from vivomap.cli.talk import counted, progress, say
from vivomap.core import Flag, Held, Refusal, Region, Studies, Study
from vivomap.core.study import Fact

REFERENCES = ("liver", "blood_pool")  # findings that other numbers are measured against
NO_LOSS = ("not_an_image", "not_measured", "picture", "modality_unknown", "duplicate_file")  # held, and no number lost


@dataclass(frozen=True)
class Request:
    """What was asked for on the command line; `follow` takes the named regions as lesions, whatever they are."""

    paths: tuple[Path, ...]
    regions: tuple[str, ...] = ()
    patient: str = ""
    window: int = 0
    treatments: Path | None = None
    findings: Path | None = None
    searched: tuple[str, ...] = ()
    follow: bool = True


@dataclass(frozen=True)
class Gathered:
    """One patient's visits by day, and how many files or lines that were meant to count are held.

    `asked` are the names of the regions that were asked for, `absent` the visits that have none of a name.
    """

    visits: tuple[Study, ...]
    held: int = 0
    asked: frozenset[str] = frozenset()
    absent: tuple[tuple[str, date | None], ...] = ()


def found(paths: Sequence[Path]) -> Studies:
    """Everything that the paths hold. Raises Refusal if there is nothing."""
    for path in paths:
        if not path.exists():
            raise Refusal("file_absent", f"there is nothing at {path}", where=str(path), hint="correct the path")
    with progress("reading") as done:
        return read(list(paths), progress=done)


def every_held(studies: Studies) -> tuple[Held, ...]:
    """All that the door refused, of studies and of none."""
    return tuple(dict.fromkeys((*studies.held, *(h for s in studies for h in s.held))))


def gather(request: Request) -> Gathered:
    """One patient's visits in order of their day, with the regions and facts that were asked for.

    Raises Refusal if there is no study, more than one patient, or a named region is nowhere.
    """
    studies = found(request.paths)
    chosen = _one_patient(_named(studies, request.patient), request)
    held = _aloud((*studies.held, *(h for s in chosen for h in s.held)))
    told, refused = _told(request)
    ordered = [_with_facts(s, told, request.searched) for s in visits(chosen, window_days=request.window)]
    return _with_regions(ordered, request, held + refused)


def _aloud(held: Iterable[Held]) -> int:
    """Say what is held and was meant to count; gives how many files that are."""
    lost = [h for h in dict.fromkeys(held) if h.code not in NO_LOSS]
    for code in dict.fromkeys(h.code for h in lost):
        mine = [h for h in lost if h.code == code]
        say(f"held, {code}: {counted(len(mine), 'file')}, such as {mine[0].path}: {mine[0].reason}")
    return len(lost)


def dated(visits: Iterable[Study]) -> tuple[Study, ...]:
    """The visits that have a day; the others are left out aloud, since order is never guessed.

    Raises Refusal if none is left.
    """
    kept = tuple(visits)
    for study in kept:
        if study.day is None:
            images = ", ".join(dict.fromkeys(i.text("series_description") or i.role for i in study.images))
            say(f"left out, no_date: a visit without a usable date ({images or 'no image'})")
    known = tuple(study for study in kept if study.day is not None)
    if not known:
        raise Refusal(
            "no_date",
            "no visit has a usable date, so none can be put in order",
            where=f"study {', '.join(kept[0].uid) or 'without a UID'}" if kept else "",
            hint="give the dates in a sidecar (visits.csv)",
        )
    return known


def _named(studies: Iterable[Study], patient: str) -> list[Study]:
    """The studies of the patient that was asked for; without one, those whose files name a patient, where any do."""
    kept = list(studies)
    if patient:
        return [s for s in kept if s.patient == patient]
    named = [s for s in kept if not any(f.code == "no_patient" for f in _warnings(s))]
    if named and len(named) < len(kept):
        said = ", ".join(i.text("series_description") or i.role for s in kept if s not in named for i in s.images)
        say(f"left out, no_patient: files that name no patient ({said or 'regions'})")
    return named or kept


def _warnings(study: Study) -> tuple[Flag, ...]:
    return (*study.flags, *(flag for image in study.images for flag in image.flags))


def _one_patient(studies: Sequence[Study], request: Request) -> Sequence[Study]:
    patients = sorted({s.patient for s in studies})
    if len(patients) > 1:
        raise Refusal(
            "several_patients",
            f"the paths hold {len(patients)} patients",
            where=", ".join(map(str, request.paths)),
            found=", ".join(patients[:5]),
            expected="one patient",
            hint="name one with --patient",
        )
    if not studies:
        raise Refusal(
            "no_study",
            f"no study of {request.patient or 'any patient'} can be used",
            where=", ".join(map(str, request.paths)),
            hint="see what is held: vivomap inspect",
        )
    return studies


def _told(request: Request) -> tuple[dict[str, tuple[Fact, ...]], int]:
    """Treatments and findings by patient, from the tables that were given; lines that cannot be used are counted."""
    told: dict[str, tuple[Fact, ...]] = {}
    lost = 0
    for path, reader in ((request.treatments, treatments.from_csv), (request.findings, treatments.findings_from_csv)):
        if path is None:
            continue
        if not path.is_file():
            raise Refusal("file_absent", f"there is no file {path}", where=str(path), hint="correct the path")
        given, refused = reader(path)
        for patient, facts in given.items():
            told[patient] = (*told.get(patient, ()), *facts)
        for line in refused:
            say(f"held, {line.code}: {line.path}: {line.reason}")
        lost += len(refused)
    return told, lost


def _with_facts(study: Study, told: dict[str, tuple[Fact, ...]], searched: tuple[str, ...]) -> Study:
    facts = tuple(dict.fromkeys((*study.facts, *told.get(study.patient, ()))))
    return replace(study, facts=facts, searched=tuple(dict.fromkeys((*study.searched, *searched))))


def _with_regions(ordered: Sequence[Study], request: Request, held: int) -> Gathered:
    """The visits with the regions that were asked for alone, and the references of other numbers."""
    if not request.regions:
        return Gathered(tuple(ordered), held)
    absent: list[tuple[str, date | None]] = []
    seen: set[str] = set()
    result = []
    for study in ordered:
        mine: list[Region] = []
        for spec in request.regions:
            drawn = _asked(spec, study, request.follow)
            mine += drawn
            seen |= {spec} if drawn else set()
            absent += [] if drawn or not _meant(spec, study) else [(spec, study.day)]
        names = {r.name for r in mine}
        rest = [r for r in study.regions if r.name not in names and r.finding in REFERENCES]
        result.append((replace(study, regions=(*mine, *rest)), names))
    for spec in request.regions:
        if spec not in seen:
            raise _nowhere(spec, ordered)
    asked = frozenset(name for _, names in result for name in names)
    return Gathered(tuple(study for study, _ in result), held, asked, tuple(absent))


def _asked(spec: str, study: Study, follow: bool) -> list[Region]:
    """The regions of a visit that a flag asks for; followed as lesions, whatever they are called, where asked."""
    if not _meant(spec, study):
        return []
    if "=" in spec:
        here = replace(study, day=regions.parse(spec).day or study.day)  # the day may be that of an image of the visit
        return [replace(r, finding="lesion") if follow else r for r in regions.drawn(spec, here)]
    try:
        named = regions.find(_name(spec, study), study.regions)
    except Refusal as refusal:
        if refusal.code == "unknown_name":
            return []
        raise _placed(refusal, study) from refusal
    return [r if r.finding == "node" or not follow else replace(r, finding="lesion") for r in named]


def _placed(refusal: Refusal, study: Study) -> Refusal:
    """The same refusal with the visit in which it arose."""
    where = f"--region, visit of {spoken(study.day)}"
    return Refusal(refusal.code, refusal.summary, where=where, found=refusal.found, expected="one", hint=refusal.hint)


def _name(spec: str, study: Study) -> str:
    """The name in NAME or NAME@DAY; a region may have an @ in its own name."""
    name, _, day = spec.rpartition("@")
    return name if name and _iso(day) and not any(r.name == spec for r in study.regions) else spec


def _meant(spec: str, study: Study) -> bool:
    """Whether a flag means this visit: NAME@DAY and NAME@DAY=… mean the visit of that day alone."""
    day = regions.parse(spec).day if "=" in spec else _iso(spec.rpartition("@")[2]) if "@" in spec else None
    return day is None or day == study.day or day in {i.day for i in study.images}


def _iso(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _nowhere(spec: str, ordered: Sequence[Study]) -> Refusal:
    names = sorted({r.name for study in ordered for r in study.regions})
    days = ", ".join(spoken(study.day) for study in ordered)
    return Refusal(
        "unknown_name",
        f"no visit has a region {spec!r}",
        where=f"--region; visits of {days}",
        found=", ".join(names[:8]) or "no region at all",
        hint="name one of these, or draw one: --region liver=sphere:x,y,z,r",
    )


def spoken(day: date | None) -> str:
    """A day as ISO text, or that there is none."""
    return day.isoformat() if day else "no date"
