"""Philips SDAT with its SPAR: VAX floats, and the lines that say what they are. The averages are already one."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path

import numpy as np

from vivomap.acquire.spectroscopy.recording import Recording, box, sequence_of, spoken
from vivomap.core import Affine, Flag, Refusal
from vivomap.core.image import Array

LARGEST = 2**28  # bytes; project: of one export
EXTENSION = {".sdat": ".spar", ".SDAT": ".SPAR"}
AXES = ("lr", "ap", "cc")  # left, posterior and head are positive: x, y, z of LPS


def read(path: Path) -> Recording:
    """One pair of files. Raises Refusal if one of them is absent, cut short, or of several voxels."""
    beside = path.with_suffix(EXTENSION.get(path.suffix, ".spar"))
    if not beside.is_file():
        raise Refusal("file_absent", "the SPAR beside the SDAT is not there", where=str(beside))
    words = _words(beside.read_text("latin-1"))
    count, rows = _number(words, "samples"), _number(words, "rows")
    if count is None or rows is None:
        raise Refusal("setting_absent", "the SPAR does not say how many samples there are", where=str(beside))
    if rows != 1:
        summary = "the SDAT holds several voxels or dynamics, which are not read"
        raise Refusal("several_volumes", summary, found=f"{rows:g} rows")
    if path.stat().st_size > LARGEST:
        raise Refusal("too_large", "the SDAT is larger than this program reads")
    values = vax(path.read_bytes())
    if values.size != 2 * int(count):
        found = f"{values.size // 2} samples"
        raise Refusal("unreadable_file", "the SDAT is not as long as its SPAR says", found=found, expected=f"{count:g}")
    signal = (values[0::2] + 1j * values[1::2]).reshape(-1, 1, 1, 1)
    rate = _number(words, "sample_frequency") or 0.0
    affine, flags = _place(words)
    hertz = _number(words, "synthesizer_frequency")
    settings = spoken(
        {
            "manufacturer": "Philips",
            "software": words.get("equipment_sw_verions", "").strip(" ;"),
            "series_description": words.get("scan_id", "") or path.stem,
            "nucleus": words.get("nucleus", ""),
            "spectrometer_mhz": hertz / 1e6 if hertz else None,
            "te_ms": _number(words, "echo_time"),
            "tr_ms": _number(words, "repetition_time"),
            "averages": _number(words, "averages"),
            "amplitude_scale": "unknown",  # sums or means of averages: the pair at hand gives levels twice too high
            "sequence": sequence_of(words.get("scan_id", "")),
        }
    )
    role = next((r for word, r in (("_act", "mrs"), ("_ref", "mrs_water")) if path.stem.lower().endswith(word)), "")
    patient = words.get("patient_name", "")
    return Recording(signal, 1 / rate if rate else 0.0, affine, settings, role, _day(words), patient, flags=flags)


def vax(data: bytes) -> Array:
    """VAX F floats: sign, eight bits of exponent and 23 of fraction, in two little-endian halves, the upper first."""
    halves = np.frombuffer(data[: len(data) // 4 * 4], "<u2").reshape(-1, 2).astype(np.uint32)
    bits = (halves[:, 0] << 16) | halves[:, 1]
    exponent = ((bits >> 23) & 0xFF).astype(int)
    fraction = 0.5 + (bits & 0x7FFFFF) / 2**24
    sign = np.where(bits >> 31, -1.0, 1.0)
    return np.asarray(np.where(exponent == 0, 0.0, sign * fraction * 2.0 ** (exponent - 128)))


def _words(text: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in text.splitlines() if not line.startswith("!"))
    return {key.strip(): value.strip().strip('"') for key, colon, value in pairs if colon}


def _number(words: dict[str, str], name: str) -> float | None:
    found = re.match(r"[-+0-9.eE]+", words.get(name, ""))
    try:
        return float(found.group()) if found else None
    except ValueError:
        return None


def _day(words: dict[str, str]) -> date | None:
    """The day, "2016.04.29 12:15:13"; the scan date is often blanked."""
    try:
        return datetime.strptime(words.get("scan_date", "")[:10], "%Y.%m.%d").date()
    except ValueError:
        return None


def _place(words: dict[str, str]) -> tuple[Affine, tuple[Flag, ...]]:
    """The box of the voxel: sizes, centre, and turns about x, y and z in degrees."""
    size, centre, angle = (
        [_number(words, f"{axis}_{what}") for axis in AXES] for what in ("size", "off_center", "angulation")
    )
    if None in size or None in centre:
        reason = "the SPAR does not say where the voxel lies"
        return box(np.zeros(3), (np.eye(3)[2], np.eye(3)[1], np.eye(3)[0])), (Flag("place_unknown", reason),)
    turns = [np.deg2rad(a or 0.0) for a in angle]
    turned = _about(2, turns[2]) @ _about(1, turns[1]) @ _about(0, turns[0])
    x, y, z = (turned[:, k] * float(size[k] or 0.0) for k in range(3))
    several = sum(abs(a) > 1e-6 for a in turns) > 1
    reason = "the voxel is turned about several axes, and the SPAR does not say in which order"
    return box(np.array(centre, float), (z, y, x)), (Flag("place_unknown", reason),) if several else ()


def _about(axis: int, angle: float) -> Array:
    """A turn about one axis."""
    one, other = (k for k in range(3) if k != axis)
    rows = np.eye(3)
    sign = -1.0 if axis == 1 else 1.0
    rows[[one, other], [one, other]] = np.cos(angle)
    rows[one, other], rows[other, one] = -sign * np.sin(angle), sign * np.sin(angle)
    return rows
