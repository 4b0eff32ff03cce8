"""The numbers as a DICOM structured report: Comprehensive 3D SR, measurement report TID 1500.

Groups hold numbers with their doubt and change, the qualitative evaluations what is said of the visit. Each object that
a number comes from is evidence; the segmentation that is written with the report is referred to by its identifier.
"""

from __future__ import annotations

from highdicom.coding_schemes import CodingSchemeIdentificationItem
from highdicom.sr import (
    CodedConcept,
    Comprehensive3DSR,
    ContainerContentItem,
    ContentSequence,
    LanguageOfContentItemAndDescendants,
)
from pydicom.dataset import Dataset

from vivomap.report import codes
from vivomap.report.dicom_identity import object_uid, uid
from vivomap.report.dicom_seg import SEG_CLASS, grids
from vivomap.report.dicom_source import evidence, file_of, moment, stamped, study_header
from vivomap.report.dicom_sr.context import observers, procedure
from vivomap.report.dicom_sr.groups import groups
from vivomap.report.dicom_sr.items import PART, coded
from vivomap.report.dicom_sr.said import evaluations
from vivomap.report.forms import Filed, Files, Form

SR_CLASS = "1.2.840.10008.5.1.4.1.1.88.34"
SERIES_NUMBER = 9001  # project: above those of scanners
EVIDENCE = "CurrentRequestedProcedureEvidenceSequence"
SCHEME = CodingSchemeIdentificationItem(
    codes.PRIVATE, name="Concepts of vivomap", uid=uid("scheme", codes.PRIVATE), responsible_organization="vivomap"
)


def write(filed: Filed) -> Files:
    """`sr.dcm`."""
    return {"sr.dcm": file_of(document(filed))}


def document(filed: Filed) -> Dataset:
    """The report as a data set. Raises Refusal `no_date` if neither ledger nor visit gives it a date."""
    study = study_header(filed)
    found = _evidence(filed, study)
    standing = Dataset()
    standing.update(study)
    standing.SOPClassUID, standing.SOPInstanceUID = SR_CLASS, uid("nothing", object_uid(filed.assessment, "sr"))
    standing.SeriesInstanceUID = uid("nothing")
    made = Comprehensive3DSR(
        evidence=found or [standing],
        content=_content(filed),
        series_instance_uid=object_uid(filed.assessment, "sr-series", filed.by),
        series_number=SERIES_NUMBER,
        sop_instance_uid=object_uid(filed.assessment, "sr", filed.by),
        instance_number=1,
        manufacturer="vivomap",
        manufacturer_model_name="vivomap",
        software_versions=filed.version,
        device_serial_number=filed.version,
        series_description="vivomap: measurements",
        is_complete=True,
        previous_versions=[_named(filed, old) for old in filed.replaces] or None,
        coding_schemes=[SCHEME],
    )
    if not found:
        delattr(made, EVIDENCE)
    return stamped(made, moment(filed))


def _content(filed: Filed) -> ContainerContentItem:
    """The root of TID 1500: observers, procedure, measurements, evaluations."""
    root = ContainerContentItem(coded(codes.REPORT), template_id="1500")
    root.ContentSequence = ContentSequence()
    root.ContentSequence.extend(LanguageOfContentItemAndDescendants(CodedConcept(*codes.LANGUAGE)))
    root.ContentSequence.extend(observers(filed))
    root.ContentSequence.append(procedure(filed))
    measured = [item for group in groups(filed) for item in group]
    for name, items in ((codes.MEASUREMENTS, measured), (codes.EVALUATIONS, evaluations(filed))):
        if items:
            container = ContainerContentItem(coded(name), relationship_type=PART)
            container.ContentSequence = ContentSequence(items)
            root.ContentSequence.append(container)
    return root


def _evidence(filed: Filed, study: Dataset) -> list[Dataset]:
    """The objects behind the report, those of its own study first, with the segmentations of the visit."""
    found = evidence(filed)
    for grid in grids(filed):
        ds = Dataset()
        ds.update(study)
        ds.SOPClassUID, ds.SOPInstanceUID, ds.SeriesInstanceUID = SEG_CLASS, grid.uid, grid.series
        ds.StudyInstanceUID = grid.image.text("study_uid")
        found.append(ds)
    return sorted(found, key=lambda ds: ds.StudyInstanceUID != study.StudyInstanceUID)


def _named(filed: Filed, old: Filed) -> Dataset:
    """What names the report of an earlier version."""
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = SR_CLASS, object_uid(old.assessment, "sr", filed.by)
    ds.SeriesInstanceUID = object_uid(old.assessment, "sr-series", filed.by)
    ds.StudyInstanceUID = study_header(old).StudyInstanceUID
    return ds


SR = Form("sr", "dcm", write, "The numbers as DICOM structured report, TID 1500")
