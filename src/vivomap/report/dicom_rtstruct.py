"""The outlines as DICOM RT Structure Set, for planning systems: one object per image grid, one ROI per lesion.

Closed planar contours along the pixel edges of each slice, in the frame of reference of the image; a hole is joined to
the outline around it by a keyhole (`trace`, decision 0016). Grids, lesions and numbers of ROIs are the segmentation's.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ImplicitVRLittleEndian
from pydicom.valuerep import DA, TM

from vivomap.core import Image, Refusal, Region
from vivomap.report import codes
from vivomap.report.dicom_identity import object_uid
from vivomap.report.dicom_items import coded, referenced
from vivomap.report.dicom_seg import Grid, Segment, grids
from vivomap.report.dicom_source import about, file_of, headers, moment, short, stamped, tidy
from vivomap.report.forms import Filed, Files, Form
from vivomap.report.trace import polygons

RTSTRUCT_CLASS = "1.2.840.10008.5.1.4.1.1.481.3"
STUDY_CLASS = "1.2.840.10008.3.1.2.3.1"  # retired; what Referenced RT Study Sequence has always named
SERIES_NUMBER = 9200  # project: the first of the series that structure sets take
COLOURS = ((0, 114, 178), (184, 79, 0), (0, 122, 89), (168, 72, 127), (154, 106, 0), (89, 89, 89))  # as on the page
TUMOURS = ("lesion", "node", "mass", "tumour", "tumor")
PLANNED = ("ptv", "ctv", "itv", "external", "avoidance", "treated_volume", "irrad_volume", "dose_region", "control")
BRIEF = 16  # bytes of a short string


def write(filed: Filed) -> Files:
    """`rtstruct-1.dcm` …, one for each grid. Raises Refusal `not_drawn` if no region can be an ROI."""
    found = grids(filed)
    if not found:
        raise Refusal(
            "not_drawn",
            "no region of this visit can be an ROI of a structure set",
            expected="a region with voxels, on an image with DICOM objects, a frame of reference and even slices",
            computed="the other forms",
        )
    return {f"rtstruct-{grid.place}.dcm": file_of(structures(filed, grid)) for grid in found}


def structures(filed: Filed, grid: Grid) -> Dataset:
    """The structure set of one grid. Implicit VR, in which contours may be longer than 64 kB."""
    at, planes = moment(filed), headers(grid.image, filed)
    ds = about(filed, grid.image.text("sex"))
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    ds.SOPClassUID, ds.SOPInstanceUID = RTSTRUCT_CLASS, _named(filed, grid.place)
    ds.StudyInstanceUID = grid.image.text("study_uid")
    ds.SeriesInstanceUID = object_uid(filed.assessment, f"rtstruct-{grid.place}-series")
    ds.Modality, ds.SeriesNumber, ds.InstanceNumber = "RTSTRUCT", SERIES_NUMBER + grid.place, 1
    ds.SeriesDescription, ds.OperatorsName = "vivomap: lesions as contours", ""
    ds.Manufacturer = ds.ManufacturerModelName = "vivomap"
    ds.SoftwareVersions = ds.DeviceSerialNumber = filed.version
    ds.FrameOfReferenceUID, ds.PositionReferenceIndicator = grid.image.text("frame_of_reference"), ""
    ds.StructureSetLabel, ds.StructureSetName = "LESIONS", "Lesions as they were outlined"
    ds.StructureSetDate, ds.StructureSetTime = DA(at.date()), TM(at.time())
    ds.ApprovalStatus = "UNAPPROVED"
    ds.ReferencedFrameOfReferenceSequence = [_frame(grid.image, planes)]
    ds.StructureSetROISequence = [_roi(filed, grid, segment) for segment in grid.segments]
    ds.ROIContourSequence = [_contours(filed, segment, planes) for segment in grid.segments]
    ds.RTROIObservationsSequence = [_observation(segment) for segment in grid.segments]
    before = [referenced(RTSTRUCT_CLASS, _named(old, g.place)) for old in filed.replaces for g in _same(old, grid)]
    if before:
        ds.PredecessorStructureSetSequence = before[:1]
    stamped(ds, at)
    del ds.ContentDate, ds.ContentTime  # of no module of a structure set, which has a date of its own
    return ds


def _named(filed: Filed, place: int) -> str:
    return object_uid(filed.assessment, f"rtstruct-{place}")


def _same(old: Filed, grid: Grid) -> Iterator[Grid]:
    """The grids of an earlier version that lie on the same image."""
    return (g for g in grids(old) if g.image.source == grid.image.source)


def _frame(image: Image, planes: list[Dataset]) -> Dataset:
    """The frame of reference, with the study, the series and every object that the contours may lie on."""
    series, study, frame = Dataset(), Dataset(), Dataset()
    series.SeriesInstanceUID = image.text("series_uid")
    objects = dict.fromkeys((p.SOPClassUID, p.SOPInstanceUID) for p in planes)
    series.ContourImageSequence = [referenced(*each) for each in objects]
    study.ReferencedSOPClassUID, study.ReferencedSOPInstanceUID = STUDY_CLASS, image.text("study_uid")
    study.RTReferencedSeriesSequence = [series]
    frame.FrameOfReferenceUID = image.text("frame_of_reference")
    frame.RTReferencedStudySequence = [study]
    return frame


def _roi(filed: Filed, grid: Grid, segment: Segment) -> Dataset:
    ds = Dataset()
    ds.ROINumber, ds.ROIName = segment.number, short(segment.lesion)
    ds.ReferencedFrameOfReferenceUID = grid.image.text("frame_of_reference")
    ds.ROIVolume = f"{segment.region.voxel_count * segment.region.voxel_mm3 / 1000:.10g}"
    ds.ROIGenerationAlgorithm = ""  # nobody said how the outline was made
    ds.ROIDescription = f"tracking UID {segment.tracking}"
    return ds


def _contours(filed: Filed, segment: Segment, planes: list[Dataset]) -> Dataset:
    """The contours of one lesion, slice by slice, each with the object it lies on."""
    ds = Dataset()
    ds.ReferencedROINumber = segment.number
    ds.ROIDisplayColor = list(COLOURS[filed.story.marks[segment.lesion].colour - 1])
    ds.ContourSequence = []
    mask = np.asarray(segment.region.mask.array) > 0
    for k in np.flatnonzero(mask.any(axis=(1, 2))).tolist():
        for outline in polygons(mask[k]):
            ds.ContourSequence.append(_contour(outline, segment.region, k, planes[k]))
    for number, contour in enumerate(ds.ContourSequence, 1):
        contour.ContourNumber = number
    return ds


def _contour(outline: np.ndarray, region: Region, k: int, plane: Dataset) -> Dataset:
    ds = Dataset()
    places = np.column_stack((np.full(len(outline), k), outline, np.ones(len(outline))))
    points = (places @ np.asarray(region.affine, float).T)[:, :3]
    ds.ContourImageSequence = [referenced(plane.SOPClassUID, plane.SOPInstanceUID)]
    ds.ContourGeometricType, ds.NumberOfContourPoints = "CLOSED_PLANAR", len(points)
    ds.ContourData = [f"{v:.4f}" for v in points.ravel() + 0.0]
    return ds


def _observation(segment: Segment) -> Dataset:
    """What the ROI is: the name of the lesion, its interpreted type, and its code where there is one."""
    region, ds = segment.region, Dataset()
    ds.ObservationNumber = ds.ReferencedROINumber = segment.number
    ds.ROIObservationLabel = tidy(segment.lesion).encode()[:BRIEF].decode(errors="ignore").strip()
    ds.ROIObservationDescription = tidy(segment.lesion)
    finding = codes.FINDINGS.get(region.finding.lower())
    where, _ = codes.site(region.finding, region.site)
    if finding:
        ds.RTROIIdentificationCodeSequence = [coded(finding)]
    elif where:
        ds.RTROIIdentificationCodeSequence = [coded(where)]
    ds.RTROIInterpretedType, ds.ROIInterpreter = interpreted(region), ""
    return ds


def interpreted(region: Region) -> str:
    """The interpreted type of a region (PS3.3 C.8.8.8.1): a tumour is a GTV, a named organ an ORGAN; "" if unclear."""
    finding = region.finding.lower()
    if finding in TUMOURS:
        return "GTV"
    if finding in PLANNED:
        return finding.upper()
    return "ORGAN" if finding in codes.SITES or finding == "blood_pool" else ""


RTSTRUCT = Form("rtstruct", "dcm", write, "The outlines as DICOM RT Structure Set, one object per image grid")
