"""The key images as DICOM Key Object Selection: where a reader looks first, named and not copied.

A key image is the slice that a target lesion's long axis was measured on, else the slice of its largest section. The
structured report and the segmentations of the same assessment are named with them. A document names the objects of its
own study alone, as the standard asks, so a visit of several studies has one in each.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from highdicom.ko import KeyObjectSelection, KeyObjectSelectionDocument
from highdicom.sr import CodedConcept, ContentSequence
from pydicom.dataset import Dataset

from vivomap.core import Measurement, Refusal, Verdict, identify
from vivomap.report.dicom_identity import object_uid
from vivomap.report.dicom_seg import SEG_CLASS, Grid, Segment, grids
from vivomap.report.dicom_source import about, file_of, headers, moment, stamped, study_header, tidy
from vivomap.report.dicom_sr import SR_CLASS
from vivomap.report.dicom_sr.context import observers
from vivomap.report.forms import Filed, Files, Form

SERIES_NUMBER = 9500  # project: the first of the series that key images take
TITLE = CodedConcept("113000", "DCM", "Of Interest")
AXES = ("long_axis", "short_axis")  # of one slice, the same for both


class KeyImage(NamedTuple):
    """A lesion on the slice that shows it best, and why that slice."""

    grid: Grid
    segment: Segment
    slice: int
    why: str


def write(filed: Filed) -> Files:
    """`kos-1.dcm` …, one for each study. Raises Refusal `not_drawn` if no lesion lies on an image DICOM can name."""
    studies: dict[str, list[KeyImage]] = {}
    for key in key_images(filed):
        studies.setdefault(key.grid.image.text("study_uid"), []).append(key)
    if not studies:
        raise Refusal(
            "not_drawn",
            "no lesion of this visit lies on an image that can be named as a key image",
            expected="a region with voxels, on an image with DICOM objects, a frame of reference and even slices",
            computed="the other forms",
        )
    made = enumerate(studies.values(), 1)
    return {f"kos-{place}.dcm": file_of(selection(filed, place, tuple(found))) for place, found in made}


def key_images(filed: Filed) -> tuple[KeyImage, ...]:
    """The key images: one for each target lesion and image grid; for each lesion where no criterion chose targets."""
    chosen = targets(filed)
    outlines = [(grid, s) for grid in grids(filed) for s in grid.segments]
    meant = [(g, s) for g, s in outlines if s.lesion in chosen] or outlines
    return tuple(_best(filed, grid, segment) for grid, segment in meant)


def targets(filed: Filed) -> frozenset[str]:
    """The lesions whose numbers of this visit a verdict rests on."""
    numbers = {identify(c): c for c in filed.assessment.claims if isinstance(c, Measurement)}
    rests = (numbers.get(claim) for v in filed.story.course.of(Verdict) for claim in v.because)
    return frozenset(n.region for n in rests if n is not None and n.region)


def _best(filed: Filed, grid: Grid, segment: Segment) -> KeyImage:
    """The slice of the long axis if it was measured on this outline, else that of the largest section."""
    for number in filed.story.course.of(Measurement, None, segment.lesion):
        place = dict(number.provenance.settings).get("slice")
        if number.name in AXES and isinstance(place, float) and segment.region.mask.digest in number.provenance.inputs:
            return KeyImage(grid, segment, int(place), "long axis")
    sections = np.count_nonzero(segment.region.mask.array, axis=(1, 2))
    return KeyImage(grid, segment, int(np.argmax(sections)), "largest section")


def selection(filed: Filed, place: int, found: tuple[KeyImage, ...]) -> Dataset:
    """The document of the key images of one study."""
    named = _named(filed, found)
    content = KeyObjectSelection(TITLE, named, description=_said(filed, found))
    content[0].ContentSequence = ContentSequence([*observers(filed), *content[0].ContentSequence])
    made = KeyObjectSelectionDocument(
        evidence=named,
        content=content,
        series_instance_uid=object_uid(filed.assessment, f"kos-{place}-series", filed.by),
        series_number=SERIES_NUMBER + place,
        sop_instance_uid=object_uid(filed.assessment, f"kos-{place}", filed.by),
        instance_number=1,
        manufacturer="vivomap",
    )
    made.SeriesDescription = "vivomap: key images"
    made.ManufacturerModelName = "vivomap"
    made.SoftwareVersions = made.DeviceSerialNumber = filed.version
    return stamped(made, moment(filed))


def _named(filed: Filed, found: tuple[KeyImage, ...]) -> list[Dataset]:
    """The key images, then the segmentations that they lie on, then the report if it is in this study; each once."""
    objects: dict[str, Dataset] = {}
    for key in found:
        plane = headers(key.grid.image, filed)[key.slice]
        objects.setdefault(plane.SOPInstanceUID, plane)
    for grid in {key.grid.place: key.grid for key in found}.values():
        outline = _of_study(filed, grid.image.text("study_uid"), SEG_CLASS, grid.uid, grid.series)
        _, outline.Rows, outline.Columns = grid.image.shape
        objects[grid.uid] = outline
    study = found[0].grid.image.text("study_uid")
    if study == study_header(filed).StudyInstanceUID:
        report, series = (object_uid(filed.assessment, role, filed.by) for role in ("sr", "sr-series"))
        objects[report] = _of_study(filed, study, SR_CLASS, report, series)
    return list(objects.values())


def _of_study(filed: Filed, study: str, sop_class: str, instance: str, series: str) -> Dataset:
    ds = Dataset()
    ds.update(about(filed))
    ds.StudyInstanceUID, ds.SeriesInstanceUID = study, series
    ds.SOPClassUID, ds.SOPInstanceUID = sop_class, instance
    return ds


def _said(filed: Filed, found: tuple[KeyImage, ...]) -> str:
    """Which lesion is to be seen on which slice, and why; that it is a new version, since the standard has no place."""
    lines = []
    for key in found:
        image = key.grid.image
        where = f"{image.role.upper()}, slice {key.slice + 1} of {image.shape[0]}, {key.why}"
        lines.append(f"{tidy(key.segment.lesion)}: {where}")
    lines += ["This takes the place of an earlier version."] if filed.replaces else []
    return "; ".join(lines)


KOS = Form("kos", "dcm", write, "The key images as DICOM Key Object Selection, one for each study")
