"""Which files are spectra, and the studies that they make or join.

DICOM spectra join the study whose UID they have. The others are visits of their own, by patient and day as a JSON of
the same stem says; it may say the role (mrs or mrs_water), te1_ms, tm_ms, sequence, water_factor, and what the voxel
holds: grey_fraction, white_fraction, fluid_fraction.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from vivomap.acquire.element import UNREADABLE
from vivomap.acquire.nifti.sidecar import Sidecar, sidecar_of
from vivomap.acquire.spectroscopy import dicom, nifti_mrs, philips, siemens
from vivomap.acquire.spectroscopy.recording import Recording, voxel_of
from vivomap.acquire.spectroscopy.tissue import filled
from vivomap.core import Flag, Held, Image, Refusal, Region, Settings, Study

ROLES = ("mrs", "mrs_water")
WORDS = ("te1_ms", "tm_ms", "water_factor", "grey_fraction", "white_fraction", "fluid_fraction")
READERS: dict[str, Callable[[Path], Recording]] = {".sdat": philips.read, ".rda": siemens.read}
HELD_AS = "not_measured"  # by the door of images, which knows no spectrum


def loose(path: Path) -> bool:
    """Whether a file belongs to a spectrum that is no DICOM: what stands beside it too."""
    ending = path.suffix.lower()
    if ending in READERS or (ending == ".spar" and _partner(path) is not None):
        return True
    if path.name.lower().endswith((".nii", ".nii.gz")):
        return nifti_mrs.is_nifti_mrs(path)
    return ending == ".json" and any(_stem(p) == path.stem and loose(p) for p in _siblings(path))


def _siblings(path: Path) -> Iterable[Path]:
    every = (path.with_name(f"{path.stem}{e}") for e in (".sdat", ".SDAT", ".rda", ".nii", ".nii.gz"))
    return (p for p in every if p.is_file())


def _partner(path: Path) -> Path | None:
    return next((p for e in (".sdat", ".SDAT") if (p := path.with_suffix(e)).is_file()), None)


def _stem(path: Path) -> str:
    return path.name.removesuffix(".gz").rpartition(".")[0]


def read_loose(paths: Sequence[Path], root: Path) -> tuple[tuple[Study, ...], tuple[Held, ...]]:
    """The visits that spectra without a DICOM header make, and the files that could not be used."""
    visits: dict[tuple[str, str], list[Image]] = {}
    held: list[Held] = []
    for path in sorted(p for p in paths if p.suffix.lower() not in (".spar", ".json")):
        try:
            patient, image = _one(path, root)
            undated = "" if image.day else str(path.parent)
            visits.setdefault((patient, f"{image.day}{undated}"), []).append(image)
        except (Refusal, *UNREADABLE) as trouble:
            held.append(_held(path, trouble))
    made = (_study(patient, images) for (patient, _), images in visits.items())
    return tuple(made), tuple(held)


def _one(path: Path, root: Path) -> tuple[str, Image]:
    """One file with what is said beside it: its patient and its image."""
    recording = READERS.get(path.suffix.lower(), nifti_mrs.read)(path)
    beside = sidecar_of(path, {})
    alone = re.sub(
        r"[_-](act|ref)$", "", _stem(path), flags=re.IGNORECASE
    )  # a spectrum and its water are one patient's
    inner = path.parent.name if path.parent != root else alone
    patient = beside.patient or recording.patient or inner
    nameless = Flag("no_patient", f"no patient is named; {inner!r} stands for one")
    flags = () if beside.patient or recording.patient else (nameless,)
    if not recording.role and _stem(path).lower().endswith("ref"):  # BIDS: mrsref
        recording = replace(recording, role="mrs_water")
    image = _said(recording, beside, _more(path)).image
    return patient, replace(image, source=(path.name,), flags=(*image.flags, *flags))


def _said(recording: Recording, beside: Sidecar, more: Settings) -> Recording:
    """The recording with what its sidecar says, which goes before its own words."""
    if beside.role and beside.role not in ROLES:
        raise Refusal("bad_sidecar", "a spectrum is mrs or mrs_water", found=beside.role)
    known = {name for name, _ in (*more, *beside.settings)}
    own = tuple((name, value) for name, value in recording.settings if name not in known)
    settings = (*more, *beside.settings, *own)
    return replace(recording, role=beside.role or recording.role, day=beside.day or recording.day, settings=settings)


def _more(path: Path) -> Settings:
    """The words of the sidecar that only a spectrum has."""
    beside = path.with_name(f"{_stem(path)}.json")
    if not beside.is_file():
        return ()
    words = json.loads(beside.read_text("utf-8-sig"))
    numbers = tuple((n, float(words[n])) for n in WORDS if isinstance(words.get(n), int | float))
    sequence = words.get("sequence")
    return (*numbers, ("sequence", sequence.upper())) if isinstance(sequence, str) else numbers


def _study(patient: str, images: Sequence[Image]) -> Study:
    day = images[0].day
    flags = () if day else (Flag("no_date", "no date is given: kept, and never put in order by guess"),)
    return filled(Study(patient, day, tuple(images), _voxels(images), flags=flags))


def _voxels(images: Iterable[Image]) -> tuple[Region, ...]:
    """The voxel of each spectrum as a region, once each."""
    return tuple({i.affine: voxel_of(i) for i in images if i.role == "mrs"}.values())


def admitted(studies: Sequence[Study]) -> tuple[Study, ...]:
    """The studies with the spectra among the DICOM objects that the door of images held."""
    return tuple(_admitted(study) for study in studies)


def _admitted(study: Study) -> Study:
    images: list[Image] = []
    held: list[Held] = []
    for one in study.held:
        if one.code != HELD_AS:
            held.append(one)
            continue
        try:
            images.extend(_of_dicom(Path(one.path)))
        except Refusal as refusal:
            held.append(one if refusal.code == HELD_AS else _held(Path(one.path), refusal))
        except UNREADABLE as trouble:
            held.append(_held(Path(one.path), trouble))
    if not images:
        return study
    made = replace(
        study,
        images=(*study.images, *images),
        regions=(*study.regions, *_voxels(images)),
        held=tuple(held),
    )
    return filled(made)


def _of_dicom(path: Path) -> list[Image]:
    return [replace(r.image, source=(r.uid,)) for r in dicom.read(path)]


def _held(path: Path, trouble: BaseException) -> Held:
    if isinstance(trouble, Refusal):
        return Held(str(path), trouble.code, trouble.summary)
    return Held(str(path), "bad_header", f"the file holds a value that cannot be read ({type(trouble).__name__})")
