"""The files of a reading, sorted by what they are: images, regions, plans, and those that are held with a reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from vivomap.acquire.dicom.complete import complete, numeric
from vivomap.acquire.dicom.conflicts import one_patient, one_study, patient_of, settle, twins
from vivomap.acquire.dicom.decode import decoded as decode
from vivomap.acquire.dicom.frames import planes
from vivomap.acquire.dicom.header import Header, floats, head
from vivomap.acquire.dicom.pixels import Array, frames_of, plain, sized
from vivomap.acquire.dicom.plane import Plane
from vivomap.acquire.dicom.tags import CLASSES, PARAMETRIC_MAP, PICTURES, PLANS, SEGMENTS
from vivomap.acquire.dicom.template import Template
from vivomap.acquire.element import UNREADABLE
from vivomap.core import Held, Refusal

MODALITIES = ("CT", "MR", "PT", "US", "NM", "RTDOSE")
Tick = Callable[[], None]


@dataclass
class Intake:
    """What one study holds: its headers in use, planes by series, objects to read in full, and what is held."""

    uid: str
    patient: str = ""
    headers: list[Header] = field(default_factory=list)
    series: dict[str, list[Plane]] = field(default_factory=lambda: defaultdict(list))
    regions: list[Header] = field(default_factory=list)
    plans: list[Header] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    dates: set[str] = field(default_factory=set)
    doubled: set[str] = field(default_factory=set)
    decoded: dict[Path, Array] = field(default_factory=dict)


def take(paths: Iterable[Path], tick: Tick) -> tuple[list[Intake], list[Held]]:
    """Read the headers of files, and sort them into studies; what belongs to none is held."""
    by_study: dict[str, list[Header]] = defaultdict(list)
    held: list[Held] = []
    templates: list[Template] = []
    for path in paths:
        try:
            header = head(path, templates)
            by_study[header.text("StudyInstanceUID")].append(header)
        except Refusal as refusal:
            held.append(hold(path, refusal))
        except OSError as error:
            held.append(Held(str(path), "unreadable_file", f"the file cannot be read ({error.strerror})"))
        tick()
    clear, shared = one_study([h for headers in by_study.values() for h in headers])
    mine = {uid: [h for h in headers if h.text("SOPInstanceUID") in clear] for uid, headers in by_study.items()}
    return [_sorted(uid, headers) for uid, headers in sorted(mine.items()) if headers], [*held, *shared]


def hold(path: Path, refusal: Refusal) -> Held:
    """A refusal of a file as what is held of it."""
    parts = [refusal.summary, f"found {refusal.found}" if refusal.found else ""]
    return Held(str(path), refusal.code, "; ".join(p for p in parts if p))


def as_refusal(trouble: BaseException) -> Refusal:
    """What the library raises for a value that it cannot make, as a refusal of the file that holds it."""
    if isinstance(trouble, Refusal):
        return trouble
    return Refusal("bad_header", "the header holds a value that cannot be read", found=type(trouble).__name__)


def _sorted(uid: str, headers: list[Header]) -> Intake:
    headers, others = one_patient(headers)
    intake = Intake(uid, patient_of(headers[0]), held=others, dates={h.text("StudyDate") for h in headers})
    kept: list[Header] = []
    readable: frozenset[str | None] = frozenset()
    for header in headers:
        try:
            if _is_image(header, intake):
                complete(header)
                sized(header)
                readable |= numeric(header, readable)
            kept.append(header)
        except Refusal as refusal:
            intake.held.append(hold(header.path, refusal))
    intake.headers = kept
    return intake


def _is_image(header: Header, intake: Intake) -> bool:
    """Whether an object is an image; regions and plans are put aside. Raises Refusal for what gives no number."""
    sop, modality = header.text("SOPClassUID"), header.text("Modality")
    if sop in SEGMENTS:
        intake.regions.append(header)
        return False
    if sop in PLANS:
        intake.plans.append(header)
        return header.pixels
    if not header.pixels:
        raise Refusal("not_measured", f"the object ({modality or sop}) holds no image, outline or plan; it is kept")
    counts = modality == "NM" and header.text("PhotometricInterpretation").startswith("MONOCHROME")
    if sop in PICTURES and not counts:
        raise Refusal("picture", "a picture of a screen or a page: nothing is measured on it")
    if sop != PARAMETRIC_MAP and (modality not in MODALITIES or not sop.startswith(CLASSES)):
        raise Refusal("modality_unknown", f"images of the kind {modality or sop} are not measured here")
    return True


def load(intake: Intake, tick: Tick) -> None:
    """Decode what needs decoding, settle files of one UID, and lay the planes of each series open."""
    images = [h for h in intake.headers if h not in intake.regions and h.pixels]
    shapes = {h.path: (frames_of(h), int(floats(h.text("Rows"))[0]), int(floats(h.text("Columns"))[0])) for h in images}
    answers = decode([h.path for h in images if not plain(h)])
    for path, answer in answers.items():
        if isinstance(answer, tuple):
            intake.held.append(Held(str(path), *answer))
        elif answer.shape != shapes[path]:
            reason = f"the pixels are of {answer.shape} and not of {shapes[path]}, as the header says"
            intake.held.append(Held(str(path), "undecodable_pixels", reason))
        else:
            intake.decoded[path] = answer
    images = [h for h in images if plain(h) or h.path in intake.decoded]
    for group in twins([*images, *intake.regions, *(h for h in intake.plans if not h.pixels)]):
        kept, others = settle(group, intake.decoded)
        intake.held.extend(others)
        intake.doubled.update({group[0].text("SOPInstanceUID")} if kept else set())
        gone = {h.path for h in group} - ({kept.path} if kept else set())
        for files in (images, intake.regions, intake.plans):
            files[:] = [h for h in files if h.path not in gone]
    for header in images:
        try:
            found = planes(header)
            intake.series[header.text("SeriesInstanceUID")].extend(found)
        except (Refusal, *UNREADABLE) as trouble:
            intake.held.append(hold(header.path, as_refusal(trouble)))
        tick()
