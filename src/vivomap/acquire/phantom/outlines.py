"""Outlines of known solids as DICOM draws them: contours (RTSTRUCT) exact on every slice, or a mask (SEG).

A lesion without solids is drawn empty: a ROI without contours, a segment without pixels; it was looked for and has
vanished.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from highdicom import UID
from highdicom.seg import (
    SegmentAlgorithmTypeValues,
    Segmentation,
    SegmentationTypeValues,
    SegmentDescription,
)
from highdicom.sr.coding import CodedConcept
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, RTStructureSetStorage

from vivomap.acquire.phantom.series import Session, save, study, uid
from vivomap.acquire.phantom.solids import Solid
from vivomap.core import Refusal

FORMS = ("rtstruct", "seg")
ABNORMAL = CodedConcept("49755003", "SCT", "Morphologically Abnormal Structure")
ANATOMY = CodedConcept("91723000", "SCT", "Anatomical Structure")
PLACES = {
    "lung": CodedConcept("39607008", "SCT", "Lung"),
    "liver": CodedConcept("10200004", "SCT", "Liver"),
    "node": CodedConcept("59441001", "SCT", "Lymph node"),
    "aorta": CodedConcept("15825003", "SCT", "Aorta"),
    "mark": ANATOMY,
}
NEOPLASM = CodedConcept("108369006", "SCT", "Neoplasm")
COLOURS = ((214, 39, 40), (31, 119, 180), (44, 160, 44), (148, 103, 189), (255, 127, 14), (23, 190, 207))


@dataclass(frozen=True)
class Drawn:
    """One region as its maker called it: its place, its tracking UID and its solids (none: drawn empty)."""

    name: str
    site: str
    tracking: str
    solids: tuple[Solid, ...] = ()
    normal: bool = False  # a reference region, not a lesion


def write(form: str, folder: Path, session: Session, images: Sequence[Dataset], drawn: Sequence[Drawn]) -> Path:
    """Write the regions of one series as an "rtstruct" or a "seg". Raises Refusal if the form is neither."""
    if form not in FORMS:
        raise Refusal("bad_setting", f"regions are written as {' or '.join(FORMS)}, not {form!r}")
    rows = sorted(images, key=lambda ds: float(ds.ImagePositionPatient[2]))
    if form == "rtstruct":
        return rtstruct(folder, session, rows, drawn)
    return seg(folder, session, rows, drawn, masks(rows, drawn))


def rtstruct(folder: Path, session: Session, images: Sequence[Dataset], drawn: Sequence[Drawn]) -> Path:
    """Write contours cut from the solids at the height of every slice."""
    ds, first = study(session), images[0]
    ds.SOPClassUID, ds.SOPInstanceUID = RTStructureSetStorage, uid(first.SeriesInstanceUID, "rtstruct")
    ds.Modality, ds.SeriesInstanceUID = "RTSTRUCT", uid(first.SeriesInstanceUID, "rtstruct series")
    ds.SeriesNumber, ds.SeriesDescription = 100 + first.SeriesNumber, f"outlines on {first.SeriesDescription}"
    ds.OperatorsName, ds.StructureSetLabel = "", "outlines"
    ds.StructureSetDate, ds.StructureSetTime, ds.InstanceNumber = ds.StudyDate, ds.StudyTime, 1
    ds.FrameOfReferenceUID, ds.PositionReferenceIndicator = first.FrameOfReferenceUID, ""
    ds.ApprovalStatus = "UNAPPROVED"
    ds.ReferencedFrameOfReferenceSequence = [_referred(images)]
    ds.StructureSetROISequence, ds.ROIContourSequence, ds.RTROIObservationsSequence = [], [], []
    for number, each in enumerate(drawn, 1):
        named, contour, seen = Dataset(), Dataset(), Dataset()
        named.ROINumber, named.ROIName, named.ROIGenerationAlgorithm = number, each.name, "MANUAL"
        named.ReferencedFrameOfReferenceUID = first.FrameOfReferenceUID
        contour.ReferencedROINumber, contour.ROIDisplayColor = number, list(COLOURS[(number - 1) % len(COLOURS)])
        contours = [c for ds in images for solid in each.solids for c in _contour(ds, solid)]
        if contours:
            contour.ContourSequence = contours
        seen.ObservationNumber = seen.ReferencedROINumber = number
        seen.RTROIInterpretedType, seen.ROIInterpreter = "ORGAN" if each.normal else "GTV", ""
        ds.StructureSetROISequence.append(named)
        ds.ROIContourSequence.append(contour)
        ds.RTROIObservationsSequence.append(seen)
    return save(folder / f"RS{ds.SOPInstanceUID[-8:]}.dcm", ds)


def _referred(images: Sequence[Dataset]) -> Dataset:
    """Frame of reference, study, series and slices that the contours were drawn on."""
    frame, whole, series = Dataset(), Dataset(), Dataset()
    series.SeriesInstanceUID = images[0].SeriesInstanceUID
    series.ContourImageSequence = [_image(ds) for ds in images]
    whole.ReferencedSOPClassUID, whole.ReferencedSOPInstanceUID = "1.2.840.10008.3.1.2.3.1", images[0].StudyInstanceUID
    whole.RTReferencedSeriesSequence = [series]
    frame.FrameOfReferenceUID, frame.RTReferencedStudySequence = images[0].FrameOfReferenceUID, [whole]
    return frame


def _image(ds: Dataset) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
    return item


def _contour(image: Dataset, solid: Solid) -> list[Dataset]:
    """The section of a solid by one slice, as a closed contour; none where the slice misses it."""
    points = solid.contour(float(image.ImagePositionPatient[2]))
    if not len(points):
        return []
    item = Dataset()
    item.ContourImageSequence = [_image(image)]
    item.ContourGeometricType, item.NumberOfContourPoints = "CLOSED_PLANAR", len(points)
    item.ContourData = [round(float(v), 4) + 0.0 for v in points.ravel()]
    return [item]


def masks(images: Sequence[Dataset], drawn: Sequence[Drawn]) -> NDArray[np.uint8]:
    """Which pixel centres lie in which region: (slice, row, column, region)."""
    first = images[0]
    x0, y0, _ = map(float, first.ImagePositionPatient)
    z = np.array([float(ds.ImagePositionPatient[2]) for ds in images])
    y = y0 + np.arange(first.Rows) * float(first.PixelSpacing[0])
    x = x0 + np.arange(first.Columns) * float(first.PixelSpacing[1])
    inside = np.zeros((z.size, y.size, x.size, len(drawn)), np.uint8)
    for k, each in enumerate(drawn):
        for solid in each.solids:
            part = solid.box((z, y, x))
            inside[*part, k] |= solid.inside((z[part[0]], y[part[1]], x[part[2]]))
    return inside


def seg(
    folder: Path, session: Session, images: Sequence[Dataset], drawn: Sequence[Drawn], inside: NDArray[np.uint8]
) -> Path:
    """Write a binary segmentation; `inside` (slice, row, column, region) in the order of the images."""
    full = np.flatnonzero(inside.any(axis=(1, 2, 3)))
    parts = slice(full[0], full[-1] + 1) if full.size else slice(0, 1)
    made = Segmentation(
        source_images=list(images[parts]),
        pixel_array=inside[parts],
        segmentation_type=SegmentationTypeValues.BINARY,
        segment_descriptions=[_segment(number, each) for number, each in enumerate(drawn, 1)],
        series_instance_uid=UID(uid(images[0].SeriesInstanceUID, "seg series")),
        series_number=200 + images[0].SeriesNumber,
        sop_instance_uid=UID(uid(images[0].SeriesInstanceUID, "seg")),
        instance_number=1,
        manufacturer="vivomap",
        manufacturer_model_name="digital phantom",
        software_versions="1",
        device_serial_number="1",
        transfer_syntax_uid=ExplicitVRLittleEndian,
        series_description=f"outlines on {images[0].SeriesDescription}",
        omit_empty_frames=bool(full.size),
    )
    _fix(made, session)
    return save(folder / f"SG{made.SOPInstanceUID[-8:]}.dcm", made)


def _segment(number: int, each: Drawn) -> SegmentDescription:
    category = ANATOMY if each.normal else ABNORMAL
    return SegmentDescription(
        segment_number=number,
        segment_label=each.name,
        segmented_property_category=category,
        segmented_property_type=PLACES[each.site] if each.normal else NEOPLASM,
        anatomic_regions=None if each.normal else [PLACES[each.site]],
        algorithm_type=SegmentAlgorithmTypeValues.MANUAL,
        tracking_uid=each.tracking,
        tracking_id=each.name,
    )


def _fix(made: Dataset, session: Session) -> None:
    """Put what the library takes from the clock and from chance back to what the session says."""
    day, time = session.start.strftime("%Y%m%d"), session.start.strftime("%H%M%S")
    for keyword in ("ContentDate", "SeriesDate", "InstanceCreationDate"):
        if keyword in made:
            setattr(made, keyword, day)
    for keyword in ("ContentTime", "SeriesTime", "InstanceCreationTime"):
        if keyword in made:
            setattr(made, keyword, time)
    for item in made.get("ContributingEquipmentSequence", ()):
        if "ContributionDateTime" in item:
            item.ContributionDateTime = day + time
    organised = uid(made.SOPInstanceUID, "dimensions")
    for item in (*made.DimensionOrganizationSequence, *made.DimensionIndexSequence):
        item.DimensionOrganizationUID = organised
