from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.uid import NuclearMedicineImageStorage

from vivomap.acquire import read
from vivomap.acquire.dicom.frames import planes, real_world
from vivomap.acquire.dicom.geometry import lay
from vivomap.acquire.dicom.header import head
from vivomap.core import Refusal


def test_a_multi_frame_object_is_the_classic_series_it_was_made_of(data: Path) -> None:
    """C13: the same CT as three slices and as one file."""
    folder = data / "dicom_seg_sr_pm" / "dcmqi" / "segmentations" / "24x38x3"
    (classic,) = read(folder / "image")[0].images
    (enhanced,) = read(folder / "multiframe")[0].images
    assert classic.voxels == enhanced.voxels
    assert np.allclose(classic.affine, enhanced.affine, atol=1e-6)
    assert (classic.role, classic.unit) == (enhanced.role, enhanced.unit)


def test_philips_keeps_its_private_scale_in_each_frame(data: Path) -> None:
    (path,) = (data / "dti_philips_enhanced" / "001").iterdir()
    found = planes(head(path, []))
    assert len(found) == 32
    assert {p.text("PhilipsScaleSlope") for p in found} == {"0.0005476069054566324"}
    assert {p.number("DiffusionBValue") for p in found} == {0.0, 1300.0}


def test_frames_without_a_description_each_are_refused(series: Callable[..., Path], data: Path) -> None:
    (path,) = (data / "dti_philips_enhanced" / "001").iterdir()
    ds = pydicom.dcmread(path)
    ds.NumberOfFrames = 40
    folder = series(0)
    ds.save_as(folder / "frames.dcm")
    with pytest.raises(Refusal) as refused:
        planes(head(folder / "frames.dcm", []))
    assert refused.value.code == "frames_unclear"


def test_a_dose_grid_lies_at_its_offsets(tmp_path: Path) -> None:
    path = Path(str(get_testdata_file("rtdose.dcm")))
    ds = pydicom.dcmread(path)
    laid = lay(planes(head(path, [])))
    assert len(laid.planes) == ds.NumberOfFrames == 15
    assert np.asarray(laid.affine)[2, 0] == pytest.approx(ds.GridFrameOffsetVector[1])
    (image,) = read(path)[0].images
    assert (image.role, [f.denies for f in image.refusals]) == ("map", ["dose"]), "relative dose is no dose"
    ds.DoseUnits = "GY"
    ds.save_as(tmp_path / "dose.dcm")
    (image,) = read(tmp_path)[0].images
    assert (image.role, image.unit) == ("dose", "Gy")
    assert np.allclose(image.voxels.array, ds.pixel_array * float(ds.DoseGridScaling), rtol=1e-6)


def test_a_reconstructed_spect_lies_along_its_normal(series: Callable[..., Path]) -> None:
    def spect(ds: Dataset, k: int) -> None:
        ds.SOPClassUID, ds.Modality = NuclearMedicineImageStorage, "NM"
        ds.ImageType = ["ORIGINAL", "PRIMARY", "RECON TOMO", "EMISSION"]
        ds.NumberOfFrames, ds.SpacingBetweenSlices = 4, 4.8
        detector = Dataset()
        detector.ImagePositionPatient, detector.ImageOrientationPatient = [1, 2, 3], [1, 0, 0, 0, 1, 0]
        ds.DetectorInformationSequence = [detector]
        del ds.ImagePositionPatient, ds.ImageOrientationPatient, ds.RescaleSlope, ds.RescaleIntercept
        ds.PixelData = ds.PixelData * 4

    (image,) = read(series(1, edit=spect))[0].images
    assert (image.role, image.unit, image.voxels.array.shape) == ("nm", "{counts}", (4, 6, 5))
    assert np.allclose(np.asarray(image.affine)[:3, 3], [1, 2, 3])
    assert image.spacing_mm == pytest.approx((4.8, 0.8, 0.7))


@pytest.mark.parametrize(("unit", "found"), [("mm2/s", True), ("ml/100ml/s", False)])
def test_a_real_world_mapping_counts_with_a_unit_that_is_known(unit: str, found: bool) -> None:
    ds, mapping, code = Dataset(), Dataset(), Dataset()
    code.CodeValue = unit
    mapping.MeasurementUnitsCodeSequence = [code]
    mapping.RealWorldValueSlope, mapping.RealWorldValueIntercept = 1e-6, 0.0
    ds.RealWorldValueMappingSequence = [mapping]
    assert bool(real_world(ds)) is found
    ds.RealWorldValueMappingSequence = [mapping, mapping]
    assert real_world(ds) == {}, "two mappings: nobody says which"
