"""Small DICOM series with one known fault each."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, MRImageStorage, PositronEmissionTomographyImageStorage

from vivomap.acquire.dicom.header import Header, head
from vivomap.acquire.dicom.plane import Plane

CLASSES = {"CT": CTImageStorage, "MR": MRImageStorage, "PT": PositronEmissionTomographyImageStorage}
Edit = Callable[[Dataset, int], Any]


def slice_of(k: int, modality: str = "CT") -> Dataset:
    """Slice k of a series: 6 rows, 5 columns, 3 mm steps, values 100 k + 10 row + column."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID, ds.SOPInstanceUID, ds.Modality = CLASSES[modality], f"1.2.3.4.{k + 1}", modality
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = "1.2.3", "1.2.3.4", "1.2.3.9"
    ds.PatientID, ds.PatientName, ds.Manufacturer = "P1", "P1", "MAKER"
    ds.StudyDate = ds.AcquisitionDate = "20200131"
    ds.SeriesNumber, ds.InstanceNumber = 1, k + 1
    ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    ds.ImagePositionPatient, ds.ImageOrientationPatient = [-10.0, -20.0, 3.0 * k], [1, 0, 0, 0, 1, 0]
    ds.PixelSpacing, ds.SliceThickness = [0.8, 0.7], 9.0
    ds.Rows, ds.Columns, ds.SamplesPerPixel = 6, 5, 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.BitsAllocated = ds.BitsStored = 16
    ds.HighBit, ds.PixelRepresentation = 15, 1
    if modality != "MR":
        ds.RescaleSlope, ds.RescaleIntercept = 1, -1024
    pixels = 100 * k + 10 * np.arange(6)[:, None] + np.arange(5)
    ds.PixelData = pixels.astype("<i2").tobytes()
    ds["PixelData"].VR = "OW"
    return ds


@pytest.fixture
def series(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes slices into a folder, each after an edit, and gives the folder."""

    def write(count: int = 5, modality: str = "CT", edit: Edit = lambda ds, k: None, name: str = "series") -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        for k in range(count):
            ds = slice_of(k, modality)
            edit(ds, k)
            ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
            ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
            ds.save_as(folder / f"slice_{k:02d}.dcm", enforce_file_format=True)
        return folder

    return write


@pytest.fixture
def planes(series: Callable[..., Path]) -> Callable[..., list[Plane]]:
    """The same slices as planes."""

    def made(*args: Any, **kwargs: Any) -> list[Plane]:
        found = [head(p, []) for p in sorted(series(*args, **kwargs).iterdir())]
        return [Plane(h, h.facts) for h in found]

    return made


@pytest.fixture
def plane() -> Callable[..., Plane]:
    """A plane made of facts alone."""

    def made(**facts: str) -> Plane:
        said = {"SOPInstanceUID": "1.2", "SOPClassUID": str(MRImageStorage), "Modality": "MR", **facts}
        return Plane(Header(Path("made.dcm"), said, str(ExplicitVRLittleEndian), 0), said)

    return made
