"""Bad twins: from a folder with a good series, the same beside it with one thing wrong.

Only what the fault says is changed: every other file is copied byte for byte. "Good" twins are odd but right, and
must be read as if nothing were.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset

from vivomap.acquire.phantom.series import uid
from vivomap.acquire.phantom.twins import Change, Make, each_slice, edited, middle_bytes, middle_slice, only, ranked


@dataclass(frozen=True)
class Fault:
    """A way to go wrong: `make(good, bad)` writes the twin, `good` says that it must be read all the same.

    `modality` is the one that it can happen to; "" where any.
    """

    name: str
    says: str
    make: Make
    good: bool = False
    modality: str = ""


def _moved(step: Callable[[int, int, float], float]) -> Make:
    """Slices moved along the normal, by mm that follow from rank, number and spacing."""

    def make(good: Path, bad: Path) -> None:
        def move(k: int, n: int, ds: Dataset) -> bool:
            across = np.array(ds.ImageOrientationPatient, float)
            by = step(k, n, float(ds.SliceThickness)) * np.cross(across[:3], across[3:])
            ds.ImagePositionPatient = [round(float(v), 5) + 0.0 for v in np.array(ds.ImagePositionPatient, float) + by]
            return True

        edited(good, bad, move)

    return make


def _tilt(ds: Dataset) -> None:
    """A gantry leaning by 15 degrees: the planes lean, and still follow each other along the table."""
    lean = math.radians(15)
    ds.ImageOrientationPatient = [1, 0, 0, 0, round(math.cos(lean), 6), round(math.sin(lean), 6)]


def _duplicate(good: Path, bad: Path) -> None:
    """A second object at the place of the middle slice, with other pixels."""
    edited(good, bad, lambda k, n, ds: True)
    files = ranked(good)
    ds = dcmread(files[len(files) // 2])
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = uid(ds.SOPInstanceUID, "duplicate")
    ds.PixelData = (ds.pixel_array[::-1]).tobytes()
    ds.save_as(bad / files[0].relative_to(good).parent / "twice.dcm", enforce_file_format=True)


def _again(good: Path, bad: Path) -> None:
    edited(good, bad, lambda k, n, ds: True)
    files = ranked(good)
    shutil.copyfile(files[0], bad / files[0].relative_to(good).parent / "again.dcm")


def _two_patients(good: Path, bad: Path) -> None:
    def other(k: int, n: int, ds: Dataset) -> bool:
        if k >= n // 2:
            ds.PatientID, ds.PatientName = "VM-SOMEONE-ELSE", "Demo^Other"
        return True

    edited(good, bad, other)


def _localiser(good: Path, bad: Path) -> None:
    """A coronal scout in the series of the slices."""
    edited(good, bad, lambda k, n, ds: True)
    files = ranked(good)
    ds = dcmread(files[0])
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = uid(ds.SOPInstanceUID, "localiser")
    ds.ImageOrientationPatient, ds.ImageType = [1, 0, 0, 0, 0, -1], ["ORIGINAL", "PRIMARY", "LOCALIZER"]
    ds.save_as(bad / files[0].relative_to(good).parent / "scout.dcm", enforce_file_format=True)


def _outlines(change: Change) -> Make:
    """A fault in the outlines beside the images."""

    def make(good: Path, bad: Path) -> None:
        edited(good, bad, lambda k, n, ds: True)
        for path in sorted(bad.rglob("*.dcm")):
            ds = dcmread(path)
            if ds.Modality == "RTSTRUCT":
                change(ds)
                ds.save_as(path, enforce_file_format=True)

    return make


def _elsewhere(ds: Dataset) -> None:
    """Another frame of reference in every place that names it."""
    other = uid(ds.FrameOfReferenceUID, "elsewhere")
    ds.FrameOfReferenceUID = ds.ReferencedFrameOfReferenceSequence[0].FrameOfReferenceUID = other
    for roi in ds.StructureSetROISequence:
        roi.ReferencedFrameOfReferenceUID = other


def _no_preamble(good: Path, bad: Path) -> None:
    """Images as bare data sets: no preamble, no file head, implicit little endian."""
    edited(good, bad, lambda k, n, ds: True)
    for path in ranked(good):
        ds = dcmread(path)
        del ds.file_meta, ds.preamble
        ds.save_as(bad / path.relative_to(good), implicit_vr=True, little_endian=True)


def _among_others(good: Path, bad: Path) -> None:
    edited(good, bad, lambda k, n, ds: True)
    (bad / "readme.txt").write_text("not an image\n", "utf-8")
    (bad / "thumbs.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    (bad / "empty").write_bytes(b"")


def _half_slopes(good: Path, bad: Path) -> None:
    """Every other slice stored with half the slope and twice the values: the same numbers."""

    def halve(k: int, n: int, ds: Dataset) -> bool:
        if k % 2 and int(ds.pixel_array.max()) < 32768:
            ds.PixelData = (ds.pixel_array * np.uint16(2)).tobytes()
            ds.RescaleSlope = float(ds.RescaleSlope) / 2
        return True

    edited(good, bad, halve)


def _without(keyword: str) -> Change:
    return lambda ds: delattr(ds, keyword)


def _with(keyword: str, value: object) -> Change:
    return lambda ds: setattr(ds, keyword, value)


def _dated(day: bytes) -> Make:
    """Another date of the study in every image, written over the bytes, so that no library corrects it."""

    def make(good: Path, bad: Path) -> None:
        edited(good, bad, lambda k, n, ds: True)
        for path in ranked(good):
            old = str(dcmread(path, stop_before_pixels=True).StudyDate).encode()
            target = bad / path.relative_to(good)
            head, pixels = target.read_bytes()[:4096], target.read_bytes()[4096:]
            target.write_bytes(head.replace(old, day) + pixels)

    return make


FAULTS = {
    fault.name: fault
    for fault in (
        Fault("half", "only the first half of the slices is there", only(lambda k, n: k < n // 2), good=True),
        Fault("two_slices", "two slices are all there is", only(lambda k, n: k < 2)),
        Fault("missing_slice", "the slice in the middle is missing", only(lambda k, n: k != n // 2)),
        Fault(
            "uneven", "every other slice lies 0.4 of a step too far", _moved(lambda k, n, step: 0.4 * step * (k % 2))
        ),
        Fault("step", "the upper half begins half a step too far", _moved(lambda k, n, step: step / 2 * (k >= n // 2))),
        Fault("jitter", "slices stray by a thousandth of a mm", _moved(lambda k, n, step: 1e-3 * (k % 2)), good=True),
        Fault("tilt", "the gantry leans by 15 degrees", each_slice(_tilt)),
        Fault("duplicate", "two objects lie at one place, with other pixels", _duplicate),
        Fault("again", "one object is there twice, byte for byte", _again, good=True),
        Fault("two_patients", "one study holds two patients", _two_patients),
        Fault("localiser", "a scout lies among the slices", _localiser, good=True),
        Fault("turned", "one slice is turned", middle_slice(_with("ImageOrientationPatient", [-1, 0, 0, 0, -1, 0]))),
        Fault("magnified", "one slice has other pixels", middle_slice(_with("PixelSpacing", [1.5, 1.5]))),
        Fault("no_slope", "the rescale slope is missing", each_slice(_without("RescaleSlope")), modality="CT"),
        Fault("zero_slope", "one rescale slope is zero", middle_slice(_with("RescaleSlope", 0))),
        Fault("slopes", "each slice has its own slope, and the same numbers", _half_slopes, good=True),
        Fault("no_spacing", "the size of a pixel is missing", each_slice(_without("PixelSpacing"))),
        Fault("no_serial", "the scanner has no serial number", each_slice(_without("DeviceSerialNumber")), good=True),
        Fault("no_weight", "the weight is missing", each_slice(_without("PatientWeight")), modality="PT"),
        Fault(
            "no_tracer",
            "the tracer is missing",
            each_slice(_without("RadiopharmaceuticalInformationSequence")),
            modality="PT",
        ),
        Fault("wrong_frame", "the outlines name another frame of reference", _outlines(_elsewhere)),
        Fault(
            "corrupt",
            "the file in the middle is noise",
            middle_bytes(lambda b: bytes((i * 131) % 251 for i in range(4000))),
        ),
        Fault("cut_pixels", "the file in the middle ends in its pixels", middle_bytes(lambda b: b[: len(b) // 2])),
        Fault("cut_header", "the file in the middle ends in its header", middle_bytes(lambda b: b[:400])),
        Fault("no_preamble", "bare data sets without a file head", _no_preamble, good=True),
        Fault("among_others", "other files lie among the images", _among_others, good=True),
        Fault("impossible_date", "a study on 31 February", _dated(b"20240231")),
        Fault("partial_date", "a study in a year", _dated(b"2024    ")),
    )
}
