"""DICOM MR Spectroscopy, and the private object in which older Siemens scanners keep a signal (CSA)."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom.dataset import Dataset

from vivomap.acquire.moments import day
from vivomap.acquire.spectroscopy.csa import csa
from vivomap.acquire.spectroscopy.recording import Recording, box, sequence_of, spoken
from vivomap.core import Affine, Refusal
from vivomap.core.image import Array

SPECTROSCOPY = "1.2.840.10008.5.1.4.1.1.4.2"
CSA = "1.3.12.2.1107.5.9.1"
CSA_IMAGE, CSA_DATA = ("SIEMENS CSA HEADER", 0x0029, 0x10), ("SIEMENS CSA NON-IMAGE", 0x7FE1, 0x10)


def read(path: Path) -> tuple[Recording, ...]:
    """The recordings of one file, a frame each. Raises Refusal if it is another object, or does not fit its header."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ds = pydicom.dcmread(path)
        kind = str(ds.get("SOPClassUID", ""))
        if kind == SPECTROSCOPY:
            return _standard(ds)
        if kind == CSA:
            return (_private(ds),)
    raise Refusal("not_measured", "the object holds no spectrum")


def _standard(ds: Dataset) -> tuple[Recording, ...]:
    if (
        str(ds.get("SignalDomainColumns", "TIME")) != "TIME"
        or str(ds.get("DataRepresentation", "COMPLEX")) != "COMPLEX"
    ):
        raise Refusal("no_signal", "the object holds spectra or magnitudes, not a complex signal over time")
    frames = int(ds.get("NumberOfFrames", 1) or 1)
    shape = (frames, int(ds.get("Rows", 1)), int(ds.get("Columns", 1)), int(ds.get("DataPointColumns", 0)))
    raw = ds.get("SpectroscopyData")
    values = np.frombuffer(raw, "<f4") if isinstance(raw, bytes) else np.asarray(raw if raw is not None else [], "f4")
    if values.size != 2 * int(np.prod(shape)) or int(ds.get("DataPointRows", 1)) != 1:
        raise Refusal("pixels_cut", "the signal is not as long as the header says", found=f"{values.size // 2} samples")
    signals = (values[0::2] + 1j * values[1::2]).reshape(shape)
    width = _number(ds, "SpectralWidth") or 0.0
    dwell, uid = 1 / width if width else 0.0, str(ds.get("SOPInstanceUID", ""))
    on = day(str(ds.get("AcquisitionDateTime", ""))[:8] or str(ds.get("StudyDate", "")))
    made = []
    for one, signal in zip(_frames(ds, frames), signals, strict=True):
        settings = spoken({**_scanner(one), **_said(one)})
        made.append(Recording(signal.transpose(2, 0, 1)[:, None], dwell, _grid(one), settings, "", on, uid=uid))
    return tuple(made)


def _frames(ds: Dataset, count: int) -> Iterable[Dataset]:
    """The object as each frame sees it: with its own functional groups, and not those of the others."""
    groups = ds.get("PerFrameFunctionalGroupsSequence") or []
    for k in range(count):
        one = Dataset()
        one.update(ds)
        if len(groups) == count:
            one.PerFrameFunctionalGroupsSequence = [groups[k]]
        yield one


def _scanner(ds: Dataset) -> dict[str, str | float | None]:
    """What the scanner was, and which series it is."""
    pairs = (
        *(("manufacturer", "Manufacturer"), ("model", "ManufacturerModelName"), ("serial", "DeviceSerialNumber")),
        *(("software", "SoftwareVersions"), ("station", "StationName"), ("protocol", "ProtocolName")),
        *(("study_uid", "StudyInstanceUID"), ("series_uid", "SeriesInstanceUID"), ("series_number", "SeriesNumber")),
        *(("series_description", "SeriesDescription"), ("frame_of_reference", "FrameOfReferenceUID")),
        *(("patient_position", "PatientPosition"), ("sop_class", "SOPClassUID")),
    )
    return {ours: _text(ds.get(theirs)) for ours, theirs in pairs}


def _said(ds: Dataset) -> dict[str, str | float | None]:
    """What a standard object says of its sequence; where the scanner took eddy currents off, it says so too."""
    names = f"{_text(ds.get('VolumeLocalizationTechnique'))} {_text(ds.get('PulseSequenceName'))}"
    return {
        "nucleus": _text(ds.get("ResonantNucleus")),
        "spectrometer_mhz": _number(ds, "TransmitterFrequency"),
        "field_t": _number(ds, "MagneticFieldStrength"),
        "te_ms": _deep(ds, "EffectiveEchoTime"),
        "tr_ms": _deep(ds, "RepetitionTime"),
        "tm_ms": _deep(ds, "MixingTime"),
        "flip_deg": _deep(ds, "FlipAngle"),
        "averages": _deep(ds, "NumberOfAverages"),
        "sequence": sequence_of(names),
        "eddy_currents": "by the scanner" if _text(ds.get("WaterReferencedPhaseCorrection")) == "YES" else "",
    }


def _private(ds: Dataset) -> Recording:
    """The signal of a Siemens object, by its CSA header; it turns the other way round and is conjugated."""
    image, data = (_block(ds, *where) for where in (CSA_IMAGE, CSA_DATA))
    tags = csa(image)

    def items(name: str) -> tuple[str, ...]:
        return tags.get(name, ())

    def number(name: str) -> float | None:
        return float(items(name)[0]) if items(name) else None

    values = np.frombuffer(data, "<f4")
    count = int(number("DataPointColumns") or 0)
    if values.size != 2 * count or not count:
        found = f"{values.size // 2} samples"
        raise Refusal("several_volumes", "the object holds several voxels, or less than it says", found=found)
    signal = (values[0::2] - 1j * values[1::2]).reshape(-1, 1, 1, 1)
    turned = np.array(items("ImageOrientationPatient"), float)
    high, wide = (float(v) for v in items("PixelSpacing"))
    deep = number("SliceThickness") or 0.0
    row, column = turned[:3], turned[3:]
    centre = np.array(items("VoiPosition"), float)
    affine = box(centre, (np.cross(row, column) * deep, column * high, row * wide))
    said: dict[str, str | float | None] = {
        **_scanner(ds),
        "nucleus": "".join(items("ImagedNucleus")),
        "spectrometer_mhz": number("ImagingFrequency"),
        "field_t": number("MagneticFieldStrength"),
        "te_ms": number("EchoTime"),
        "tr_ms": number("RepetitionTime"),
        "tm_ms": number("MixingTime") or None,
        "averages": number("NumberOfAverages"),
        "sequence": sequence_of("".join(items("SequenceName"))),
        "eddy_currents": "by the scanner" if items("WaterReferencedPhaseCorrection") == ("YES",) else "",
    }
    on, uid = day(str(ds.get("StudyDate", ""))), str(ds.get("SOPInstanceUID", ""))
    dwell = (number("RealDwellTime") or 0.0) * 1e-9
    return Recording(signal, dwell, affine, spoken(said), "", on, uid=uid)


def _block(ds: Dataset, creator: str, group: int, element: int) -> bytes:
    try:
        return bytes(ds.private_block(group, creator)[element].value)
    except KeyError:
        raise Refusal("private_object", "the private object does not hold what a spectrum needs") from None


def _grid(ds: Dataset) -> Affine:
    """The grid of the voxels. Raises Refusal if the object does not say where it lies."""
    place, turned = _list(ds, "ImagePositionPatient"), _list(ds, "ImageOrientationPatient")
    steps, deep = _list(ds, "PixelSpacing"), _deep(ds, "SliceThickness")
    if place is None or turned is None or steps is None or deep is None:
        raise Refusal("no_position", "the spectrum does not say where its voxel lies")
    row, column = turned[:3], turned[3:]
    return box(place, (np.cross(row, column) * deep, column * steps[0], row * steps[1]))


def _all(ds: Dataset, keyword: str) -> Iterable[Any]:
    """Every value of an element, at the top and inside the functional groups."""
    return (e.value for e in ds.iterall() if e.keyword == keyword and e.value not in (None, ""))


def _deep(ds: Dataset, keyword: str) -> float | None:
    return next((float(v) for v in _all(ds, keyword) if isinstance(v, int | float | str)), None)


def _list(ds: Dataset, keyword: str) -> Array | None:
    return next((np.array([float(x) for x in v]) for v in _all(ds, keyword) if not isinstance(v, str)), None)


def _number(ds: Dataset, keyword: str) -> float | None:
    value = ds.get(keyword)
    value = value[0] if isinstance(value, list) and value else value
    return float(value) if value not in (None, "") else None


def _text(value: Any) -> str:
    if value is None:
        return ""
    return "\\".join(str(v) for v in value) if isinstance(value, list | pydicom.multival.MultiValue) else str(value)
