"""The printed report as a DICOM object: Encapsulated PDF, in the study that was measured.

Its title is coded, every image object that the report comes from is a source instance, and the reports whose place it
takes are predecessors: earlier versions, and once a decision is recorded the draft. An object is named by its bytes
too, since another machine has other fonts: one identifier never stands for two files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, EncapsulatedPDFStorage, ExplicitVRLittleEndian

from vivomap.report import codes
from vivomap.report.codes import Concept
from vivomap.report.dicom_identity import object_uid
from vivomap.report.dicom_source import evidence, file_of, moment, stamped, study_header
from vivomap.report.forms import Filed, Files, Form
from vivomap.report.pdf import printed

SERIES_NUMBER = 9002  # project: beside that of the structured report
TITLE = "vivomap report"


def write(filed: Filed) -> Files:
    """`report-pdf.dcm`."""
    return {"report-pdf.dcm": file_of(document(filed))}


def document(filed: Filed) -> Dataset:
    """The printed report as a data set. Raises Refusal `no_date`, `library_absent`, `patient_not_dicom`."""
    body = printed(filed)
    ds = study_header(filed)
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID, ds.SOPInstanceUID = EncapsulatedPDFStorage, _name(filed, body)
    ds.file_meta.MediaStorageSOPClassUID, ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
    ds.Modality, ds.ConversionType = "DOC", "WSD"
    ds.SeriesInstanceUID, ds.SeriesNumber = object_uid(filed.assessment, "pdf-series", filed.by), SERIES_NUMBER
    ds.SeriesDescription, ds.InstanceNumber = "vivomap: printed report", 1
    ds.Manufacturer = ds.ManufacturerModelName = "vivomap"
    ds.SoftwareVersions = ds.DeviceSerialNumber = filed.version
    ds.AcquisitionDateTime, ds.BurnedInAnnotation, ds.VerificationFlag = "", "YES", "UNVERIFIED"
    ds.DocumentTitle, ds.ConceptNameCodeSequence = TITLE, Sequence([_coded(codes.REPORT)])
    ds.MIMETypeOfEncapsulatedDocument = "application/pdf"
    ds.EncapsulatedDocument, ds.EncapsulatedDocumentLength = body, len(body)
    sources = [_instance(s.SOPClassUID, s.SOPInstanceUID) for s in evidence(filed)]
    if sources:
        ds.SourceInstanceSequence = Sequence(sources)
    before = [_placed(old, ds.StudyInstanceUID) for old in _predecessors(filed)]
    if before:
        ds.PredecessorDocumentsSequence = Sequence(before)
    return stamped(ds, moment(filed))


def _predecessors(filed: Filed) -> Iterator[Filed]:
    """The draft, once there is a decision; then the versions whose place this one takes."""
    if filed.decisions:
        yield replace(filed, decisions=())
    yield from filed.replaces


def _name(filed: Filed, body: bytes) -> UID:
    return UID(object_uid(filed.assessment, f"pdf {hashlib.sha256(body).hexdigest()}", filed.by))


def _placed(old: Filed, study: str) -> Dataset:
    """An earlier report in its place: study, series and instance."""
    series, whole = Dataset(), Dataset()
    series.SeriesInstanceUID = object_uid(old.assessment, "pdf-series", old.by)
    series.ReferencedSOPSequence = Sequence([_instance(EncapsulatedPDFStorage, _name(old, printed(old)))])
    whole.StudyInstanceUID, whole.ReferencedSeriesSequence = study, Sequence([series])
    return whole


def _instance(class_: str, uid: str) -> Dataset:
    ds = Dataset()
    ds.ReferencedSOPClassUID, ds.ReferencedSOPInstanceUID = class_, uid
    return ds


def _coded(concept: Concept) -> Dataset:
    ds = Dataset()
    ds.CodeValue, ds.CodingSchemeDesignator, ds.CodeMeaning = concept
    return ds


EPDF = Form("epdf", "dcm", write, "The printed report as DICOM Encapsulated PDF")
