"""NIfTI-MRS: complex signals in a NIfTI with a header extension in JSON; coils and averages in further dimensions."""

from __future__ import annotations

import gzip
import json
import warnings
import zlib
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from nibabel.filebasedimages import ImageFileError
from nibabel.spatialimages import HeaderDataError

from vivomap.acquire.affines import from_nifti
from vivomap.acquire.spectroscopy.recording import Recording, one, sequence_of, spoken
from vivomap.core import Refusal, Settings
from vivomap.core.image import Array

CODE = 44  # of the header extension
INTENT = b"mrs_v"
LARGEST = 2**31  # bytes; project
ALONG = ("DIM_COIL", "DIM_DYN")
BROKEN = (ImageFileError, HeaderDataError, OSError, EOFError, ValueError, zlib.error)
SECONDS = {"unknown": 1.0, "sec": 1.0, "msec": 1e-3, "usec": 1e-6}


def is_nifti_mrs(path: Path) -> bool:
    """Whether a NIfTI says that it holds spectroscopy, by the intent of its header."""
    try:
        with gzip.open(path) if path.name.lower().endswith(".gz") else path.open("rb") as stream:
            return INTENT in stream.read(544)
    except (OSError, EOFError, zlib.error):
        return False


def read(path: Path) -> Recording:
    """One file. Raises Refusal if it cannot be read, or holds other dimensions than coils and averages."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image: Any = nib.load(path)
        if int(np.prod(image.shape, dtype=np.int64)) * 8 > LARGEST:
            raise Refusal("too_large", "the file is larger than this program reads", found=str(image.shape))
        array = np.asarray(image.dataobj, np.complex64)
        said = json.loads(next(e.get_content() for e in image.header.extensions if e.get_code() == CODE))
    except StopIteration:
        raise Refusal("unreadable_file", "the NIfTI-MRS has no header extension") from None
    except BROKEN as broken:
        raise Refusal("unreadable_file", "the NIfTI-MRS cannot be read: damaged or cut short") from broken
    if array.ndim < 4:
        raise Refusal("no_signal", "the NIfTI-MRS holds no samples", found=str(array.shape))
    dwell = float(image.header["pixdim"][4]) * SECONDS.get(image.header.get_xyzt_units()[1], 1.0)
    signal, how = _heard(array, said, dwell)
    settings = spoken(
        {
            "manufacturer": said.get("Manufacturer", ""),
            "model": said.get("ManufacturersModelName", ""),
            "serial": str(said.get("DeviceSerialNumber", "")),
            "software": said.get("SoftwareVersions", ""),
            "series_description": said.get("SeriesDescription", "") or said.get("ProtocolName", ""),
            "protocol": said.get("ProtocolName", ""),
            "nucleus": (said.get("ResonantNucleus") or [""])[0],
            "spectrometer_mhz": _first(said.get("SpectrometerFrequency")),
            "te_ms": _times(said, "EchoTime"),
            "tr_ms": _times(said, "RepetitionTime"),
            "tm_ms": _times(said, "MixingTime"),
            "flip_deg": _first(said.get("ExcitationFlipAngle")),
            "sequence": sequence_of(str(said.get("SequenceName", "")) + str(said.get("ProtocolName", ""))),
        }
    )
    suppressed = said.get("WaterSuppressed")
    role = "" if suppressed is None else "mrs" if suppressed else "mrs_water"
    return Recording(signal, dwell, from_nifti(image.affine), (*settings, *how), role)


def _heard(array: Array, said: dict[str, Any], dwell: float) -> tuple[Array, Settings]:
    """Coils and averages as one signal a voxel, (point, z, y, x)."""
    tags = [str(said.get(f"dim_{k}", "")) for k in range(5, array.ndim + 1)]
    beyond = [(tag, size) for tag, size in zip(tags, array.shape[4:], strict=True) if size > 1]
    if any(tag not in ALONG for tag, _ in beyond):
        found = ", ".join(f"{tag or 'unnamed'} of {size}" for tag, size in beyond)
        raise Refusal("several_volumes", "the NIfTI-MRS holds dimensions that are not read", found=found)
    x, y, z, points = array.shape[:4]
    sizes = dict(beyond)
    order = [tag for tag, _ in beyond]
    made = np.zeros((points, z, y, x), np.complex64)
    how: Settings = ()
    for place in np.ndindex(x, y, z):
        inner = array[place].reshape(points, *(size for _, size in beyond))
        inner = inner.transpose(*(1 + order.index(tag) for tag in ALONG if tag in order), 0)
        signals = inner.reshape(*(sizes.get(tag, 1) for tag in ALONG), points)
        made[:, place[2], place[1], place[0]], how = one(signals, dwell)
    return made, how


def _first(value: Any) -> float | None:
    value = value[0] if isinstance(value, list) and value else value
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _times(said: dict[str, Any], name: str) -> float | None:
    seconds = _first(said.get(name))
    return None if seconds is None else 1000 * seconds
