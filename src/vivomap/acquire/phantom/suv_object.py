"""A PET series whose true SUV is known, made forward from the physics: what was injected decays, and is imaged.

A patient of weight W holds the true SUV in every voxel. The activity there at a moment t after the injection A is

    C = SUV A 2^(-t / T) / W      (Bq/ml, W in g)

and the series stores it as its header says: corrected to the start of the scan, to the injection, or as it was on
average over the frame of each bed; as activity, as counts, or already as a SUV of some kind.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import EnhancedPETImageStorage, PositronEmissionTomographyImageStorage

from vivomap.acquire.phantom.series import uid

SHAPE = (6, 16, 16)
BED = 3  # slices a bed
BED_S = 180.0  # seconds a bed
FULL_SCALE = 30000.0
BQML_OF_COUNT, SUV_OF_COUNT = 2.5, 4e-4  # what a count is worth: any number will do
HALF_LIFE_S = {"18": 6586.2, "68": 4062.6, "89": 282276.0}
ELEMENT = {"18": ("77004003", "^18^Fluorine"), "68": ("35337001", "^68^Gallium"), "89": ("63360001", "^89^Zirconium")}
UCUM = {"BQML": "Bq/ml", "GML": "g/ml{SUVbw}"}


@dataclass(frozen=True)
class Scan:
    """What happened: patient, injection, scan; and how the scanner writes it down."""

    manufacturer: str = "SYNTHETIC"
    nuclide: str = "18"
    dose_bq: float = 370e6
    weight_kg: float = 70.0
    height_m: float = 1.75
    sex: str = "M"
    injected: datetime = datetime(2024, 3, 5, 9, 0)
    start: datetime = datetime(2024, 3, 5, 10, 0)
    beds: int = 2
    decay: str = "START"
    units: str = "BQML"
    suv_type: str = ""
    counts: str = ""  # with the units CNTS: the factors that the header gives, "activity" or "suv" or both
    slopes: int = 1  # 1, or one for each slice
    enhanced: bool = False

    @property
    def half_life_s(self) -> float:
        return HALF_LIFE_S[self.nuclide]

    def left(self, seconds: float) -> float:
        """The share of the dose that is left so long after the injection."""
        return math.exp(-math.log(2) * seconds / self.half_life_s)

    def bed_of(self, k: int) -> int:
        """The bed of a slice; a series of one bed has all its slices in it."""
        return k // BED if self.beds > 1 else 0

    def acquired(self, k: int) -> datetime:
        """When the bed of a slice began."""
        return self.start + timedelta(seconds=BED_S * self.bed_of(k))


def true_suv() -> NDArray[np.float64]:
    """The true SUV (z, y, x): in the mask from 0.2 to 4 with median 1, around it other values that must not count."""
    suv = np.full(SHAPE, 0.5)
    suv[inside()] = 1.0
    suv[1:3, 5:7, 5:7], suv[3:5, 8:10, 8:11] = 0.2, 4.0
    suv[0, 0, 0], suv[5, 15, 15] = 0.0, 7.0
    return suv


def inside() -> NDArray[np.bool_]:
    """The mask (z, y, x) in which least, median and greatest SUV are 0.20, 1.00 and 4.00."""
    mask = np.zeros(SHAPE, bool)
    mask[:, 4:12, 4:12] = True
    return mask


def stored_values(scan: Scan) -> NDArray[np.float64]:
    """What the pixels mean after their rescale (z, y, x), in the units of the header."""
    suv = true_suv()
    if scan.units in ("GML", "CM2ML"):
        return suv * _body_ratio(scan)
    if scan.units == "CNTS" and "activity" not in scan.counts:
        return suv / SUV_OF_COUNT
    dose = np.array([_dose_then(scan, k) for k in range(SHAPE[0])])
    worth = BQML_OF_COUNT if scan.units == "CNTS" else 1.0
    return np.asarray(suv * dose[:, None, None] / (1000 * scan.weight_kg * worth))


def objects(scan: Scan, name: str) -> tuple[Dataset, ...]:
    """The DICOM objects of a scan, without their file heads: one a slice, or one of many frames."""
    values = stored_values(scan)
    tops = values.max() if scan.slopes == 1 else values.max(axis=(1, 2), keepdims=True)
    slopes = np.array([float(f"{s:.8e}") for s in np.broadcast_to(tops / FULL_SCALE, (SHAPE[0], 1, 1)).ravel()])
    stored = np.rint(values / slopes[:, None, None]).astype("<u2")
    if scan.enhanced:
        return (_enhanced(scan, name, stored, slopes),)
    return tuple(_classic(scan, name, k, stored[k], slopes[k]) for k in range(SHAPE[0]))


def _dose_then(scan: Scan, k: int) -> float:
    """The dose at the moment that the pixels of a slice refer to, Bq."""
    if scan.decay == "ADMIN":
        return scan.dose_bq
    if scan.decay == "START":
        return scan.dose_bq * scan.left((scan.start - scan.injected).total_seconds())
    lost = math.log(2) * BED_S / scan.half_life_s  # uncorrected: the average over the frame
    at_start = scan.left((scan.acquired(k) - scan.injected).total_seconds())
    return scan.dose_bq * at_start * (1 - math.exp(-lost)) / lost


def _body_ratio(scan: Scan) -> float:
    """What the SUV by weight is multiplied by to be that of the header, from the published formulas."""
    weight, cm, bmi = scan.weight_kg, 100 * scan.height_m, scan.weight_kg / scan.height_m**2
    if scan.units == "CM2ML":
        return float(71.84 * weight**0.425 * cm**0.725 / (1000 * weight))
    male, female = {
        "": (weight, weight),
        "BW": (weight, weight),
        "LBM": (weight, weight),
        "BSA": (weight, weight),
        "LBMJANMA": (9270 * weight / (6680 + 216 * bmi), 9270 * weight / (8780 + 244 * bmi)),
        "LBMJAMES128": (1.10 * weight - 128 * (weight / cm) ** 2, 1.07 * weight - 148 * (weight / cm) ** 2),
        "IBW": (48.0 + 1.06 * (cm - 152), 45.5 + 0.91 * (cm - 152)),
    }[scan.suv_type]
    return float({"M": male, "F": female}.get(scan.sex, (male + female) / 2) / weight)


def _head(scan: Scan, name: str) -> Dataset:
    """What every object of the series shares."""
    ds = Dataset()
    ds.PatientName, ds.PatientID, ds.PatientSex, ds.PatientBirthDate = f"SUV^{name}", f"SUV-{name}", scan.sex, ""
    ds.PatientWeight, ds.PatientSize, ds.PatientIdentityRemoved = scan.weight_kg, scan.height_m, "YES"
    ds.DeidentificationMethod = "digital phantom: no person"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = uid("suv", name, "study"), uid("suv", name, "series")
    ds.FrameOfReferenceUID, ds.PositionReferenceIndicator = uid("suv", name, "frame"), ""
    ds.StudyID, ds.SeriesNumber, ds.SeriesDescription, ds.Modality = "1", 1, name, "PT"
    ds.AccessionNumber = ds.ReferringPhysicianName = ""
    ds.Manufacturer, ds.ManufacturerModelName, ds.PatientPosition = scan.manufacturer, "phantom", "HFS"
    ds.StudyDate = ds.SeriesDate = ds.ContentDate = scan.start.strftime("%Y%m%d")
    ds.StudyTime = ds.SeriesTime = ds.ContentTime = scan.start.strftime("%H%M%S")
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PixelRepresentation = 1, "MONOCHROME2", 0
    ds.Rows, ds.Columns, ds.BitsAllocated, ds.BitsStored, ds.HighBit = *SHAPE[1:], 16, 16, 15
    tracer, coded = Dataset(), Dataset()
    coded.CodeValue, coded.CodeMeaning = ELEMENT[scan.nuclide]
    coded.CodingSchemeDesignator = "SCT"
    tracer.Radiopharmaceutical, tracer.RadionuclideCodeSequence = "phantom tracer", [coded]
    tracer.RadiopharmaceuticalStartDateTime = scan.injected.strftime("%Y%m%d%H%M%S")
    tracer.RadiopharmaceuticalStartTime = scan.injected.strftime("%H%M%S")
    tracer.RadionuclideTotalDose, tracer.RadionuclideHalfLife = scan.dose_bq, scan.half_life_s
    ds.RadiopharmaceuticalInformationSequence = [tracer]
    return ds


def _classic(scan: Scan, name: str, k: int, stored: NDArray[np.uint16], slope: float) -> Dataset:
    """One slice of the classic object."""
    ds = _head(scan, name)
    ds.SOPClassUID, ds.SOPInstanceUID = PositronEmissionTomographyImageStorage, uid("suv", name, k)
    ds.ImageType, ds.SeriesType, ds.CountsSource = ["ORIGINAL", "PRIMARY"], ["STATIC", "IMAGE"], "EMISSION"
    ds.Units, ds.DecayCorrection, ds.CollimatorType = scan.units, scan.decay, "NONE"
    if scan.suv_type:
        ds.SUVType = scan.suv_type
    ds.CorrectedImage = ["NORM", "DTIM", "ATTN", "SCAT", "RAN", *(["DECY"] if scan.decay != "NONE" else [])]
    ds.AcquisitionDate, ds.AcquisitionTime = scan.acquired(k).strftime("%Y%m%d"), scan.acquired(k).strftime("%H%M%S")
    ds.InstanceNumber, ds.ImageIndex, ds.NumberOfSlices = k + 1, k + 1, SHAPE[0]
    ds.ActualFrameDuration, ds.FrameReferenceTime = int(1000 * BED_S), f"{1000 * _reference_s(scan, k):.3f}"
    ds.ImagePositionPatient, ds.ImageOrientationPatient = [-32.0, -32.0, 4.0 * k], [1.0, 0, 0, 0, 1, 0]
    ds.PixelSpacing, ds.SliceThickness = [4.0, 4.0], 4.0
    ds.RescaleIntercept, ds.RescaleSlope, ds.PixelData = 0, slope, stored.tobytes()
    if scan.counts:
        block = ds.private_block(0x7053, "Philips PET Private Group", create=True)
        if "activity" in scan.counts:
            block.add_new(0x09, "DS", BQML_OF_COUNT)
        if "suv" in scan.counts:
            both = BQML_OF_COUNT * 1000 * scan.weight_kg / _dose_then(scan, k)
            block.add_new(0x00, "DS", f"{both if 'activity' in scan.counts else SUV_OF_COUNT:.8e}")
    return ds


def _reference_s(scan: Scan, k: int) -> float:
    """From the start of the scan to the frame: its beginning at GE, its mean count rate elsewhere, s."""
    begin = BED_S * scan.bed_of(k)
    if scan.manufacturer.startswith("GE"):
        return begin
    rate = math.log(2) / scan.half_life_s
    return begin + math.log(rate * BED_S / (1 - math.exp(-rate * BED_S))) / rate


def _enhanced(scan: Scan, name: str, stored: NDArray[np.uint16], slopes: NDArray[np.float64]) -> Dataset:
    """One object of many frames."""
    ds = _head(scan, name)
    ds.SOPClassUID, ds.SOPInstanceUID = EnhancedPETImageStorage, uid("suv", name, "frames")
    ds.ImageType, ds.InstanceNumber, ds.NumberOfFrames = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"], 1, SHAPE[0]
    ds.AcquisitionDateTime = scan.start.strftime("%Y%m%d%H%M%S")
    ds.DecayCorrected, ds.AttenuationCorrected = ("NO" if scan.decay == "NONE" else "YES"), "YES"
    if scan.decay != "NONE":
        ds.DecayCorrectionDateTime = (scan.injected if scan.decay == "ADMIN" else scan.start).strftime("%Y%m%d%H%M%S")
    ds.PixelData = stored.tobytes()
    ds.SharedFunctionalGroupsSequence = [_items(PixelMeasuresSequence=_items(PixelSpacing=[4, 4], SliceThickness=4))]
    ds.PerFrameFunctionalGroupsSequence = [_frame(scan, k, float(slope)) for k, slope in enumerate(slopes)]
    return ds


def _frame(scan: Scan, k: int, slope: float) -> Dataset:
    unit = _items(CodeValue=UCUM[scan.units], CodingSchemeDesignator="UCUM", CodeMeaning=UCUM[scan.units])
    mapping = _items(RealWorldValueIntercept=0.0, RealWorldValueSlope=slope, MeasurementUnitsCodeSequence=unit)
    return _items(
        FrameContentSequence=_items(FrameAcquisitionDateTime=scan.acquired(k).strftime("%Y%m%d%H%M%S")),
        PlanePositionSequence=_items(ImagePositionPatient=[-32.0, -32.0, 4.0 * k]),
        PlaneOrientationSequence=_items(ImageOrientationPatient=[1.0, 0, 0, 0, 1, 0]),
        PixelValueTransformationSequence=_items(RescaleIntercept=0, RescaleSlope=slope, RescaleType="US"),
        RealWorldValueMappingSequence=mapping,
    )


def _items(**attributes: Any) -> Dataset:
    """A data set of attributes; a data set among them becomes the one item of its sequence."""
    ds = Dataset()
    for keyword, value in attributes.items():
        setattr(ds, keyword, [value] if isinstance(value, Dataset) else value)
    return ds
