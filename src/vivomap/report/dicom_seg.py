"""The outlines as DICOM Segmentation: one object per image grid, one segment per lesion, every frame there.

Segments are binary, on the planes of the image that was segmented, each with the tracking identifiers that the
structured report gives its lesion. A region that was drawn empty has no segment: the report says that it has vanished.
A region that lies on no image that DICOM can name (no objects, series or frame of reference) has none either.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from highdicom import (
    AlgorithmIdentificationSequence,
    PlaneOrientationSequence,
    PlanePositionSequence,
)
from highdicom.seg import SegmentAlgorithmTypeValues, SegmentationTypeValues, SegmentDescription
from highdicom.seg import Segmentation as Written
from highdicom.sr import CodedConcept
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sr.coding import Code

from vivomap.core import Image, Refusal, Region
from vivomap.report import codes
from vivomap.report.codes import Concept
from vivomap.report.dicom_identity import object_uid, tracking_uid, uid
from vivomap.report.dicom_items import apart, measures, referenced
from vivomap.report.dicom_source import (
    carrier,
    file_of,
    headers,
    moment,
    multi_frame,
    reference,
    short,
    stamped,
)
from vivomap.report.forms import Filed, Files, Form
from vivomap.report.words import plain

SEG_CLASS = "1.2.840.10008.5.1.4.1.1.66.4"
SERIES_NUMBER = 9100  # project: the first of the series that segmentations take; above those of scanners
UNSAID = "as outlined by its maker, who did not say how"


@dataclass(frozen=True)
class Segment:
    """One lesion in an object: its number there, its region, and its tracking identifiers."""

    number: int
    region: Region
    lesion: str
    tracking: str


@dataclass(frozen=True)
class Grid:
    """One segmentation object: the image it lies on, its place among the objects, and its segments."""

    place: int
    image: Image
    segments: tuple[Segment, ...]
    uid: str
    series: str

    def mask(self) -> NDArray[np.uint8]:
        """The segments as (z, y, x, segment)."""
        return np.stack([s.region.mask.array.astype(np.uint8) for s in self.segments], axis=-1)


def grids(filed: Filed) -> tuple[Grid, ...]:
    """The objects that the regions of a visit make, in the order of their images.

    An image on which no number of a region holds, as one of uneven slices, has none: no outline would lie where drawn.
    """
    study, claims = filed.assessment.study, filed.assessment.claims
    laid: dict[int, dict[str, Region]] = {}
    for region in study.regions:
        image = carrier(region, study.images, claims) if region.lesion and region.voxel_count else None
        if image is not None and not any(flag.denies == "region" for flag in image.refusals):
            laid.setdefault(study.images.index(image), {}).setdefault(region.lesion, region)
    made = []
    for place, index in enumerate(sorted(laid), 1):
        segments = tuple(
            Segment(number, region, lesion, tracking_uid(filed, lesion))
            for number, (lesion, region) in enumerate(laid[index].items(), 1)
        )
        role = f"seg-{place}"
        series = object_uid(filed.assessment, f"{role}-series")
        made.append(Grid(place, study.images[index], segments, object_uid(filed.assessment, role), series))
    return tuple(made)


def write(filed: Filed) -> Files:
    """`seg-1.dcm`, `seg-2.dcm` …, one for each grid. Raises Refusal `not_drawn` if no region can be a segment."""
    found = grids(filed)
    if not found:
        raise Refusal(
            "not_drawn",
            "no region of this visit can be a segment",
            expected="a region with voxels, on an image with DICOM objects, a frame of reference and even slices",
            computed="the other forms",
        )
    return {f"seg-{grid.place}.dcm": file_of(segmentation(filed, grid)) for grid in found}


def segmentation(filed: Filed, grid: Grid) -> Dataset:
    """One segmentation object."""
    planes = headers(grid.image, filed)
    standing = apart(planes) if multi_frame(grid.image) else planes
    made = Written(
        source_images=standing,
        pixel_array=grid.mask(),
        segmentation_type=SegmentationTypeValues.BINARY,
        segment_descriptions=[_described(segment, filed) for segment in grid.segments],
        series_instance_uid=grid.series,
        series_number=SERIES_NUMBER + grid.place,
        sop_instance_uid=grid.uid,
        instance_number=1,
        manufacturer="vivomap",
        manufacturer_model_name="vivomap",
        software_versions=filed.version,
        device_serial_number=filed.version,
        omit_empty_frames=False,
        content_label="LESIONS",
        content_description="Lesions as they were outlined",
        series_description="vivomap: lesions",
        pixel_measures=measures(grid.image),
        plane_orientation=PlaneOrientationSequence("PATIENT", [float(v) for v in planes[0].ImageOrientationPatient]),
        plane_positions=[PlanePositionSequence("PATIENT", list(p.ImagePositionPatient)) for p in planes],
    )
    organised = uid("dimensions", grid.uid)
    for item in (*made.DimensionOrganizationSequence, *made.DimensionIndexSequence):
        item.DimensionOrganizationUID = organised
    if multi_frame(grid.image):
        _whole(made, reference(grid.image, grid.image.source[0]))
    return stamped(made, moment(filed))


def _described(segment: Segment, filed: Filed) -> SegmentDescription:
    region = segment.region
    finding = codes.FINDINGS.get(region.finding.lower())
    where, side = codes.site(region.finding, region.site)
    described = SegmentDescription(
        segment_number=segment.number,
        segment_label=short(segment.lesion),
        segmented_property_category=_code(codes.ABNORMAL if finding else codes.SPATIAL),
        segmented_property_type=_code(finding or codes.OWN["AS_DRAWN"]),
        algorithm_type=SegmentAlgorithmTypeValues.SEMIAUTOMATIC,
        algorithm_identification=AlgorithmIdentificationSequence(UNSAID, _code(codes.OWN["AS_DRAWN"]), filed.version),
        tracking_uid=segment.tracking,
        tracking_id=plain(segment.lesion),
        anatomic_regions=[_code(where)] if where else None,
    )
    del described.SegmentationAlgorithmIdentificationSequence  # it would name an algorithm, and nobody said one
    if where and side:
        described.AnatomicRegionSequence[0].AnatomicRegionModifierSequence = [CodedConcept.from_code(_code(side))]
    return described


def _code(concept: Concept) -> Code:
    return Code(concept.value, concept.scheme, concept.meaning)


def _whole(made: Dataset, source: Dataset) -> None:
    """Refer to the multi-frame object as a whole: which of its frames is which plane is not in the nouns."""
    for frame in made.PerFrameFunctionalGroupsSequence:
        if "DerivationImageSequence" in frame:
            del frame.DerivationImageSequence
    named = referenced(source.SOPClassUID, source.SOPInstanceUID)
    made.ReferencedSeriesSequence[0].ReferencedInstanceSequence = [named]


SEG = Form("seg", "dcm", write, "The outlines as DICOM Segmentation, one object per image grid")
