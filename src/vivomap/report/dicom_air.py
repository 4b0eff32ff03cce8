"""The root of IHE AI Results (AIR): one report that names every result of an assessment and the algorithms behind it.

A Comprehensive 3D SR on TID 1500 without a number of its own: the measurement report, the segmentations and the maps
are its evidence, each named once. A form that is not there, or that has nothing of this visit to hold, is left out and
said to be. Each algorithm stands in the Contributing Equipment Sequence too, as AIR wants it.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

from highdicom.sr import (
    CodedConcept,
    CompositeContentItem,
    Comprehensive3DSR,
    ContainerContentItem,
    ContentItem,
    ContentSequence,
    ImageContentItem,
    LanguageOfContentItemAndDescendants,
)
from pydicom import dcmread
from pydicom.dataset import Dataset

from vivomap.core import Measurement, Prediction, Refusal, Verdict
from vivomap.report import codes
from vivomap.report.codes import OWN, Concept
from vivomap.report.dicom_identity import object_uid, uid
from vivomap.report.dicom_source import file_of, moment, stamped, study_header
from vivomap.report.dicom_sr import SCHEME, SR_CLASS
from vivomap.report.dicom_sr.context import observers, procedure
from vivomap.report.dicom_sr.items import MODIFIER, PART, coded, text, under
from vivomap.report.dicom_sr.said import evaluations
from vivomap.report.forms import Filed, Files, Form, forms

PRIMITIVES = ("sr", "seg", "pm")  # of AIR: measurements, findings and locations; regions; parametric maps
SERIES_NUMBER = 9400  # project: above those of scanners
RESULTS = Concept("RESULTS", codes.PRIVATE, "Results of the analysis")
ALGORITHMS = Concept("ALGORITHMS", codes.PRIVATE, "Algorithms of the analysis")
RESULT = Concept("RESULT", codes.PRIVATE, "Result")
ALGORITHM = Concept("111001", "DCM", "Algorithm Name")
VERSION = Concept("111003", "DCM", "Algorithm Version")
PROCESSING = Concept("Newcode1", "99IHE", "Processing Algorithm")  # AIR 6.5.3.1, where it has no number yet


def write(filed: Filed) -> Files:
    """`air.dcm`. Raises Refusal `no_date`, and what the structured report refuses."""
    return {"air.dcm": file_of(document(filed))}


def document(filed: Filed) -> Dataset:
    """The root as a data set: its evidence are the results, never the images, which the results name themselves."""
    found, absent = results(filed)
    made = Comprehensive3DSR(
        evidence=found,
        content=_content(filed, found, absent),
        series_instance_uid=object_uid(filed.assessment, "air-series", filed.by),
        series_number=SERIES_NUMBER,
        sop_instance_uid=object_uid(filed.assessment, "air", filed.by),
        instance_number=1,
        manufacturer="vivomap",
        manufacturer_model_name="vivomap",
        software_versions=filed.version,
        device_serial_number=filed.version,
        series_description="vivomap: root of the results",
        is_complete=True,
        previous_versions=[_named(filed, old) for old in filed.replaces] or None,
        coding_schemes=[SCHEME],
    )
    made.update(_equipment(filed))
    return stamped(made, moment(filed))


def results(filed: Filed) -> tuple[list[Dataset], list[str]]:
    """The objects of this assessment, by the forms that are there; and what is not there, with the reason."""
    known, found, absent = forms(), [], []
    for name in PRIMITIVES:
        if name not in known:
            absent.append(f"{name}: this form is not installed")
            continue
        try:
            files = known[name].write(filed)
        except Refusal as refused:
            if name == "sr":
                raise
            absent.append(f"{name}: {refused.summary}")
            continue
        objects = [dcmread(BytesIO(body)) for file, body in files.items() if file.endswith(".dcm")]
        found += objects
        if not objects:
            absent.append(f"{name}: nothing of this visit")
    own = study_header(filed).StudyInstanceUID
    return sorted(found, key=lambda ds: ds.StudyInstanceUID != own), absent


def _content(filed: Filed, found: list[Dataset], absent: list[str]) -> ContainerContentItem:
    root = ContainerContentItem(coded(codes.REPORT), template_id="1500")
    root.ContentSequence = ContentSequence()
    root.ContentSequence.extend(LanguageOfContentItemAndDescendants(CodedConcept(*codes.LANGUAGE)))
    root.ContentSequence.extend(observers(filed))
    root.ContentSequence.append(procedure(filed))
    parts = [_result(ds) for ds in found] + [text(OWN["NOT_GIVEN"], reason, PART) for reason in absent]
    made = [under(text(ALGORITHM, name, PART), text(VERSION, v, MODIFIER)) for name, v in _algorithms(filed)]
    for name, items in ((codes.EVALUATIONS, evaluations(filed)), (RESULTS, parts), (ALGORITHMS, made)):
        if items:
            container = ContainerContentItem(coded(name), relationship_type=PART)
            container.ContentSequence = ContentSequence(items)
            root.ContentSequence.append(container)
    return root


def _result(ds: Dataset) -> ContentItem:
    """One result by its object: an image where it has pixels, else a document."""
    named = (coded(RESULT), ds.SOPClassUID, ds.SOPInstanceUID)
    if "Rows" in ds:
        return ImageContentItem(*named, relationship_type=PART)
    return CompositeContentItem(*named, relationship_type=PART)


def _algorithms(filed: Filed) -> Iterator[tuple[str, str]]:
    """What made the claims of this visit, each function and version once."""
    made = (c.provenance for c in filed.assessment.claims if isinstance(c, Measurement | Verdict | Prediction))
    yield from dict.fromkeys((p.maker or "not said", p.version or "not said") for p in made)


def _equipment(filed: Filed) -> Dataset:
    """The algorithms as AIR wants them: purpose, maker, name, version and a UID that a changed version changes."""
    items, whole = [], Dataset()
    for name, version in _algorithms(filed):
        ds = Dataset()
        ds.PurposeOfReferenceCodeSequence = [CodedConcept.from_code(coded(PROCESSING))]
        ds.Manufacturer, ds.ManufacturerModelName, ds.SoftwareVersions = "vivomap", name[:64], version
        ds.DeviceUID = uid("algorithm", name, version)
        items.append(ds)
    whole.ContributingEquipmentSequence = items
    return whole


def _named(filed: Filed, old: Filed) -> Dataset:
    """What names the root of an earlier version."""
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = SR_CLASS, object_uid(old.assessment, "air", filed.by)
    ds.SeriesInstanceUID = object_uid(old.assessment, "air-series", filed.by)
    ds.StudyInstanceUID = study_header(old).StudyInstanceUID
    return ds


AIR = Form("air", "dcm", write, "The root of all DICOM results, as IHE AI Results (AIR) wants it")
