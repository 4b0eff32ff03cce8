from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset

from vivomap.acquire.dicom.header import head
from vivomap.acquire.dicom.pixels import plain, sized, stored, volume
from vivomap.acquire.dicom.plane import Plane
from vivomap.acquire.dicom.scaling import Scaling
from vivomap.core import Refusal

Planes = Callable[..., list[Plane]]
TRUTH = 100 * np.arange(3)[:, None, None] + 10 * np.arange(6)[:, None] + np.arange(5)


def scaled(planes: list[Plane], slope: float, offset: float) -> np.ndarray[Any, Any]:
    return volume(planes, [Scaling(slope, offset, "")] * len(planes), {})


def test_whole_numbers_stay_whole(planes: Planes) -> None:
    found = scaled(planes(3), 1, -1024)
    assert found.dtype == np.int16
    assert np.array_equal(found, TRUTH - 1024)


def test_a_whole_slope_stays_whole_too(planes: Planes) -> None:
    found = scaled(planes(3), 2, 5)
    assert found.dtype == np.int16
    assert np.array_equal(found, 2 * TRUTH + 5)


def test_each_slice_has_its_own_slope(planes: Planes) -> None:
    stack = planes(3)
    found = volume(stack, [Scaling(0.5 * (k + 1), k, "") for k in range(3)], {})
    assert found.dtype == np.float32
    assert np.allclose(found, TRUTH * 0.5 * np.arange(1, 4)[:, None, None] + np.arange(3)[:, None, None])


@pytest.mark.parametrize("signed", [0, 1])
@pytest.mark.parametrize("offset", [0, -1024, 1024, -40000, 40000])
def test_no_value_wraps_around(signed: int, offset: int, planes: Planes) -> None:
    """Every 16-bit value, shifted: as 32-bit numbers where 16 bits cannot hold it."""
    values = np.arange(65536, dtype=np.int64) - (32768 if signed else 0)

    def fill(ds: Dataset, k: int) -> None:
        ds.PixelRepresentation, ds.Rows, ds.Columns = signed, 256, 256
        ds.PixelData = values.astype("<i2" if signed else "<u2").tobytes()

    found = scaled(planes(2, edit=fill), 1, offset)
    assert np.array_equal(found[1].ravel(), values + offset)
    assert found.dtype == (np.int16 if signed and not offset else np.int32)


@pytest.mark.parametrize(("signed", "expected"), [(0, [0, 1, 2048, 4095]), (1, [0, 1, -2048, -1])])
def test_bits_beyond_the_stored_ones_are_no_part_of_a_value(signed: int, expected: list[int], planes: Planes) -> None:
    def overlay(ds: Dataset, k: int) -> None:
        ds.Rows, ds.Columns, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 2, 2, 12, 11, signed
        ds.PixelData = np.array([0xF000, 0x1001, 0x7800, 0x8FFF], "<u2").tobytes()

    (one,) = planes(1, edit=overlay)
    assert stored(one, {}).ravel().tolist() == expected


@pytest.mark.parametrize(("length", "code"), [(58, "pixels_cut"), (0, "pixels_cut"), (260, "pixels_unclear")])
def test_bytes_are_counted_before_they_are_read(length: int, code: str, series: Callable[..., Path]) -> None:
    def change(ds: Dataset, k: int) -> None:
        ds.PixelData = (ds.PixelData + b"\0" * 300)[:length]

    header = head(series(1, edit=change) / "slice_00.dcm", [])
    with pytest.raises(Refusal) as refused:
        sized(header)
    assert refused.value.code == code


def test_a_forged_size_allocates_nothing(series: Callable[..., Path]) -> None:
    def forge(ds: Dataset, k: int) -> None:
        ds.Rows = ds.Columns = 65535
        ds.NumberOfFrames = 2**31 - 1

    with pytest.raises(Refusal) as refused:
        sized(head(series(1, edit=forge) / "slice_00.dcm", []))
    assert refused.value.code in ("bad_header", "pixels_cut")


def test_a_cut_file_is_known_by_its_size(series: Callable[..., Path]) -> None:
    path = series(1) / "slice_00.dcm"
    path.write_bytes(path.read_bytes()[:-10])
    header = head(path, [])
    with pytest.raises(Refusal) as refused:
        sized(header)
    assert refused.value.code == "pixels_cut"


def test_only_grey_little_endian_pixels_are_plain(series: Callable[..., Path]) -> None:
    def colour(ds: Dataset, k: int) -> None:
        ds.PhotometricInterpretation = "PALETTE COLOR"

    assert plain(head(series(1) / "slice_00.dcm", []))
    assert not plain(head(series(1, edit=colour, name="colour") / "slice_00.dcm", []))
