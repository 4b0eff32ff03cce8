import re
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from vivomap.acquire.phantom import series
from vivomap.acquire.phantom.series import Grid, Person, Scanner, Series, Session, uid

GRID = Grid((-20.0, -18.0, 4.0), (3.0, 2.0, 1.5), (4, 6, 5))
PERSON = Person("VM-1", "Demo^One", "F", date(1980, 1, 1), 1.7)
SESSION = Session(("t",), PERSON, Scanner("M", "N", "S", "V"), datetime(2024, 3, 4, 9, 0), 70.0)
VALUES = np.arange(4 * 6 * 5).reshape(GRID.shape) * 1.0


def read(folder: Path) -> list[Dataset]:
    return sorted((dcmread(p) for p in folder.glob("*.dcm")), key=lambda ds: float(ds.ImagePositionPatient[2]))


def values(ds: Dataset) -> np.ndarray:
    return ds.pixel_array * float(ds.get("RescaleSlope", 1)) + float(ds.get("RescaleIntercept", 0))


def test_uids_are_valid_and_follow_from_their_words() -> None:
    assert uid("a", 1) == uid("a", "1") != uid("a", 2)
    assert uid("a").is_valid
    assert re.fullmatch(r"2\.25\.[1-9]\d*", uid("a"))
    assert len(uid("a")) <= 64


def test_ct_comes_back_as_hounsfield_units(tmp_path: Path) -> None:
    series.ct(tmp_path, SESSION, GRID, Series("c", 1, "ct"), VALUES - 1000)
    assert np.array_equal([values(ds) for ds in read(tmp_path)], VALUES - 1000)


def test_a_voxel_lies_where_its_header_says(tmp_path: Path) -> None:
    series.ct(tmp_path, SESSION, GRID, Series("c", 1, "ct"), VALUES)
    ds = read(tmp_path)[2]
    z, y, x = GRID.axes
    assert list(ds.ImagePositionPatient) == [x[0], y[0], z[2]]
    assert list(ds.PixelSpacing) == [y[1] - y[0], x[1] - x[0]]


def test_pet_holds_activity_with_a_slope_of_its_own_in_each_slice(tmp_path: Path) -> None:
    series.pt(tmp_path, SESSION, GRID, Series("p", 1, "pet", (("injected_bq", 3e8),)), VALUES * 100)
    found = read(tmp_path)
    assert np.allclose([values(ds) for ds in found], VALUES * 100, atol=0.4)
    assert len({float(ds.RescaleSlope) for ds in found}) == 4
    tracer = found[0].RadiopharmaceuticalInformationSequence[0]
    assert (found[0].Units, found[0].DecayCorrection) == ("BQML", "START")
    assert tracer.RadiopharmaceuticalStartDateTime == "20240304080000"
    assert float(tracer.RadionuclideTotalDose) == 3e8


def test_mr_repeats_each_place_for_each_b_value_and_has_no_rescale(tmp_path: Path) -> None:
    about = Series("m", 1, "dwi", (("b_values", (0.0, 800.0)),))
    series.mr(tmp_path, SESSION, GRID, about, np.stack([VALUES, VALUES + 500]))
    found = read(tmp_path)
    assert len(found) == 8
    assert "RescaleSlope" not in found[0]
    high = [ds for ds in found if ds.DiffusionBValue == 800]
    assert np.array_equal([values(ds) for ds in high], VALUES + 500)


def test_files_are_named_without_order_and_made_the_same_twice(tmp_path: Path) -> None:
    for name in ("one", "two"):
        series.ct(tmp_path / name, SESSION, GRID, Series("c", 1, "ct"), VALUES)
    one, two = (sorted((tmp_path / name).iterdir()) for name in ("one", "two"))
    assert [p.name for p in one] == [p.name for p in two]
    assert [p.read_bytes() for p in one] == [p.read_bytes() for p in two]
    order = [float(dcmread(p).ImagePositionPatient[2]) for p in one]
    assert order != sorted(order)


def test_a_setting_overrides_what_is_usual_and_an_empty_serial_is_not_written(tmp_path: Path) -> None:
    bare = Session(("u",), PERSON, Scanner("M", "N", "", "V"), datetime(2024, 3, 4, 9, 0), 70.0)
    series.ct(tmp_path, bare, GRID, Series("c", 1, "ct", (("KVP", 80), ("ConvolutionKernel", "B30f"))), VALUES)
    ds = read(tmp_path)[0]
    assert (ds.KVP, ds.ConvolutionKernel) == (80, "B30f")
    assert "DeviceSerialNumber" not in ds


@pytest.mark.parametrize("keyword", ["StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID"])
def test_slices_of_one_series_share_what_makes_them_one(tmp_path: Path, keyword: str) -> None:
    made = series.ct(tmp_path, SESSION, GRID, Series("c", 1, "ct"), VALUES)
    assert len({getattr(ds, keyword) for ds in made}) == 1
    assert len({ds.SOPInstanceUID for ds in made}) == 4
