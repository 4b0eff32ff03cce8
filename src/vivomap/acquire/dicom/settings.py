"""What the scanner was and did, as the settings of an image; what the header does not say is absent."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Sequence

from pydicom.dataset import Dataset

from vivomap.acquire.dicom.diffusion import b_value
from vivomap.acquire.dicom.plane import Plane
from vivomap.core import Settings

TEXTS = (  # setting, keyword
    ("modality", "Modality"),
    ("manufacturer", "Manufacturer"),
    ("model", "ManufacturerModelName"),
    ("serial", "DeviceSerialNumber"),
    ("software", "SoftwareVersions"),
    ("station", "StationName"),
    ("study_uid", "StudyInstanceUID"),
    ("series_uid", "SeriesInstanceUID"),
    ("series_number", "SeriesNumber"),
    ("series_description", "SeriesDescription"),
    ("protocol", "ProtocolName"),
    ("frame_of_reference", "FrameOfReferenceUID"),
    ("patient_position", "PatientPosition"),
    ("kernel", "ConvolutionKernel"),
    ("photometric", "PhotometricInterpretation"),
    ("sop_class", "SOPClassUID"),
    ("sex", "PatientSex"),
    ("image_type", "ImageType"),
    ("scanning_sequence", "ScanningSequence"),
    ("sequence_variant", "SequenceVariant"),
    ("scan_options", "ScanOptions"),
    ("magnetization_transfer", "MagnetizationTransfer"),
)
NUMBERS = (
    ("slice_thickness_mm", "SliceThickness"),
    ("spacing_between_mm", "SpacingBetweenSlices"),
    ("kvp", "KVP"),
    ("tr_ms", "RepetitionTime"),
    ("te_ms", "EchoTime"),
    ("ti_ms", "InversionTime"),
    ("flip_deg", "FlipAngle"),
    ("weight_kg", "PatientWeight"),
    ("height_m", "PatientSize"),
)
GAUSS = 100.0  # a field above this many tesla is written in gauss
NESTED = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
PER_FRAME = {"SliceThickness": "PixelMeasuresSequence"}


def settings_of(plane: Plane, ds: Dataset) -> Settings:
    """The settings of an image, from one of its planes and the whole header of that plane's file."""
    found: dict[str, str | float] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for setting, keyword in TEXTS:
            value = plane.text(keyword) or _text(ds, keyword)
            if value:
                found[setting] = value
        for setting, keyword in NUMBERS:
            number = _number(plane, ds, keyword)
            if number is not None:
                found[setting] = number
        field = _number(plane, ds, "MagneticFieldStrength")
        if field:
            found["field_t"] = field / 10000 if field > GAUSS else field
        contrast = _text(ds, "ContrastBolusAgent")
        if contrast and contrast.upper() != "NONE":
            found["contrast"] = contrast
    b = b_value(plane)
    if b is not None:
        found["b"] = b
    found["rows"], found["columns"] = (float(n) for n in plane.shape)
    found["pixel_measure"] = "PixelSpacing" if plane.text("PixelSpacing") else "none"
    return tuple(found.items())


def _text(ds: Dataset, keyword: str) -> str:
    value = ds.get(keyword)
    if value is None:
        return ""
    parts = [value] if isinstance(value, str | int | float) else list(value)
    return "\\".join(str(p).strip() for p in parts).strip()


def _number(plane: Plane, ds: Dataset, keyword: str) -> float | None:
    text = plane.text(keyword) or _text(ds, keyword) or _deep(ds, keyword, plane.frame)
    try:
        return float(text.split("\\")[0])
    except ValueError:
        return None


def _deep(ds: Dataset, keyword: str, frame: int) -> str:
    """A value inside the functional groups of a frame, where the enhanced objects keep it."""
    group = PER_FRAME.get(keyword, "")
    for sequence, place in zip(NESTED, (0, frame), strict=True):
        items = ds.get(sequence) or []
        inside = (items[place].get(group) or []) if group and place < len(items) else []
        if inside and inside[0].get(keyword) is not None:
            return _text(inside[0], keyword)
    return ""


def shared(many: Sequence[Settings]) -> Settings:
    """The settings that all parts of an image have alike."""
    first, *rest = (dict(s) for s in many)
    return tuple((k, v) for k, v in first.items() if all(r.get(k) == v for r in rest))


def pseudonym(study_uid: str) -> str:
    """A name for a patient whose header gives none: one per study, so that no two are taken for one."""
    return f"unnamed-{hashlib.sha256(study_uid.encode()).hexdigest()[:8]}"
