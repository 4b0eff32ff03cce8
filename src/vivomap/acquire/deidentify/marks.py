"""What an object says of its own de-identification: by which profile, with which options, and that its dates moved."""

from __future__ import annotations

from pydicom.dataset import Dataset

from vivomap.acquire.deidentify.report import CLEAN_PIXELS, OPTIONS
from vivomap.acquire.deidentify.values import Who
from vivomap.core import __version__


def mark(ds: Dataset, who: Who, blanked: bool) -> None:
    """Write the pseudonym and the record of what was done: (0012,0062), (0012,0063), (0012,0064), (0028,0303)."""
    ds.PatientID = ds.PatientName = who.pseudonym
    ds.PatientIdentityRemoved = "YES"
    ds.DeidentificationMethod = ["DICOM PS3.15 Annex E", f"vivomap {__version__}"]
    codes = [*OPTIONS.items(), *([CLEAN_PIXELS] if blanked else [])]
    ds.DeidentificationMethodCodeSequence = [_code(*pair) for pair in sorted(codes)]
    ds.LongitudinalTemporalInformationModified = "MODIFIED"
    if blanked:
        ds.BurnedInAnnotation = "NO"


def _code(value: str, meaning: str) -> Dataset:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, "DCM", meaning
    return code
