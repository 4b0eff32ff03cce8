"""Real DICOM series of a digital patient: classic CT, PET and MR, one file a slice.

Every UID is made from words (phantom, seed, visit, series, slice), so the same call writes the same bytes. Stored
values are whole numbers; CT is `stored − 1024` HU, PET has its own slope in every slice (Bq/mL), MR has none.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sr.codedict import codes
from pydicom.uid import (
    UID,
    CTImageStorage,
    ExplicitVRLittleEndian,
    MRImageStorage,
    PositronEmissionTomographyImageStorage,
)

from vivomap.acquire.phantom.solids import Axes, Floats, Point

FLUORINE_18_HALF_LIFE = 6586.2  # s, 109.77 min; methods A3
SETTLED = 60  # min from injection to scan; the middle of the gate of methods A0


@dataclass(frozen=True)
class Person:
    """Who the digital patient is."""

    id: str
    name: str
    sex: str
    birth: date
    height_m: float


@dataclass(frozen=True)
class Scanner:
    """The machine, as its header names it; an empty serial number is not written."""

    manufacturer: str
    model: str
    serial: str
    software: str
    station: str = "DEMO1"


@dataclass(frozen=True)
class Session:
    """One visit to one scanner. `words` make its UIDs; `time` is the start of the study."""

    words: tuple[str, ...]
    person: Person
    scanner: Scanner
    start: datetime
    weight_kg: float

    def uid(self, *words: object) -> UID:
        """A UID of this session from words."""
        return uid(*self.words, *words)


@dataclass(frozen=True)
class Grid:
    """Where the voxels lie: the middle of the first one (mm LPS), steps and shape along (z, y, x), and directions."""

    origin: Point
    spacing: Point
    shape: tuple[int, int, int]
    along_row: Point = (1.0, 0.0, 0.0)
    down_column: Point = (0.0, 1.0, 0.0)
    position: str = "HFS"

    @property
    def axes(self) -> Axes:
        """The middles of the voxels along z, y and x, mm; of an axial grid only."""
        x, y, z = (
            np.asarray(start + np.arange(count) * step, float)
            for start, count, step in zip(self.origin, self.shape[::-1], self.spacing[::-1], strict=True)
        )
        return z, y, x

    @property
    def normal(self) -> Floats:
        """The direction in which slices follow each other."""
        return np.cross(self.along_row, self.down_column)

    def corner(self, k: int) -> list[float]:
        """The middle of the first voxel of a slice, mm LPS."""
        return [round(float(v), 4) + 0.0 for v in np.add(self.origin, k * self.spacing[0] * self.normal)]


@dataclass(frozen=True)
class Series:
    """What a series is called and how it was made: `settings` are DICOM keywords with values."""

    name: str
    number: int
    description: str
    settings: tuple[tuple[str, Any], ...] = ()


def uid(*words: object) -> UID:
    """A UID that is the same for the same words (UUID-derived, root 2.25)."""
    return UID(f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, '/'.join(map(str, words))).int}")


def ct(folder: Path, session: Session, grid: Grid, series: Series, hu: NDArray[Any]) -> tuple[Dataset, ...]:
    """Write a CT series; `hu` (z, y, x)."""
    stored = np.clip(np.rint(hu) + 1024, 0, 4095).astype(np.uint16)
    made = []
    for k, plane in enumerate(stored):
        ds = _slice(session, grid, series, k, CTImageStorage)
        ds.Modality, ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = "CT", -1024, 1, "HU"
        ds.ImageType, ds.KVP = ["ORIGINAL", "PRIMARY", "AXIAL"], 120
        made.append(_save(folder, ds, plane, series))
    return tuple(made)


def mr(folder: Path, session: Session, grid: Grid, series: Series, signal: NDArray[Any]) -> tuple[Dataset, ...]:
    """Write an MR series without any rescale; `signal` (z, y, x), or (b, z, y, x) with the setting `b_values`."""
    b_values: Sequence[float | None] = dict(series.settings).get("b_values", (None,))
    stored = np.clip(np.rint(signal), 0, 65535).astype(np.uint16).reshape(len(b_values), *grid.shape)
    made = []
    for frame, b_value in enumerate(b_values):
        for k, plane in enumerate(stored[frame]):
            ds = _slice(session, grid, series, k + frame * grid.shape[0], MRImageStorage)
            ds.ImagePositionPatient, ds.SliceLocation = grid.corner(k), round(k * grid.spacing[0], 3)
            ds.Modality, ds.MagneticFieldStrength, ds.MRAcquisitionType = "MR", 3, "2D"
            ds.ImageType, ds.ScanningSequence = ["ORIGINAL", "PRIMARY", "DIFFUSION", "NONE"], "EP"
            ds.SequenceVariant, ds.ScanOptions, ds.EchoTrainLength = "SK", "FS", 1
            ds.RepetitionTime, ds.EchoTime, ds.FlipAngle = 6000, 62, 90
            if b_value is not None:
                ds.DiffusionBValue = float(b_value)
            made.append(_save(folder, ds, plane, series))
    return tuple(made)


def pt(folder: Path, session: Session, grid: Grid, series: Series, activity: NDArray[Any]) -> tuple[Dataset, ...]:
    """Write a PET series, decay corrected to its start; `activity` in Bq/mL (z, y, x), dose in `injected_bq`."""
    made = []
    for k, plane in enumerate(activity):
        ds = _slice(session, grid, series, k, PositronEmissionTomographyImageStorage)
        slope = float(f"{max(float(plane.max()), 1.0) / 32000:.8e}")
        ds.Modality, ds.RescaleIntercept, ds.RescaleSlope, ds.Units = "PT", 0, slope, "BQML"
        ds.ImageType, ds.SeriesType, ds.CountsSource = ["ORIGINAL", "PRIMARY"], ["STATIC", "IMAGE"], "EMISSION"
        ds.DecayCorrection, ds.DecayFactor, ds.CollimatorType = "START", 1.01, "NONE"
        ds.CorrectedImage = ["NORM", "DTIM", "ATTN", "SCAT", "DECY", "RAN"]
        ds.NumberOfSlices, ds.ImageIndex = grid.shape[0], k + 1
        ds.FrameReferenceTime, ds.ActualFrameDuration = 90000, 180000
        ds.RadiopharmaceuticalInformationSequence = [_tracer(session, dict(series.settings)["injected_bq"])]
        ds.PatientOrientationCodeSequence = [_code(codes.SCT.Recumbent)]
        ds.PatientGantryRelationshipCodeSequence = [_code(codes.SCT.Headfirst)]
        made.append(_save(folder, ds, np.clip(np.rint(plane / slope), 0, 32767).astype(np.uint16), series))
    return tuple(made)


def _tracer(session: Session, injected_bq: float) -> Dataset:
    tracer = Dataset()
    injected = session.start - timedelta(minutes=SETTLED)
    tracer.Radiopharmaceutical = "FDG"
    tracer.RadiopharmaceuticalStartDateTime = injected.strftime("%Y%m%d%H%M%S")
    tracer.RadiopharmaceuticalStartTime = injected.strftime("%H%M%S")
    tracer.RadionuclideTotalDose, tracer.RadionuclideHalfLife = injected_bq, FLUORINE_18_HALF_LIFE
    tracer.RadionuclidePositronFraction = 0.97
    tracer.RadionuclideCodeSequence = [_code(codes.SCT._18Fluorine)]
    tracer.RadiopharmaceuticalCodeSequence = [_code(codes.SCT.FluorodeoxyglucoseF18)]
    return tracer


def _code(concept: Any) -> Dataset:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = concept[:3]
    return code


def study(session: Session) -> Dataset:
    """The patient and study part that every object of a session shares."""
    ds, person, scanner = Dataset(), session.person, session.scanner
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.PatientName, ds.PatientID, ds.PatientSex = person.name, person.id, person.sex
    ds.PatientBirthDate, ds.PatientSize = person.birth.strftime("%Y%m%d"), person.height_m
    ds.PatientWeight, ds.PatientIdentityRemoved = session.weight_kg, "YES"
    ds.DeidentificationMethod = "digital phantom: no person"
    ds.StudyInstanceUID, ds.StudyID = session.uid("study"), session.words[-1][:16]
    ds.AccessionNumber = ds.ReferringPhysicianName = ""
    ds.StudyDate = ds.SeriesDate = session.start.strftime("%Y%m%d")
    ds.StudyTime = ds.SeriesTime = session.start.strftime("%H%M%S")
    ds.Manufacturer, ds.ManufacturerModelName = scanner.manufacturer, scanner.model
    ds.SoftwareVersions, ds.StationName = scanner.software, scanner.station
    if scanner.serial:
        ds.DeviceSerialNumber = scanner.serial
    return ds


def _slice(session: Session, grid: Grid, series: Series, k: int, kind: UID) -> Dataset:
    """The header of one slice: who, when, where."""
    ds = study(session)
    ds.SOPClassUID, ds.SOPInstanceUID = kind, session.uid(series.name, k)
    ds.SeriesInstanceUID, ds.SeriesNumber = session.uid(series.name), series.number
    ds.SeriesDescription = ds.ProtocolName = series.description
    ds.FrameOfReferenceUID, ds.PositionReferenceIndicator = session.uid("frame"), ""
    ds.AcquisitionDate = ds.ContentDate = ds.StudyDate
    ds.AcquisitionTime = ds.ContentTime = ds.SeriesTime
    ds.PatientPosition, ds.InstanceNumber, ds.AcquisitionNumber = grid.position, k + 1, 1
    ds.ImageOrientationPatient = [*map(float, (*grid.along_row, *grid.down_column))]
    ds.ImagePositionPatient, ds.SliceLocation = grid.corner(k), round(k * grid.spacing[0], 3)
    ds.PixelSpacing = [grid.spacing[1], grid.spacing[2]]
    ds.SliceThickness = ds.SpacingBetweenSlices = grid.spacing[0]
    if kind in (CTImageStorage, PositronEmissionTomographyImageStorage):
        del ds.SpacingBetweenSlices  # not part of these objects
    return ds


def _save(folder: Path, ds: Dataset, stored: NDArray[np.uint16], series: Series) -> Dataset:
    """Add the pixels and what the series sets, and write the file under a name that says nothing of its order."""
    ds.Rows, ds.Columns = stored.shape
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PixelRepresentation = 1, "MONOCHROME2", 0
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, 16, 15
    ds.PixelData = stored.astype("<u2").tobytes()
    for keyword, value in series.settings:
        if keyword[0].isupper():
            setattr(ds, keyword, value)
    save(folder / f"IM{hashlib.sha256(ds.SOPInstanceUID.encode()).hexdigest()[:8].upper()}.dcm", ds)
    return ds


def save(path: Path, ds: Dataset) -> Path:
    """Write one object with its file head."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.save_as(path, enforce_file_format=True)
    return path
