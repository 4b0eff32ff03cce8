"""From paths and flags to visits: read, put regions and facts in place, order by day. The face's part of the loop."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from vivomap.acquire import read, regions, treatments, visits
from vivomap.cli.talk import manner, progress, say
from vivomap.core import Held, Refusal, Region, Studies, Study
from vivomap.core.study import Fact

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
    chosen = _one_patient(_named(studies, request.patient), request)
    told = _told(request)
    ordered = [_with_facts(s, told, request.searched) for s in visits(chosen, window_days=request.window)]
    return _with_regions(ordered, request)


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
    named = [s for s in kept if not any(f.code == "no_patient" for t in (s, *s.images) for f in t.flags)]
    if named and len(named) < len(kept):
        said = ", ".join(i.text("series_description") or i.role for s in kept if s not in named for i in s.images)
        say(f"left out, no_patient: files that name no patient ({said or 'regions'})")
    return named or kept


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


def _told(request: Request) -> dict[str, tuple[Fact, ...]]:
    """Treatments and findings by patient, from the tables that were given; lines that cannot be used are said."""
    told: dict[str, tuple[Fact, ...]] = {}
    for path, reader in ((request.treatments, treatments.from_csv), (request.findings, treatments.findings_from_csv)):
        if path is None:
            continue
        if not path.is_file():
            raise Refusal("no_such_path", f"there is no file {path}", where=str(path), hint="correct the path")
        given, refused = reader(path)
        for patient, facts in given.items():
            told[patient] = (*told.get(patient, ()), *facts)
        for line in refused:
            say(f"held {line.path}: {line.code}: {line.reason}")
    return told


def _with_facts(study: Study, told: dict[str, tuple[Fact, ...]], searched: tuple[str, ...]) -> Study:
    facts = tuple(dict.fromkeys((*study.facts, *told.get(study.patient, ()))))
    return replace(study, facts=facts, searched=tuple(dict.fromkeys((*study.searched, *searched))))


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


def spoken(day: date | None) -> str:
    """A day as ISO text, or that there is none."""
    return day.isoformat() if day else "no date"
