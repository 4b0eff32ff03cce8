"""Volumes without a DICOM header (NIfTI, NRRD) as visits: what they are is said beside them, and never guessed.

Files of one patient and day are one visit. Without a date, files of one folder whose sidecars name one patient are
one visit, and a file without a patient stands alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vivomap.acquire.nifti.gradients import weighted
from vivomap.acquire.nifti.masks import is_label_image, region_of
from vivomap.acquire.nifti.sidecar import Sidecar, sidecar_of, stem_of, tables_of
from vivomap.acquire.nifti.volume import Volume, load
from vivomap.core import Flag, Held, Image, Refusal, Region, Study, Voxels

UNITS = {
    "ct": ("[hnsf'U]",),
    "suv": ("g/ml{SUVbw}",),
    "adc": ("mm2/s",),
    "activity": ("Bq/mL", "{counts}"),
    "dose": ("Gy",),
}
CONVERTED = {"um2/ms": ("mm2/s", 1e-3), "kBq/mL": ("Bq/mL", 1e3)}
AXES = {  # role: the unit of its frames, and what takes other units there
    "dwi": ("s/mm2", {"s/mm2": 1.0}),
    "dce": ("s", {"s": 1.0, "ms": 1e-3, "min": 60.0}),
    "cine": ("ms", {"ms": 1.0, "s": 1000.0}),
    "echo": ("ms", {"ms": 1.0, "s": 1000.0}),
}
BY_ROLE = ("ct", "suv")  # roles that are no other unit; of the rest nothing is assumed


@dataclass(frozen=True, eq=False)
class Entry:
    """One file with what was said of it; `visit` is the key of the visit that it belongs to."""

    path: Path
    name: str
    patient: str
    sidecar: Sidecar
    volume: Volume

    @property
    def visit(self) -> tuple[str, str]:
        """Files with an equal key are one visit."""
        if self.sidecar.day:
            return self.patient, self.sidecar.day.isoformat()
        return self.patient, f"undated {self.path.parent if self.sidecar.patient else self.path}"


def read_volumes(paths: Sequence[Path], root: Path) -> tuple[tuple[Study, ...], tuple[Held, ...]]:
    """The visits that NIfTI and NRRD files make, and the files and lines that could not be used.

    `root` is the folder that was asked for: tables are looked for from each file up to it, and names are told from it.
    """
    entries: list[Entry] = []
    held: list[Held] = []
    tables = {folder: tables_of(folder, root) for folder in dict.fromkeys(p.parent for p in paths)}
    for _, bad in tables.values():
        held.extend(h for h in bad if h not in held)
    named_twice = {h.path for h in held if h.code == "bad_line"}
    for path in sorted(p for p in paths if str(p) not in named_twice):
        try:
            entries.append(_entry(path, root, sidecar_of(path, tables[path.parent][0])))
        except Refusal as refusal:
            held.append(Held(str(path), refusal.code, refusal.summary))
    visits = dict.fromkeys(e.visit for e in entries)
    made = [_study([e for e in entries if e.visit == visit]) for visit in visits]
    order = sorted(made, key=lambda m: (m[0].patient, m[0].day is None, m[0].day or 0))
    return tuple(study for study, _ in order), (*held, *(h for _, bad in made for h in bad))


def _entry(path: Path, root: Path, sidecar: Sidecar) -> Entry:
    """A file read, with its patient: the sidecar's, else its folder below the root, else its own stem."""
    inner = path.parent.name if path.parent != root else stem_of(path)
    nameless = () if sidecar.patient else (Flag("no_patient", f"no patient is named; {inner!r} stands for one"),)
    undated = () if sidecar.day else (Flag("no_date", "no date is given: kept, and never put in order by guess"),)
    told = replace(sidecar, flags=(*sidecar.flags, *nameless, *undated))
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
    volume = load(path)
    return Entry(path, name, sidecar.patient or inner, weighted(path, told, volume.affine), volume)


def _study(entries: Sequence[Entry]) -> tuple[Study, tuple[Held, ...]]:
    """One visit of files that belong together."""
    images: list[Image] = []
    held: list[Held] = []
    masks = [e for e in entries if e.sidecar.labels]
    for entry in (e for e in entries if not e.sidecar.labels):
        try:
            images.append(_image(entry))
        except Refusal as refusal:
            held.append(Held(str(entry.path), refusal.code, refusal.summary))
    regions: list[Region] = []
    for entry in masks:
        try:
            refusals = (*entry.volume.refusals, *_spacing(entry))
            regions.extend(region_of(entry.volume, entry.sidecar, entry.name, (tuple(images), refusals)))
        except Refusal as refusal:
            held.append(Held(str(entry.path), refusal.code, refusal.summary))
    flags = tuple(dict.fromkeys(f for e in entries for f in e.sidecar.flags if f.code in ("no_date", "bad_date")))
    first = entries[0]
    study = Study(first.patient, first.sidecar.day, tuple(images), tuple(regions), flags=flags)
    return study, tuple(held)


def _image(entry: Entry) -> Image:
    """A file that is no mask. Raises Refusal if what was said of it does not fit its values."""
    volume, told = entry.volume, entry.sidecar
    role = told.role or "image"
    unit, factor, flags, refusals = _unit(role, told.unit)
    array = volume.array if factor == 1 else volume.array * factor
    axis = _frames(volume, told, role)
    if not told.role and is_label_image(array):
        flags += (Flag("possible_region", "whole numbers, few of them: a mask? A sidecar with `region` makes it one"),)
    series = told.series or dict(told.settings).get("series_description") or stem_of(entry.path)
    settings = (*((n, v) for n, v in told.settings if n != "series_description"), ("series_description", series))
    return Image(
        role,
        Voxels.of(array),
        unit,
        volume.affine,
        axis.values,
        axis.unit,
        settings,
        (entry.name,),
        residual_mm=told.residual_mm,
        day=told.day,
        flags=(*volume.flags, *told.flags, *flags, *axis.flags),
        refusals=(*_of_values(volume, told), *_spacing(entry), *refusals, *axis.refusals),
    )


def _of_values(volume: Volume, told: Sidecar) -> tuple[Flag, ...]:
    """What the values deny. Of an aligned image the voxels that it did not see are missing, and only they."""
    return tuple(f for f in volume.refusals if not (told.residual_mm and f.code == "nan_voxels"))


class Axis(NamedTuple):
    """The values of the first axis where there are four, their unit, and what is doubtful or denied."""

    values: tuple[float, ...] = ()
    unit: str = ""
    flags: tuple[Flag, ...] = ()
    refusals: tuple[Flag, ...] = ()


def _frames(volume: Volume, told: Sidecar, role: str) -> Axis:
    """The first axis as it was told, in the unit of its role; counted from 0 where nothing was said.

    Raises Refusal if the frames are another number, or if their unit is none of that role.
    """
    count = volume.array.shape[0] if volume.array.ndim == 4 else 0
    if told.frames and len(told.frames) != count:
        raise Refusal("bad_sidecar", f"{len(told.frames)} frames are named and {count} are in the file")
    if not told.frames:
        return _counted(count, role)
    unit, known = AXES.get(role, (told.frame_unit, {told.frame_unit: 1.0}))
    if told.frame_unit not in {*known, ""}:
        raise Refusal("bad_sidecar", f"frames of {role} are no {told.frame_unit}", expected=", ".join(known))
    flags = () if told.frame_unit or not unit else (Flag("unit_by_role", f"frames of {role} were read as {unit}"),)
    factor = known.get(told.frame_unit, 1.0)
    return Axis(tuple(f * factor for f in told.frames), unit, flags)


def _counted(count: int, role: str) -> Axis:
    """Frames of which nothing was said: numbered; a b-value is none by its number, and seconds are not known."""
    values = tuple(float(i) for i in range(count))
    if count and role == "dwi":
        return Axis(values, "", (), (Flag("axis_missing", "no b-values are named (frames of the sidecar)", "dwi"),))
    if count and role == "dce":
        return Axis(values, "", (Flag("frame_times_unknown", "no times are named (frames of the sidecar)"),))
    return Axis(values)


def _unit(role: str, said: str) -> tuple[str, float, tuple[Flag, ...], tuple[Flag, ...]]:
    """The unit of an image, the factor that brings its values there, and what is doubtful or denied."""
    unit, factor = CONVERTED.get(said, (said, 1.0))
    allowed = UNITS.get(role, ())
    if not allowed:
        return unit or "1", factor, (), ()
    if not unit and role in BY_ROLE:
        return allowed[0], 1.0, (Flag("unit_by_role", f"no unit was given; {role} was read as {allowed[0]}"),), ()
    if unit not in allowed:
        reason = f"{said or 'no unit'} was given, and {role} is measured in {' or '.join(allowed)}"
        return unit or "1", 1.0, (), (Flag("wrong_unit", reason, role),)
    return unit, factor, (), ()


def _spacing(entry: Entry) -> tuple[Flag, ...]:
    """A refusal of every number in mm if the grid is what a program writes that knows no spacing.

    That is: steps of exactly 1 mm along the axes, an origin at zero or no place at all, and no scanner named.
    """
    rows = np.asarray(entry.volume.affine)
    unit_steps = np.array_equal(np.abs(rows[:3, :3])[:, ::-1], np.eye(3))
    nowhere = not entry.volume.placed or not rows[:3, 3].any()
    if not unit_steps or not nowhere or dict(entry.sidecar.settings).get("manufacturer"):
        return ()
    reason = "steps of exactly 1 mm from an origin at zero, and no scanner named: the true spacing was lost"
    return (Flag("spacing_not_trusted", reason, "mm"),)


def volumes_in(paths: Sequence[Path]) -> Iterator[Path]:
    """The files that this door reads, by their endings."""
    return (p for p in paths if p.name.lower().endswith((".nii", ".nii.gz", ".nrrd", ".nhdr")))
