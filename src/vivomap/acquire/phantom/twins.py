"""How a twin is made: a folder copied byte for byte, but for the slices that are changed or left out."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset

IMAGES = ("CT", "MR", "PT")
Make = Callable[[Path, Path], None]  # from the good folder, the bad one
Change = Callable[[Dataset], None]
Edit = Callable[[int, int, Dataset], bool]  # rank of a slice along the patient, how many, its object; False: left out


def ranked(folder: Path) -> list[Path]:
    """The files of the images of a folder, from one end of the patient to the other."""
    found = []
    for path in sorted(p for p in folder.rglob("*.dcm")):
        ds = dcmread(path, stop_before_pixels=True)
        if ds.Modality in IMAGES:
            across = np.array(ds.ImageOrientationPatient, float)
            place = np.cross(across[:3], across[3:]) @ np.array(ds.ImagePositionPatient, float)
            found.append((ds.SeriesNumber, round(float(place), 3), path))
    return [path for _, _, path in sorted(found)]


def edited(good: Path, bad: Path, edit: Edit) -> None:
    """Copy a folder; objects that the edit touches are written anew, those it leaves out are left out."""
    ranks = {path: k for k, path in enumerate(ranked(good))}
    for path in sorted(p for p in good.rglob("*") if p.is_file()):
        target = bad / path.relative_to(good)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        if path not in ranks:
            continue
        ds = dcmread(path)
        before = ds.to_json_dict()
        if not edit(ranks[path], len(ranks), ds):
            target.unlink()
        elif ds.to_json_dict() != before:
            ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
            ds.save_as(target, enforce_file_format=True)


def _done(change: Change, ds: Dataset) -> bool:
    change(ds)
    return True


def each_slice(change: Change) -> Make:
    """A fault that every slice has."""

    def make(good: Path, bad: Path) -> None:
        edited(good, bad, lambda k, n, ds: _done(change, ds))

    return make


def middle_slice(change: Change) -> Make:
    """A fault that only the slice in the middle has."""

    def make(good: Path, bad: Path) -> None:
        edited(good, bad, lambda k, n, ds: k != n // 2 or _done(change, ds))

    return make


def only(keep: Callable[[int, int], bool]) -> Make:
    """A fault that leaves slices out."""

    def make(good: Path, bad: Path) -> None:
        edited(good, bad, lambda k, n, ds: keep(k, n))

    return make


def middle_bytes(change: Callable[[bytes], bytes]) -> Make:
    """A fault in the bytes of the file in the middle."""

    def make(good: Path, bad: Path) -> None:
        edited(good, bad, lambda k, n, ds: True)
        files = ranked(good)
        target = bad / files[len(files) // 2].relative_to(good)
        target.write_bytes(change(target.read_bytes()))

    return make
