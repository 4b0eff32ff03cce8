"""The images behind a report, as DICOM names them: the headers that an Image carries, and nothing that it does not.

Place and size come from its affine: the position of slice k is affine (k, 0, 0, 1), in mm LPS. Name and birth date of
the patient, study time and accession number are not in the nouns: they are left empty, and the archive that holds the
study knows them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from io import BytesIO
from typing import Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import UID
from pydicom.valuerep import DA, DS, DT, TM

from vivomap.core import Image, Measurement, Refusal, Region, same_grid
from vivomap.report.dicom_identity import is_uid, uid
from vivomap.report.forms import Filed
from vivomap.report.words import plain

SINGLE = {  # modality: SOP class of a single-frame image
    "CT": "1.2.840.10008.5.1.4.1.1.2",
    "MR": "1.2.840.10008.5.1.4.1.1.4",
    "PT": "1.2.840.10008.5.1.4.1.1.128",
    "US": "1.2.840.10008.5.1.4.1.1.6.1",
    "NM": "1.2.840.10008.5.1.4.1.1.20",
    "RTDOSE": "1.2.840.10008.5.1.4.1.1.481.2",
}
MULTI = {  # modality: SOP class of a multi-frame image
    "CT": "1.2.840.10008.5.1.4.1.1.2.1",
    "MR": "1.2.840.10008.5.1.4.1.1.4.1",
    "PT": "1.2.840.10008.5.1.4.1.1.130",
    "US": "1.2.840.10008.5.1.4.1.1.3.1",
    "NM": "1.2.840.10008.5.1.4.1.1.20",
    "RTDOSE": "1.2.840.10008.5.1.4.1.1.481.2",
}
UNSURE_DAY = ("study_date_absent", "study_dates_differ")
LONGEST = 64  # of a long string, PS3.5 table 6.2-1
SEXES = ("M", "F", "O")


def multi_frame(image: Image) -> bool:
    """Whether one object holds several planes of the image."""
    return len(set(image.source)) < image.shape[0] * max(1, len(image.frames))


def sop_class(image: Image) -> str:
    """The SOP class of its objects: as they said, else that of their modality; "" where neither is known."""
    return image.text("sop_class") or (MULTI if multi_frame(image) else SINGLE).get(image.text("modality"), "")


def from_dicom(image: Image) -> bool:
    """Whether the image can be named in DICOM: its objects, series, study and class are known."""
    named = (*image.source, image.text("series_uid"), image.text("study_uid"))
    return bool(image.source) and all(map(is_uid, named)) and sop_class(image) != ""


def carrier(region: Region, images: Sequence[Image], claims: Sequence[object] = ()) -> Image | None:
    """The image that a region lies on, and that DICOM can name as the one that was segmented; None if there is none.

    Of several on one grid it is the one the region was drawn on, else one in the same frame of reference; where nobody
    said that, the one that most numbers of this very mask were measured on, else the first.
    """
    told = {i.text("frame_of_reference") for i in images if region.series and i.text("series_uid") == region.series}
    placed = [i for i in images if from_dicom(i) and is_uid(i.text("frame_of_reference")) and same_grid(i, region)]
    placed = [i for i in placed if not told or i.text("frame_of_reference") in told]
    numbers = [c.provenance for c in claims if isinstance(c, Measurement)] if len(placed) > 1 else []
    measured = [set(p.source) for p in numbers if region.mask.digest in p.inputs]

    def nearness(image: Image) -> tuple[bool, int]:
        return image.text("series_uid") == region.series, sum(set(image.source) <= objects for objects in measured)

    return max(placed, key=nearness, default=None)


def headers(image: Image, filed: Filed) -> list[Dataset]:
    """The headers of its planes in array order (of the first frame, where it has several)."""
    plane = image.at(0) if image.frames else image
    affine, (slices, _, _) = np.asarray(image.affine, float), image.shape
    sources = plane.source if len(plane.source) == slices else (plane.source[0],) * slices
    return [_plane(image, filed, source, affine @ (k, 0, 0, 1)) for k, source in enumerate(sources)]


def _plane(image: Image, filed: Filed, source: str, corner: np.ndarray) -> Dataset:
    affine = np.asarray(image.affine, float)
    steps = np.linalg.norm(affine[:3, :3], axis=0)
    rows, columns = affine[:3, 1] / steps[1], affine[:3, 2] / steps[2]
    ds = reference(image, source)
    ds.update(about(filed, image.text("sex")))
    ds.Modality, ds.Manufacturer = image.text("modality"), image.text("manufacturer")
    ds.FrameOfReferenceUID, ds.PositionReferenceIndicator = image.text("frame_of_reference"), ""
    _, ds.Rows, ds.Columns = image.shape
    ds.PixelSpacing = decimals(steps[1:])
    ds.SliceThickness = thickness_mm(image)
    ds.ImageOrientationPatient = decimals((*columns, *rows))
    ds.ImagePositionPatient = decimals(corner[:3])
    return ds


def short(text: str) -> str:
    """A text as a long string of DICOM holds it for every reader: 64 bytes, of which some count each."""
    return tidy(text).encode()[:LONGEST].decode(errors="ignore").strip()


def tidy(text: str) -> str:
    """A text without a backslash, which parts values in DICOM, and without control characters."""
    return plain(text).replace("\\", "/").strip()


def thickness_mm(image: Image) -> float:
    """The slice thickness that the scanner said, mm; else the height of a voxel of the grid, on which outlines lie."""
    said = image.setting("slice_thickness_mm")
    return said if isinstance(said, float) else image.spacing_mm[0]


def decimals(values: Sequence[float] | np.ndarray) -> list[Any]:
    """Numbers as decimal strings of at most 16 characters."""
    return [DS(float(v) + 0.0, auto_format=True) for v in values]


def reference(image: Image, source: str) -> Dataset:
    """What names one object of an image."""
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = sop_class(image), source
    ds.StudyInstanceUID, ds.SeriesInstanceUID = image.text("study_uid"), image.text("series_uid")
    return ds


def about(filed: Filed, sex: str = "") -> Dataset:
    """Patient and study as far as the nouns know them; the rest is empty, as the standard allows.

    The day of the visit is the study date only if the visit is one study that said one. Raises Refusal
    `patient_not_dicom` if the name of the patient cannot stand as a patient id.
    """
    study, ds = filed.assessment.study, Dataset()
    if tidy(study.patient) != study.patient or len(study.patient) > LONGEST:
        raise Refusal(
            "patient_not_dicom",
            "the name of this patient cannot stand as a patient id in DICOM",
            expected="at most 64 characters, no backslash and no control character",
            computed="the other forms",
        )
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.PatientID, ds.PatientSex = study.patient, sex if sex in SEXES else ""
    ds.PatientName = ds.AccessionNumber = ds.StudyID = ds.ReferringPhysicianName = ""
    ds.PatientBirthDate = ds.StudyTime = None
    doubtful = len(study.uid) != 1 or any(flag.code in UNSURE_DAY for flag in study.flags)
    ds.StudyDate = DA(study.day) if study.day and not doubtful else None
    return ds


def evidence(filed: Filed) -> list[Dataset]:
    """Every object that the images of the visit come from, once."""
    study = filed.assessment.study
    found = {s: reference(i, s) for i in study.images if from_dicom(i) for s in i.source}
    sex = next((i.text("sex") for i in study.images if i.text("sex")), "")
    for ds in found.values():
        ds.update(about(filed, sex))
    return list(found.values())


def study_header(filed: Filed) -> Dataset:
    """Patient and study alone: the first study of the visit, or one of our own where the visit has none in DICOM."""
    study = filed.assessment.study
    ds = about(filed, next((i.text("sex") for i in study.images if i.text("sex")), ""))
    named = [i.text("study_uid") for i in study.images if from_dicom(i)] + [u for u in study.uid if is_uid(u)]
    ds.StudyInstanceUID = named[0] if named else uid("study", study.patient, str(study.day), *study.uid)
    return ds


def moment(filed: Filed) -> datetime:
    """When the assessment was put on record; without a ledger the beginning of the day of the visit, in UTC.

    Raises Refusal `no_date` if neither is known.
    """
    if filed.recorded is not None:
        return filed.recorded.astimezone(UTC)
    day = filed.assessment.study.day
    if day is None:
        raise Refusal("no_date", "neither the ledger nor the visit gives this report a date")
    return datetime.combine(day, time(), UTC)


def stamped(ds: Dataset, at: datetime) -> Dataset:
    """The object with its times from the record and our own marks, so that writing it again gives the same bytes."""
    ds.InstanceCreationDate = ds.ContentDate = DA(at.date())
    ds.InstanceCreationTime = ds.ContentTime = TM(at.time())
    ds.TimezoneOffsetFromUTC = "+0000"
    for equipment in ds.get("ContributingEquipmentSequence") or ():
        equipment.ContributionDateTime = DT(at)
    ds.file_meta.ImplementationClassUID = UID(uid("implementation", "vivomap"))
    ds.file_meta.ImplementationVersionName = "VIVOMAP"
    return ds


def file_of(ds: Dataset) -> bytes:
    """The object as a DICOM file."""
    out = BytesIO()
    dcmwrite(out, ds, enforce_file_format=True)
    return out.getvalue()
