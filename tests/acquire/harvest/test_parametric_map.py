"""Parametric maps of other makers: three numbers in the unit of their mapping."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from vivomap.acquire.harvest import Sheet
from vivomap.acquire.harvest.read import sheet
from vivomap.core import Missing

FLOAT = "dicom_odd_and_compressed/pydicom-data/parametric_map_float.dcm"
DOUBLE = "dicom_odd_and_compressed/pydicom-data/parametric_map_double_float.dcm"


@pytest.fixture
def whole(data: Path) -> Dataset:
    return pydicom.dcmread(data / FLOAT)


@pytest.fixture
def harvest(tmp_path: Path) -> Callable[[Dataset], Sheet]:
    def call(ds: Dataset) -> Sheet:
        ds.save_as(tmp_path / "map.dcm", enforce_file_format=True)
        return sheet(tmp_path / "map.dcm")

    return call


def mapping(ds: Dataset) -> Dataset:
    item: Dataset = ds.SharedFunctionalGroupsSequence[0].RealWorldValueMappingSequence[0]
    return item


@pytest.mark.parametrize("name", [FLOAT, DOUBLE])
def test_a_map_has_the_mean_and_ends_of_its_pixels(name: str, data: Path) -> None:
    pixels = pydicom.dcmread(data / name).pixel_array
    found = {n.name: n for n in sheet(data / name).numbers}
    assert found["feature_001_mean"].value == pytest.approx(float(pixels.mean(dtype=float)))
    assert found["feature_001_maximum"].value == pytest.approx(float(pixels.max()))
    assert {n.unit for n in found.values()} == {"1"}
    assert all(isinstance(n.claim(), Missing) for n in found.values())


def test_the_mapping_and_its_unit_are_applied(
    whole: Dataset, harvest: Callable[[Dataset], Sheet], made: object
) -> None:
    pixels = whole.pixel_array
    one = mapping(whole)
    one.RealWorldValueSlope, one.RealWorldValueIntercept = 2.0, 5.0
    unit = one.MeasurementUnitsCodeSequence[0]
    unit.CodeValue, unit.CodeMeaning = "um2/s", "um2/s"
    quantity = Dataset()
    quantity.ValueType = "CODE"
    quantity.ConceptNameCodeSequence = [coded("246205007", "SCT", "Quantity")]
    quantity.ConceptCodeSequence = [coded("113041", "DCM", "Apparent Diffusion Coefficient")]
    one.QuantityDefinitionSequence = [quantity]
    found = harvest(whole).numbers
    assert [n.name for n in found] == [
        "mean_adc",
        "apparent_diffusion_coefficient_minimum",
        "apparent_diffusion_coefficient_maximum",
    ]
    assert found[0].unit == "mm2/s"
    assert found[0].value == pytest.approx((float(pixels.mean(dtype=float)) * 2 + 5) * 1e-6)
    assert found[1].unit == "um2/s"


def coded(value: str, scheme: str, meaning: str) -> Dataset:
    ds = Dataset()
    ds.CodeValue, ds.CodingSchemeDesignator, ds.CodeMeaning = value, scheme, meaning
    return ds


def test_a_map_without_a_unit_gives_no_number(whole: Dataset, harvest: Callable[[Dataset], Sheet]) -> None:
    del mapping(whole).MeasurementUnitsCodeSequence
    found = harvest(whole)
    assert [m.code for m in found.missing] == ["unit_missing"]
    assert [c.code for c in found.complaints] == ["map_no_unit"]


def test_a_map_without_a_slope_or_mapping_gives_no_number(whole: Dataset, harvest: Callable[[Dataset], Sheet]) -> None:
    del mapping(whole).RealWorldValueSlope
    assert [m.code for m in harvest(whole).missing] == ["slope_missing"]
    del whole.SharedFunctionalGroupsSequence[0].RealWorldValueMappingSequence
    assert [m.code for m in harvest(whole).missing] == ["unit_missing"]


def test_voxels_that_are_no_number_are_left_out_and_told(whole: Dataset, harvest: Callable[[Dataset], Sheet]) -> None:
    pixels = whole.pixel_array.astype("<f4").copy()
    pixels.reshape(-1)[:10] = np.nan
    whole.FloatPixelData = pixels.tobytes()
    found = harvest(whole).numbers
    assert found[0].value == pytest.approx(float(np.nanmean(pixels, dtype=float)))
    assert [f.code for f in found[0].flags] == ["nan_voxels"]
