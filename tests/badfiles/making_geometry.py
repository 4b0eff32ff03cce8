"""Makers of C01 to C14."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
from highdicom.legacy import LegacyConvertedEnhancedCTImage
from pydicom.dataset import Dataset
from pydicom.uid import UltrasoundImageStorage

from vivomap.acquire import read
from vivomap.acquire.phantom.faults import FAULTS
from vivomap.acquire.phantom.series import save

from . import patients, wire
from .card import Deed, Found
from .deeds import Fill, compared, every, series
from .house import House, sent
from .objects import COUNT, Edit, good, whole

FLIPS = {"columns": (1, -1), "rows": (-1, 1), "both": (-1, -1)}
POSITIONS = ("FFS", "HFP", "FFP", "HFDR")


def twin(name: str) -> Fill:
    """The bad twin of the good series, as the phantoms make it."""

    def fill(folder: Path, number: int) -> None:
        good_one = folder.parent / f"good{number}"
        series(good_one, number)
        FAULTS[name].make(good_one, folder)

    return fill


def renamed(folder: Path, number: int) -> None:
    """The good slices in folders and under names that say another order."""
    for k in range(COUNT):
        place = folder / "xyz"[k % 3]
        place.mkdir(exist_ok=True)
        (place / f"{COUNT - k}").write_bytes(whole(good(number, k)))


def each(edit: Callable[[Dataset, int], object], modality: str = "CT") -> Fill:
    """Every slice after an edit."""

    def make(number: int, k: int) -> bytes:
        ds = good(number, k, modality)
        edit(ds, k)
        return whole(ds)

    return every(make)


def one(**values: object) -> Edit:
    return lambda ds: [setattr(ds, name, value) for name, value in values.items()]


def flipped(down: int, along: int) -> Callable[[Dataset, int], None]:
    """The same voxels in the same places, stored the other way round along rows or columns."""

    def edit(ds: Dataset, k: int) -> None:
        pixels = np.frombuffer(ds.PixelData, "<i2").reshape(ds.Rows, ds.Columns)
        corner, spacing = np.array(ds.ImagePositionPatient, float), ds.PixelSpacing
        if along < 0:
            corner[0] += (ds.Columns - 1) * spacing[1]
        if down < 0:
            corner[1] += (ds.Rows - 1) * spacing[0]
        ds.ImagePositionPatient = [round(float(v), 6) for v in corner]
        ds.ImageOrientationPatient = [along, 0, 0, 0, down, 0]
        ds.PixelData = np.ascontiguousarray(pixels[::down, ::along]).tobytes()

    return edit


def placed(fill: Fill) -> Deed:
    """Whether each voxel of the good series is found at its place in the patient."""

    def deed(house: House, number: int) -> Found:
        found = []
        for name, make in (("bad", fill), ("right", series)):
            folder = house.folder / f"{name}{number}"
            folder.mkdir()
            make(folder, number)
            found.append(read(folder)[0].images[0])
        bad, right = found
        index = np.stack(np.meshgrid(*(np.arange(n) for n in right.shape), indexing="ij")).reshape(3, -1)
        index = np.vstack([index, np.ones(index.shape[1])])
        there = np.linalg.inv(np.asarray(bad.affine)) @ np.asarray(right.affine) @ index
        z, y, x = np.rint(there[:3]).astype(int)
        same = np.array_equal(bad.voxels.array[z, y, x], right.voxels.array.reshape(-1))
        return Found("KEEP", wrong=() if same and not bad.refusals else ("a voxel is not at its place",))

    return deed


def ultrasound(number: int, k: int) -> bytes:
    ds = good(number, k)
    ds.SOPClassUID, ds.Modality = UltrasoundImageStorage, "US"
    for name in ("PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient", "RescaleSlope", "RescaleIntercept"):
        delattr(ds, name)
    return whole(ds)


def projection(ds: Dataset, k: int) -> None:
    """A size at the detector is none in the patient."""
    ds.ImagerPixelSpacing = ds.PixelSpacing
    del ds.PixelSpacing


def outlined(folder: Path, number: int) -> None:
    patients.visit(folder, number)


def outline_alone(folder: Path, number: int) -> None:
    """An outline whose images have not come."""
    shutil.rmtree(patients.visit(folder, number) / "ct")


def outline_first(house: House, number: int) -> Found:
    """The outline is sent before its images; what lies in the inbox then reads as the folder does."""
    folder = patients.visit(house.folder / f"right{number}", number)
    files = [*sorted((folder / "outlines").rglob("*.dcm")), *sorted((folder / "ct").rglob("*.dcm"))]
    raws = [p.read_bytes() for p in files]
    found = sent(house, wire.send(house.port, raws), raws)
    box = house.folder / f"bad{number}"
    box.mkdir()
    for one in found.acked:
        path = house.inbox.path(house.entry(one).object)
        shutil.copyfile(path, box / path.name)
    bad, right = house.reader.read(box), house.reader.read(folder)
    wrong = () if bad["regions"] == right["regions"] and right["regions"] else ("the region is another one",)
    return Found(found.disposition, found.codes, (*compared(bad, right).wrong, *wrong), found.acked, True)


def multi_frame(folder: Path, number: int) -> None:
    """The good series as one legacy enhanced object, made by highdicom."""
    classic = [_complete(number, k) for k in range(COUNT)]
    made = LegacyConvertedEnhancedCTImage(classic, f"1.2.3.{number}.5", 2, f"1.2.3.{number}.5.1", 1)
    save(folder / "all.dcm", made)


def _complete(number: int, k: int) -> Dataset:
    ds = good(number, k)
    for name in ("PatientBirthDate", "PatientSex", "StudyTime", "StudyID", "AccessionNumber", "ReferringPhysicianName"):
        setattr(ds, name, "")
    ds.ContentDate, ds.ContentTime, ds.SeriesTime, ds.AcquisitionTime = ds.StudyDate, "090000", "090000", "090000"
    ds.SeriesDate, ds.AcquisitionNumber, ds.PatientPosition, ds.KVP = ds.StudyDate, 1, "HFS", 120
    ds.PositionReferenceIndicator, ds.RescaleType, ds.ConvolutionKernel = "", "HU", "B"
    return ds


def diffusion(lost: int) -> Fill:
    """Two b-values of each slice; one slice does not say its own."""

    def fill(folder: Path, number: int) -> None:
        for b in (0, 800):
            for k in range(COUNT):
                ds = good(number, k, "MR")
                ds.SOPInstanceUID = f"{ds.SOPInstanceUID}.{b}"
                ds.ImageType = ["ORIGINAL", "PRIMARY", "DIFFUSION", "NONE"]
                ds.InstanceNumber = k + 1 + COUNT * (b > 0)
                if (b, k) != (800, lost):
                    ds.DiffusionBValue = float(b)
                (folder / f"{b}_{k}.dcm").write_bytes(whole(ds))

    return fill


def no_pair(lost: int) -> Deed:
    """No image pairs the two b-values, so that no diffusion coefficient is made of fewer slices in silence."""

    def deed(house: House, number: int) -> Found:
        folder = house.folder / f"bad{number}"
        folder.mkdir()
        diffusion(lost)(folder, number)
        answer = house.reader.read(folder)
        pairs = tuple(f"{i['shape']} of two b-values" for i in answer["images"] if len(i["shape"]) > 3)
        return Found("NO-RESULT", frozenset(code for i in answer["images"] for code in i["flags"]), pairs)

    return deed
