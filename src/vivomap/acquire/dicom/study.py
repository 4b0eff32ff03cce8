"""The studies of a reading: the images of each, then the regions drawn on them and the plans made from them."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import replace

import pydicom
from pydicom.dataset import Dataset

from vivomap.acquire import regions, treatments
from vivomap.acquire.dicom import flat, series
from vivomap.acquire.dicom.days import study_day
from vivomap.acquire.dicom.header import Header
from vivomap.acquire.dicom.intake import Intake, Tick, as_refusal, hold, load
from vivomap.acquire.dicom.paired import together
from vivomap.acquire.dicom.plane import Plane
from vivomap.acquire.element import UNREADABLE
from vivomap.core import Flag, Held, Image, Refusal, Study


def studies(intakes: Sequence[Intake], tick: Tick) -> tuple[Study, ...]:
    """One Study per Study Instance UID, with its regions and plans."""
    made = [_imaged(intake, tick) for intake in intakes]
    return tuple(_drawn(study, intake, made) for study, intake in zip(made, intakes, strict=True))


def _imaged(intake: Intake, tick: Tick) -> Study:
    load(intake, tick)
    images: list[Image] = []
    for _, planes in sorted(intake.series.items()):
        try:
            images.extend(_images(planes, intake))
        except (Refusal, *UNREADABLE) as trouble:
            intake.held.extend(hold(path, as_refusal(trouble)) for path in sorted({p.header.path for p in planes}))
    images.extend(together(images))
    intake.series.clear()  # the voxels are in the images now
    intake.decoded.clear()
    day, flags = study_day(sorted(intake.dates), [i.day for i in images])
    if intake.patient.startswith("unnamed-"):
        flags += (Flag("no_patient", "the header names no patient: the study stands alone"),)
    ordered = sorted(images, key=lambda i: (i.role, i.text("series_number"), i.text("series_uid"), i.source, i.affine))
    return Study(intake.patient, day, tuple(ordered), uid=(intake.uid,), flags=flags)


def _images(planes: Sequence[Plane], intake: Intake) -> Iterable[Image]:
    lying = planes[0].text("ImagePositionPatient") != ""
    planar = planes[0].text("Modality") == "US" or (planes[0].text("Modality") == "NM" and not lying)
    if planar:
        files = {p.header.path: [q for q in planes if q.header.path == p.header.path] for p in planes}
        found = [flat.image(each, intake.decoded) for _, each in sorted(files.items())]
    else:
        found = list(series.images(planes, intake.decoded))
    twice = (Flag("duplicate_file", "a file of this image was there twice, and counted once"),)
    return [replace(i, flags=i.flags + twice) if intake.doubled & set(i.source) else i for i in found]


def _drawn(study: Study, intake: Intake, others: Sequence[Study]) -> Study:
    """The study with the regions drawn on its images, or on other images of the patient in the same frame."""
    drawings, unread = _read(intake.regions)
    frames = {str(f) for d in drawings for f in _frames(d)}
    elsewhere = [i for s in others if s.patient == study.patient and s is not study for i in s.images]
    images = (*study.images, *(i for i in elsewhere if i.text("frame_of_reference") in frames))
    found, refused = regions.from_dicom(drawings, images) if drawings else ((), ())
    plans, unread_plans = _read(intake.plans)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        facts = treatments.from_plans(plans)
    held = sorted((*intake.held, *unread, *unread_plans, *refused), key=lambda h: (h.path, h.code, h.reason))
    return replace(study, regions=found, facts=facts, held=tuple(held))


def _read(headers: Iterable[Header]) -> tuple[list[Dataset], list[Held]]:
    """Objects in full, and those that cannot be read."""
    read: list[Dataset] = []
    held: list[Held] = []
    for header in headers:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                read.append(pydicom.dcmread(header.path, force=True))
            except Exception as error:  # pydicom raises what its parts raise; the file is held either way
                reason = f"the object cannot be read ({type(error).__name__})"
                held.append(Held(str(header.path), "unreadable_file", reason))
    return read, held


def _frames(ds: Dataset) -> set[str]:
    """The frames of reference that an object names."""
    found = {str(ds.get("FrameOfReferenceUID", ""))}
    for item in ds.get("ReferencedFrameOfReferenceSequence") or ():
        found.add(str(item.get("FrameOfReferenceUID", "")))
    return found - {""}
