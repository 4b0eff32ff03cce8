from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from vivomap.acquire import read
from vivomap.acquire.dicom.flat import regions


def box(dx: float, dy: float, unit: int = 3, form: int = 1) -> Dataset:
    ds = Dataset()
    ds.RegionSpatialFormat, ds.PhysicalUnitsXDirection, ds.PhysicalUnitsYDirection = form, unit, unit
    ds.PhysicalDeltaX, ds.PhysicalDeltaY = dx, dy
    return ds


def scale(*boxes: Dataset, spacing: list[float] | None = None) -> tuple[tuple[float, float], list[str], list[str]]:
    ds = Dataset()
    ds.SequenceOfUltrasoundRegions = list(boxes)
    if spacing:
        ds.PixelSpacing = spacing
    found = regions(ds)
    return found.spacing, [f.code for f in found.flags], [f.denies for f in found.refusals]


def test_a_region_in_cm_is_the_scale() -> None:
    assert scale(box(0.02, 0.03)) == ((pytest.approx(0.3), pytest.approx(0.2)), [], [])


def test_a_negative_step_is_a_length_all_the_same() -> None:
    assert scale(box(-0.05, 0.05))[:2] == ((pytest.approx(0.5), pytest.approx(0.5)), ["negative_step"])


def test_regions_of_other_units_and_forms_give_no_scale() -> None:
    assert scale(box(0.02, 0.02), box(1, 1, unit=0), box(0.1, 0.1, form=2))[0] == (pytest.approx(0.2),) * 2
    assert scale(box(1, 1, unit=4))[2] == ["mm"]


def test_two_scales_are_none() -> None:
    assert scale(box(0.02, 0.02), box(0.03, 0.03))[2] == ["mm"]


def test_pixel_spacing_is_taken_with_a_flag() -> None:
    assert scale(spacing=[0.2, 0.3]) == ((0.2, 0.3), ["scale_from_spacing"], [])


def test_an_echo_cine_has_its_times_and_its_scale(data: Path) -> None:
    (image,) = read(data / "ultrasound" / "DIRW0007")[0].images
    assert (image.role, image.frame_unit, len(image.frames)) == ("us", "ms", 65)
    steps = np.diff(image.frames)
    assert (steps.min(), steps.max(), steps.mean()) == (
        pytest.approx(33.333),
        pytest.approx(50),
        pytest.approx(38, abs=1),
    )
    assert image.spacing_mm[1:] == pytest.approx((0.52478, 0.52478), abs=1e-4)
    assert image.text("region_2") == "27,48,548,391"


@pytest.mark.parametrize("name", ["US1_J2KR.dcm", "GH364.dcm"])
def test_a_picture_without_a_scale_gives_no_millimetres(name: str, data: Path) -> None:
    (image,) = read(data / "ultrasound" / name)[0].images
    assert ("no_calibration", "mm") in [(f.code, f.denies) for f in image.refusals]


def test_a_planar_scan_holds_the_counts_that_the_camera_counted(data: Path) -> None:
    """Within a tenth of a percent of CountsAccumulated: the camera also counts what its edges cut off."""
    path = data / "nm_bone_scan" / "NM1_UNC.dcm"
    (image,) = read(path)[0].images
    assert (image.role, image.unit, image.voxels.array.shape) == ("nm", "{counts}", (1, 1024, 256))
    assert image.spacing_mm[1:] == (2.26, 2.26)
    counted = int(pydicom.dcmread(path).CountsAccumulated)
    assert int(image.voxels.array.sum()) == pytest.approx(counted, rel=1e-3)
