"""From paths and flags to visits: read, put regions and facts in place, order by day. The face's part of the loop."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from vivomap.acquire import read, regions, treatments, visits
from vivomap.cli.talk import manner, progress, say
from vivomap.core import Flag, Held, Refusal, Region, Studies, Study

REFERENCES = ("liver", "blood_pool")  # findings that other numbers are measured against


@dataclass(frozen=True)
class Request:
    """What was asked for on the command line."""

    paths: tuple[Path, ...]
    regions: tuple[str, ...] = ()
    patient: str = ""
    window: int = 0
    treatments: Path | None = None
    findings: Path | None = None
    searched: tuple[str, ...] = ()


def found(paths: Sequence[Path]) -> Studies:
    """Everything that the paths hold. Raises Refusal if nothing can be used."""
    for path in paths:
        if not path.exists():
            raise Refusal("no_such_path", f"there is nothing at {path}", where=str(path), hint="correct the path")
    with progress("reading") as done:
        studies = read(list(paths), progress=done)
    if not studies.studies and not studies.held:
        where = ", ".join(map(str, paths))
        raise Refusal("empty_folder", "no image was found", where=where, expected="DICOM, NIfTI or NRRD files")
    if manner().verbose:
        for held in every_held(studies):
            say(f"held {held.path}: {held.code}: {held.reason}")
    return studies


def every_held(studies: Studies) -> tuple[Held, ...]:
    """All that the door refused, of studies and of none."""
    return tuple(dict.fromkeys((*studies.held, *(h for s in studies for h in s.held))))


def gather(request: Request) -> tuple[Study, ...]:
    """One patient's visits in order of their day, with the regions and facts that were asked for.

    Raises Refusal if there is no study, more than one patient, or a named region is nowhere.
    """
    studies = found(request.paths)
    chosen = _one_patient([s for s in studies if not request.patient or s.patient == request.patient], request)
    ordered = [_with_facts(study, request) for study in visits(chosen, window_days=request.window)]
    return _with_regions(ordered, request)


def dated(ordered: Iterable[Study]) -> tuple[Study, ...]:
    """The visits, if each has a day. Raises Refusal if one has none, since order is never guessed."""
    kept = tuple(ordered)
    for study in kept:
        if study.day is None:
            raise Refusal(
                "no_date",
                "a visit has no usable date, so it cannot be put in order",
                where=f"study {', '.join(study.uid)}",
                hint="give its date in a sidecar, or leave it out",
            )
    return kept


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


def _with_facts(study: Study, request: Request) -> Study:
    facts = list(study.facts)
    held: list[Held] = []
    for path, reader in ((request.treatments, treatments.from_csv), (request.findings, treatments.findings_from_csv)):
        if path is None:
            continue
        if not path.is_file():
            raise Refusal("no_such_path", f"there is no file {path}", where=str(path), hint="correct the path")
        given, refused = reader(path, study.patient)
        facts += given
        held += refused
    for line in held:
        say(f"held {line.path}: {line.code}: {line.reason}")
    searched = tuple(dict.fromkeys((*study.searched, *request.searched)))
    return replace(
        study, facts=tuple(dict.fromkeys(facts)), held=tuple(dict.fromkeys((*study.held, *held))), searched=searched
    )


def _with_regions(ordered: Sequence[Study], request: Request) -> tuple[Study, ...]:
    if not request.regions:
        return tuple(ordered)
    seen: set[str] = set()
    result = []
    for study in ordered:
        lesions: list[Region] = []
        for spec in request.regions:
            mine = _asked(spec, study)
            seen |= {spec} if mine else set()
            lesions += mine
        names = {r.name for r in lesions}
        rest = [r for r in study.regions if r.name not in names and r.finding in REFERENCES]
        result.append(replace(study, regions=(*lesions, *rest)))
    for spec in request.regions:
        if spec not in seen:
            raise _nowhere(spec, ordered)
    return tuple(result)


def _asked(spec: str, study: Study) -> list[Region]:
    """The regions of a visit that a flag asks for: followed as lesions, whatever they are called."""
    if "=" in spec:
        day = regions.parse(spec).day
        if day is not None and day != study.day and day not in {i.day for i in study.images}:
            return []
        return [replace(r, finding="lesion") for r in regions.drawn(spec, study)]
    try:
        named = regions.find(spec, study.regions)
    except Refusal as refusal:
        if refusal.code == "unknown_name":
            return []
        raise
    return [replace(r, finding=r.finding if r.finding == "node" else "lesion") for r in named]


def _nowhere(spec: str, ordered: Sequence[Study]) -> Refusal:
    names = sorted({r.name for study in ordered for r in study.regions})
    return Refusal(
        "unknown_name",
        f"no visit has a region {spec!r}",
        where="--region",
        found=", ".join(names[:8]) or "no region at all",
        hint="name one of these, or draw one: --region liver=sphere:x,y,z,r",
    )


def flags_of(study: Study) -> tuple[Flag, ...]:
    """The warnings of a visit and its images, once each."""
    return tuple(dict.fromkeys((*study.flags, *(f for i in study.images for f in i.flags))))


def spoken(day: date | None) -> str:
    """A day as ISO text, or that there is none."""
    return day.isoformat() if day else "no date"
