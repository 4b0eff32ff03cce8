"""How fast a folder becomes a correct volume: 500 CT slices of 512 × 512, against the libraries that read DICOM.

`python benchmarks/read_ct.py` makes the series in a temporary folder (262 MB), reads it in turns with every reader, and
prints the least CPU seconds of each with its ratio to vivomap. vivomap checks every rule of reading as it goes; a peer
gives the sorted stack of stored or rescaled values. Targets: no slower than dicomsdl, 5 times a plain pydicom loop.
"""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import SimpleITK as sitk
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

from vivomap.acquire import read

try:
    import dicomsdl
except ImportError:
    dicomsdl = None

SLICES, SIDE, TURNS = 500, 512, 5
Stack = NDArray[np.generic]


def series(folder: Path) -> None:
    rng = np.random.default_rng(5)
    y, x = np.indices((SIDE, SIDE))
    body = np.where(((x - 256) / 200) ** 2 + ((y - 256) / 150) ** 2 < 1, 1064.0, 24.0)
    study, one, frame = generate_uid(), generate_uid(), generate_uid()
    for k, place in enumerate(rng.permutation(SLICES)):
        slice_ = header(study, one, frame, k)
        noise = rng.normal(0, 15, body.shape) * (body > 500)
        slice_.PixelData = np.clip(body + noise, 0, 4000).astype(np.int16).tobytes()
        slice_.save_as(folder / f"{place:04d}.dcm", enforce_file_format=True)


def header(study: str, one: str, frame: str, k: int) -> Dataset:
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID, ds.SOPInstanceUID = CTImageStorage, generate_uid()
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = study, one, frame
    ds.PatientID, ds.PatientName, ds.Modality, ds.Manufacturer = "P1", "P1", "CT", "vivomap"
    ds.StudyDate = ds.SeriesDate = ds.AcquisitionDate = ds.ContentDate = "20200101"
    ds.StudyTime = ds.SeriesTime = "100000"
    ds.AcquisitionTime = ds.ContentTime = f"1000{k // 10 % 60:02d}.{k % 10}"
    ds.StudyID, ds.SeriesNumber, ds.InstanceNumber, ds.AcquisitionNumber = "1", 1, k + 1, 1
    ds.ImageType, ds.PatientPosition, ds.KVP = ["ORIGINAL", "PRIMARY", "AXIAL"], "HFS", 120
    ds.ImagePositionPatient, ds.ImageOrientationPatient = [-180.0, -180.0, -300.0 + k], [1, 0, 0, 0, 1, 0]
    ds.PixelSpacing, ds.SliceThickness, ds.SliceLocation = [0.7, 0.7], 1.0, -300.0 + k
    ds.XRayTubeCurrent = 200 + k % 50
    ds.Rows = ds.Columns = SIDE
    ds.BitsAllocated = ds.BitsStored = 16
    ds.HighBit, ds.PixelRepresentation, ds.SamplesPerPixel = 15, 1, 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType = 1, -1024, "HU"
    return ds


def ours(folder: Path) -> Stack:
    image = read(folder)[0].images[0]
    assert image.role == "ct"
    assert not image.refusals
    return image.voxels.array


def pydicom_loop(folder: Path) -> Stack:
    slices = [pydicom.dcmread(p) for p in sorted(folder.glob("*.dcm"))]
    slices.sort(key=lambda ds: float(ds.ImagePositionPatient[2]))
    return np.stack([ds.pixel_array * float(ds.RescaleSlope) + float(ds.RescaleIntercept) for ds in slices])


def pydicom_lean(folder: Path) -> Stack:
    """The same loop, kept as cheap as pydicom allows: whole numbers, in place."""
    slices = [pydicom.dcmread(p) for p in sorted(folder.glob("*.dcm"))]
    slices.sort(key=lambda ds: float(ds.ImagePositionPatient[2]))
    out = np.empty((len(slices), SIDE, SIDE), np.int16)
    for k, ds in enumerate(slices):
        np.add(ds.pixel_array, np.int16(ds.RescaleIntercept), out=out[k])
    return out


def simple_itk(folder: Path) -> Stack:
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    return sitk.GetArrayFromImage(reader.Execute())


def dicomsdl_loop(folder: Path) -> Stack:
    """Stored values, in order; dicomsdl's own rescale would only add to its time."""
    slices = []
    for path in sorted(folder.glob("*.dcm")):
        ds = dicomsdl.open(str(path))
        slices.append((float(ds.ImagePositionPatient[2]), ds.pixelData(storedvalue=True)))
    return np.stack([pixels for _, pixels in sorted(slices, key=lambda s: s[0])])


def timed(job: Callable[[Path], Stack], folder: Path) -> tuple[float, float, Stack]:
    cpu, wall = time.process_time(), time.perf_counter()
    stack = job(folder)
    return time.process_time() - cpu, time.perf_counter() - wall, stack


def main() -> None:
    logging.disable(logging.WARNING)
    jobs = {"vivomap": ours, "pydicom loop": pydicom_loop, "pydicom loop, lean": pydicom_lean, "SimpleITK": simple_itk}
    if dicomsdl is not None:
        jobs["dicomsdl"] = dicomsdl_loop
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        series(folder)
        truth = ours(folder)
        best: dict[str, tuple[float, float]] = {}
        for _ in range(TURNS):
            for job, function in jobs.items():
                cpu, wall, stack = timed(function, folder)
                offset = -1024 if job == "dicomsdl" else 0
                assert np.array_equal(stack[::100] + offset, truth[::100]), job
                before = best.get(job, (cpu, wall))
                best[job] = (min(before[0], cpu), min(before[1], wall))
                del stack
    mine = best["vivomap"][0]
    for job, (cpu, wall) in best.items():
        print(f"{job:20} {cpu:6.3f} CPU s {wall:6.3f} s   {cpu / mine:5.2f} x vivomap")
    print("targets: dicomsdl at least 1.00 x, pydicom loop at least 5.00 x")
    if dicomsdl is None:
        print("dicomsdl is not installed: pip install 'vivomap[bench]'")


if __name__ == "__main__":
    main()
