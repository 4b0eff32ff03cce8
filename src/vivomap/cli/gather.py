"""From paths and flags to visits: read, put regions and facts in place, order by day. The face's part of the loop."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from vivomap.acquire import read, treatments, visits
from vivomap.cli.pick import pick
from vivomap.cli.talk import counted, progress, say
from vivomap.core import Flag, Held, Refusal, Studies, Study
from vivomap.core.study import Fact

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
    asked: frozenset[str] = frozenset()
    absent: tuple[tuple[str, date | None], ...] = ()
    held: int = 0


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
    chosen = _one_patient(_named(studies, request.patient), request, studies)
    held = _aloud((*studies.held, *(h for s in chosen for h in s.held)))
    told, refused = _told(request)
    ordered = [_with_facts(s, told, request.searched) for s in visits(chosen, window_days=request.window)]
    lost = (*held, *refused)
    if not request.regions:
        return Gathered(tuple(ordered), held=len(lost))
    return Gathered(*pick(ordered, request.regions, request.follow, lost), held=len(lost))


def _aloud(held: Iterable[Held]) -> tuple[Held, ...]:
    """Say what is held and was meant to count, once for each code; gives it."""
    lost = tuple(h for h in dict.fromkeys(held) if h.code not in NO_LOSS)
    for code in dict.fromkeys(h.code for h in lost):
        mine = [h for h in lost if h.code == code]
        say(f"held, {code}: {counted(len(mine), 'file')}, such as {mine[0].path}: {mine[0].reason}")
    return lost


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


def _one_patient(studies: Sequence[Study], request: Request, there: Studies) -> Sequence[Study]:
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
            found=", ".join(sorted({s.patient for s in there})[:5]) or "no study at all",
            hint="see what is there and what is held: vivomap inspect",
        )
    return studies


def _told(request: Request) -> tuple[dict[str, tuple[Fact, ...]], tuple[Held, ...]]:
    """Treatments and findings by patient, from the tables that were given, and the lines that cannot be used."""
    told: dict[str, tuple[Fact, ...]] = {}
    lost: list[Held] = []
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
        lost += refused
    return told, tuple(lost)


def _with_facts(study: Study, told: dict[str, tuple[Fact, ...]], searched: tuple[str, ...]) -> Study:
    facts = tuple(dict.fromkeys((*study.facts, *told.get(study.patient, ()))))
    return replace(study, facts=facts, searched=tuple(dict.fromkeys((*study.searched, *searched))))
