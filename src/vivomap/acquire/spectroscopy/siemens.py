"""Siemens .rda: a header of lines, then complex doubles. The signal turns the other way round and is conjugated."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vivomap.acquire.moments import day
from vivomap.acquire.spectroscopy.recording import Recording, box, sequence_of, spoken
from vivomap.core import Affine, Refusal
from vivomap.core.image import Array

BEGIN, END = b">>> Begin of header <<<", b">>> End of header <<<"
LARGEST = 2**28  # bytes; project


def read(path: Path) -> Recording:
    """One file of a single voxel. Raises Refusal if it is no rda, cut short, or of several voxels."""
    if path.stat().st_size > LARGEST:
        raise Refusal("too_large", "the rda is larger than this program reads")
    content = path.read_bytes()
    head, found, body = content.partition(END)
    if not found or BEGIN not in head:
        raise Refusal("unreadable_file", "the file has no header of an rda")
    words = _words(head.decode("latin-1"))
    if any(_number(words, f"CSIMatrixSize[{k}]") not in (None, 1.0) for k in range(3)):
        raise Refusal("several_volumes", "the rda holds several voxels, which are not read")
    count = int(_number(words, "VectorSize") or 0)
    body = body[2:] if body.startswith(b"\r\n") else body[1:]
    if len(body) < 16 * count or not count:
        raise Refusal("unreadable_file", "the rda is shorter than its header says", expected=f"{count} samples")
    values = np.frombuffer(body[: 16 * count], "<f8")
    dwell = (_number(words, "DwellTime") or 0.0) * 1e-6
    signal = (values[0::2] - 1j * values[1::2]).reshape(-1, 1, 1, 1)
    name = words.get("SequenceName", "")
    settings = spoken(
        {
            "manufacturer": "SIEMENS",
            "model": words.get("ModelName", ""),
            "serial": words.get("DeviceSerialNumber", ""),
            "software": words.get("SoftwareVersion[0]", ""),
            "series_description": words.get("SeriesDescription", "") or path.stem,
            "protocol": words.get("ProtocolName", ""),
            "patient_position": words.get("PatientPosition", ""),
            "nucleus": words.get("Nucleus", ""),
            "spectrometer_mhz": _number(words, "MRFrequency"),
            "field_t": _number(words, "MagneticFieldStrength"),
            "te_ms": _number(words, "TE"),
            "tr_ms": _number(words, "TR"),
            "tm_ms": _number(words, "TM") or None,
            "averages": _number(words, "NumberOfAverages"),
            "sequence": sequence_of(name),
        }
    )
    on = day(words.get("StudyDate", ""))
    patient = words.get("PatientID", "") or words.get("PatientName", "")
    return Recording(signal, dwell, _place(words), settings, "", on, patient)


def _words(text: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in text.splitlines())
    return {key.strip(): value.strip() for key, colon, value in pairs if colon}


def _number(words: dict[str, str], name: str) -> float | None:
    try:
        return float(words[name])
    except (KeyError, ValueError):
        return None


def _three(words: dict[str, str], names: tuple[str, str, str]) -> Array:
    found = [_number(words, name) for name in names]
    if None in found:
        raise Refusal("setting_absent", "the rda does not say where its voxel lies", expected=", ".join(names))
    return np.array(found, float)


def _place(words: dict[str, str]) -> Affine:
    """The box of the voxel, by its centre, its directions and its size."""
    row, column = (_three(words, (f"{n}[0]", f"{n}[1]", f"{n}[2]")) for n in ("RowVector", "ColumnVector"))
    wide, high, deep = _three(words, ("FoVWidth", "FoVHeight", "FoV3D"))
    centre = _three(words, ("VOIPositionSag", "VOIPositionCor", "VOIPositionTra"))
    return box(centre, (np.cross(row, column) * deep, column * high, row * wide))
