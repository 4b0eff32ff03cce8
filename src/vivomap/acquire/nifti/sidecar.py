"""What stands beside a volume that has no header of its own: a JSON of the same stem, or a line of `visits.csv`.

Both know the words patient, date, role, region, unit, finding, site and series; the JSON also frames, frame_unit,
edge_mm (how surely the outline of a region is known), residual_mm (of an aligned image) and the scanner's words of BIDS
(Manufacturer, EchoTime and so on). Where both speak, the JSON goes before the table. A word of the JSON that begins as
ours do and is none of them is told, and not read: a day under another name would else be lost in silence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from os.path import normpath
from pathlib import Path
from typing import Any

from vivomap.acquire.nifti.words import SETTINGS, said_besides
from vivomap.acquire.tables import Row, day_of, good_lines, needed
from vivomap.core import Flag, Held, Refusal, Settings, known_unit

TABLE = "visits.csv"
WORDS = ("patient", "date", "role", "region", "unit", "finding", "site", "series")
ENDINGS = (".nii.gz", ".nii", ".nrrd", ".nhdr")
BIDS = {  # their word: ours, and what takes their number to our unit
    "Modality": ("modality", 1.0),
    "Manufacturer": ("manufacturer", 1.0),
    "ManufacturersModelName": ("model", 1.0),
    "DeviceSerialNumber": ("serial", 1.0),
    "SoftwareVersions": ("software", 1.0),
    "StationName": ("station", 1.0),
    "ProtocolName": ("protocol", 1.0),
    "SeriesDescription": ("series_description", 1.0),
    "PatientPosition": ("patient_position", 1.0),
    "ConvolutionKernel": ("kernel", 1.0),
    "SliceThickness": ("slice_thickness_mm", 1.0),
    "MagneticFieldStrength": ("field_t", 1.0),
    "RepetitionTime": ("tr_ms", 1000.0),
    "EchoTime": ("te_ms", 1000.0),
    "InversionTime": ("ti_ms", 1000.0),
    "FlipAngle": ("flip_deg", 1.0),
}
KNOWN = frozenset((*WORDS, *BIDS, *SETTINGS, "frames", "frame_unit", "edge_mm", "residual_mm"))
RECORDS = frozenset(("made", "warnings"))  # of how `segment` found a region: for people, not read again


@dataclass(frozen=True)
class Sidecar:
    """What was said of one volume; "" and () where nothing was. `labels` give each value of a mask its name."""

    patient: str = ""
    day: date | None = None
    role: str = ""
    labels: tuple[tuple[str, int | None], ...] = ()
    unit: str = ""
    finding: str = ""
    site: str = ""
    series: str = ""
    frames: tuple[float, ...] = ()
    frame_unit: str = ""
    settings: Settings = ()
    flags: tuple[Flag, ...] = ()
    edge_mm: float = 0.0
    residual_mm: float = 0.0  # of an image that an alignment has laid where it lies


def tables_of(folder: Path, root: Path) -> tuple[dict[str, Row], tuple[Held, ...]]:
    """The lines of every `visits.csv` from a folder up to the root, by the path of the volume that each speaks of."""
    found: dict[str, Row] = {}
    held: list[Held] = []
    for place in (folder, *folder.parents):
        if (place / TABLE).is_file():
            lines, bad = _lines(place / TABLE)
            held.extend(bad)
            found = lines | found
        if place == root:
            break
    return found, tuple(held)


def _lines(table: Path) -> tuple[dict[str, Row], tuple[Held, ...]]:
    """The lines of one table; a volume that two lines speak of is held, since nobody can say which is meant."""
    try:
        rows, held = good_lines(table, ("path",), lambda row: (needed(row, "path"), row))
    except Refusal as refusal:
        return {}, (Held(str(table), refusal.code, refusal.summary),)
    places = [normpath(table.parent / path) for path, _ in rows]
    twice = {p for p in places if places.count(p) > 1}
    absent = [p for p in dict.fromkeys(places) if p not in twice and not Path(p).exists()]
    held += tuple(Held(p, "bad_line", f"{TABLE} speaks of this volume in more than one line") for p in sorted(twice))
    held += tuple(Held(p, "file_absent", f"{TABLE} names this volume, and it is not there") for p in absent)
    return {p: row for p, (_, row) in zip(places, rows, strict=True) if p not in twice}, held


def stem_of(path: Path) -> str:
    """The name of a volume without its ending."""
    ending = next((e for e in ENDINGS if path.name.lower().endswith(e)), path.suffix)
    return path.name[: len(path.name) - len(ending)]


def sidecar_of(path: Path, lines: Mapping[str, Row]) -> Sidecar:
    """What stands beside a volume. Raises Refusal if it cannot be read, or says what is not allowed."""
    line: Mapping[str, Any] = lines.get(normpath(path), {})
    beside = path.with_name(f"{stem_of(path)}.json")
    words = _json(beside) if beside.is_file() else {}
    if not line and not beside.is_file():
        return Sidecar()
    at_odds = [w for w in WORDS if line.get(w) and words.get(w) and str(words[w]) != line[w]]
    reason = f"the JSON and {TABLE} say different things of {', '.join(at_odds)}; the JSON was taken"
    told = {**{w: line[w] for w in WORDS if line.get(w)}, **{k: v for k, v in words.items() if v not in ("", None)}}
    return _sidecar(told, (*((Flag("sidecar_conflict", reason),) if at_odds else ()), *_unknown(words)))


def _unknown(words: Mapping[str, Any]) -> tuple[Flag, ...]:
    """A warning of words that nothing reads and that begin as ours do, or are ours in capitals."""
    strange = sorted(w for w in words if w not in KNOWN | RECORDS and (w[:1].islower() or w.lower() in KNOWN))
    reason = f"the JSON says {', '.join(strange)}, which is no word of a sidecar: it was not read"
    return (Flag("unknown_word", reason),) if strange else ()


def _json(path: Path) -> dict[str, Any]:
    try:
        words = json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=_once)
    except (OSError, ValueError, RecursionError) as broken:
        raise Refusal("bad_sidecar", "the JSON beside the volume cannot be read", where=str(path)) from broken
    if not isinstance(words, dict):
        raise Refusal("bad_sidecar", "the JSON beside the volume is no object with names", where=str(path))
    return words


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names come once each: nobody can tell which of two patients is meant."""
    words = dict(pairs)
    if len(words) < len(pairs):
        raise ValueError("a name comes twice")
    return words


def _sidecar(told: Mapping[str, Any], flags: tuple[Flag, ...]) -> Sidecar:
    """The words as typed fields."""
    text = {w: str(told.get(w, "")).strip() for w in (*WORDS, "frame_unit")}
    if not re.fullmatch(r"([a-z][a-z0-9_]*)?", text["role"]):
        raise Refusal("bad_sidecar", "a role is one small word", found=text["role"], expected="ct, mr, suv, adc …")
    for unit in (text["unit"], text["frame_unit"]):
        if unit:
            known_unit(unit)
    day, doubt = _day(text["date"])
    return Sidecar(
        text["patient"],
        day,
        text["role"],
        _labels(told.get("region", "")),
        text["unit"],
        text["finding"],
        text["site"],
        text["series"],
        _frames(told.get("frames", ())),
        text["frame_unit"],
        _settings(told),
        (*flags, *doubt),
        _length(told, "edge_mm"),
        _length(told, "residual_mm"),
    )


def _length(told: Mapping[str, Any], word: str) -> float:
    """The doubt of a region's outline or of an image's place, mm. Raises Refusal if it is none."""
    said = told.get(word, 0.0)
    if isinstance(said, bool) or not isinstance(said, int | float) or not 0 <= said < float("inf"):
        raise Refusal("bad_sidecar", f"{word} is a length in mm, from 0 on", found=str(said))
    return float(said)


def _day(text: str) -> tuple[date | None, tuple[Flag, ...]]:
    """The day, or none with a flag: a visit without a date is kept, and never put in order by guess."""
    try:
        return day_of(text), ()
    except Refusal as refusal:
        return None, (Flag(refusal.code, f"{refusal.summary}: the volume is kept without a date"),)


def _labels(region: Any) -> tuple[tuple[str, int | None], ...]:
    """`core=1; edema=2`, {"core": 1, "edema": 2}, or one name for every voxel that is not zero (value None)."""
    pairs = region.items() if isinstance(region, dict) else (p.rpartition("=")[::2] for p in str(region).split(";"))
    if not isinstance(region, dict) and "=" not in str(region):
        return ((str(region).strip(), None),) if str(region).strip() else ()
    try:
        return tuple((str(name).strip(), int(value)) for name, value in pairs)
    except (ValueError, TypeError):
        raise Refusal(
            "bad_sidecar", "a region is a name, or names with whole values", expected="core=1; edema=2"
        ) from None


def _frames(frames: Any) -> tuple[float, ...]:
    if not isinstance(frames, list | tuple) or not all(isinstance(f, int | float) for f in frames):
        raise Refusal("bad_sidecar", "frames are a list of numbers", expected='"frames": [0, 50, 800]')
    return tuple(float(f) for f in frames)


def _settings(told: Mapping[str, Any]) -> Settings:
    """The scanner's words in our own, with our units."""
    found: list[tuple[str, str | float]] = []
    for word, (ours, factor) in BIDS.items():
        value = told.get(word)
        if isinstance(value, str) and value.strip():
            found.append((ours, value.strip()))
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found.append((ours, float(value) * factor))
    return (*found, *said_besides(told))
