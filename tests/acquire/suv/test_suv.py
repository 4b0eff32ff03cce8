"""The factor to SUV: closed forms, laws, real patients, and headers that nobody would write."""

import math
from datetime import datetime, timedelta
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataset import Dataset

from vivomap.acquire.suv import SuvFactor, factor
from vivomap.core import Refusal

START = datetime(2024, 3, 5, 10, 0)
F18 = 6586.26  # 109.771 min


def header(
    dose_bq: float = 370e6,
    weight_kg: float = 70.0,
    minutes: float = 60.0,
    at: datetime = START,
    half_life: float = F18,
) -> Dataset:
    ds, tracer = Dataset(), Dataset()
    injected = at - timedelta(minutes=minutes)
    ds.Units, ds.DecayCorrection, ds.CorrectedImage = "BQML", "START", ["ATTN", "DECY"]
    ds.PatientWeight, ds.PatientSize, ds.PatientSex = weight_kg, 1.75, "M"
    ds.SeriesDate = ds.AcquisitionDate = at.strftime("%Y%m%d")
    ds.SeriesTime = ds.AcquisitionTime = at.strftime("%H%M%S")
    tracer.RadiopharmaceuticalStartDateTime = injected.strftime("%Y%m%d%H%M%S")
    tracer.RadiopharmaceuticalStartTime = injected.strftime("%H%M%S")
    tracer.RadionuclideTotalDose, tracer.RadionuclideHalfLife = dose_bq, half_life
    tracer.Radiopharmaceutical = "FDG"
    ds.RadiopharmaceuticalInformationSequence = [tracer]
    return ds


def codes(found: SuvFactor) -> list[str]:
    return [flag.code for flag in found.flags]


def refusal(ds: Dataset) -> str:
    with pytest.raises(Refusal) as caught:
        factor(ds)
    return caught.value.code


def test_an_hour_leaves_the_published_share_and_suv_5_needs_the_published_activity() -> None:
    found = factor(header())
    share = 70_000 / 370e6 / found.value
    assert share == pytest.approx(0.6846, abs=5e-5)
    assert 5 / found.value == pytest.approx(18_090, abs=5)  # Bq/ml
    assert dict(found.settings)["uptake_min"] == pytest.approx(60)
    assert codes(found) == []


def test_the_settings_say_what_was_used() -> None:
    found = dict(factor(header()).settings)
    assert found == {
        "tracer": "FDG",
        "injected_bq": 370e6,
        "half_life_s": F18,
        "injected_at": "2024-03-05T09:00:00",
        "uptake_min": 60.0,
        "weight_kg": 70.0,
        "height_m": 1.75,
        "sex": "M",
        "decay_correction": "START",
        "pixel_units": "BQML",
        "suv_rule": "bqml_start:series_is_acquisition",
        "suv_factor": factor(header()).value,
    }


def test_pixels_corrected_to_the_injection_do_not_decay_twice() -> None:
    ds = header()
    ds.DecayCorrection = "ADMIN"
    assert factor(ds).value == 70_000 / 370e6
    del ds.AcquisitionTime
    assert factor(ds).value == 70_000 / 370e6
    assert codes(factor(ds)) == ["uptake_unknown"]


@given(st.floats(0.1, 10), st.floats(100, 1e5))
def test_dose_and_activity_scaled_together_leave_the_suv(scale: float, activity: float) -> None:
    one = activity * factor(header()).value
    assert activity * scale * factor(header(370e6 * scale)).value == pytest.approx(one, rel=1e-9)


@given(st.integers(1, 350), st.integers(0, 3 * 365 * 24 * 60))
def test_the_start_of_the_scan_may_be_any_if_the_pixels_decay_with_it(minutes: int, later: int) -> None:
    found = factor(header(minutes=minutes, at=START + timedelta(minutes=later)))
    share = math.exp(-math.log(2) * 60 * minutes / F18)
    assert found.value == pytest.approx(70_000 / (370e6 * share), rel=1e-9)
    assert ("uptake_time_off" in codes(found)) == (not 50 <= minutes <= 70)


@given(st.permutations(range(6)))
def test_the_order_of_slices_is_nothing(order: list[int]) -> None:
    slices = []
    for k in range(6):
        ds = header()
        ds.AcquisitionTime = (START + timedelta(seconds=180 * (k // 3))).strftime("%H%M%S")
        slices.append(ds)
    alone = [factor(ds, series_start=START).value for ds in slices]
    assert [factor(slices[k], series_start=START).value for k in order] == [alone[k] for k in order]
    assert len(set(alone)) == 1


def test_an_unusual_dose_for_the_weight_is_told() -> None:
    assert codes(factor(header(dose_bq=10))) == ["dose_in_mbq", "dose_doubtful"]  # 10 mCi by mistake


def test_what_a_suv_does_not_need_may_be_absent_and_is_told() -> None:
    ds = Dataset()
    ds.Units, ds.CorrectedImage = "GML", ["ATTN"]
    found = factor(ds)
    assert found.value == 1
    assert codes(found) == ["uptake_unknown"]
    assert dict(found.settings) == {"pixel_units": "GML", "suv_rule": "gml_bw", "suv_factor": 1.0}


def test_a_factor_that_is_no_number_is_refused() -> None:
    ds = header()
    ds.Units = "CNTS"
    block = ds.private_block(0x7053, "Philips PET Private Group", create=True)
    block.add_new(0x00, "DS", "0")
    assert refusal(ds) == "counts_without_factor"
    block.add_new(0x09, "DS", "1e300")
    ds.RadiopharmaceuticalInformationSequence[0].RadionuclideTotalDose = 1e6
    assert factor(ds).value > 0


def test_the_sarcoma_patient_meets_the_conversion_by_others(data: Path) -> None:
    image = nib.load(data / "sts_pet_cohort" / "STS_001" / "PET_image.nii.gz")
    theirs, to_index = np.asarray(image.dataobj, float), np.linalg.inv(image.affine)
    rows, columns = np.mgrid[0:128, 0:128]
    compared, factors = 0, set()
    for path in sorted((data / "sts001_raw_pet_bqml" / "image").glob("*.dcm")):
        ds = dcmread(path)
        found = factor(ds)
        factors.add(found)
        ours = (ds.pixel_array * float(ds.RescaleSlope) + float(ds.RescaleIntercept)) * found.value
        x, y, z = (float(v) for v in ds.ImagePositionPatient)
        step = float(ds.PixelSpacing[0])
        places = np.stack([-(x + columns * step), -(y + rows * step), np.full(rows.shape, z), np.ones(rows.shape)])
        index = np.einsum("ij,jrc->irc", to_index, places)[:3]
        near = np.rint(index).astype(int)
        there = (near >= 0).all(0) & (near < np.array(theirs.shape)[:, None, None]).all(0)
        assert np.abs(index - near)[:, there].max(initial=0) < 0.01  # voxels
        reference = theirs[tuple(near[:, there])]
        hot = reference >= 0.5
        if hot.any():
            last = near[2][there][0] == theirs.shape[2] - 1
            assert np.abs(ours[there][hot] / reference[hot] - 1).max() <= (0.002 if last else 0.001)
            compared += int(hot.sum())
    assert compared > 50_000
    assert len(factors) == 1
    (found,) = factors
    assert dict(found.settings)["uptake_min"] == pytest.approx(45.18, abs=0.01)
    assert codes(found) == ["uptake_time_off"]


def test_a_series_that_is_a_suv_already_keeps_its_numbers(data: Path) -> None:
    paths = sorted((data / "sts_petctmr_dicom" / "STS_008" / "PET" / "image").glob("*.dcm"))
    found = {factor(dcmread(path, stop_before_pixels=True)) for path in paths}
    assert len(paths) > 50
    assert [(f.value, f.rule, f.flags) for f in found] == [(1.0, "gml_bw", ())]
    assert dict(found.pop().settings)["uptake_min"] == pytest.approx(65.6, abs=0.05)


def test_odd_pet_files_give_a_factor_or_a_reason(data: Path) -> None:
    odd = data / "dicom_odd_and_compressed" / "fo-dicom"
    found = factor(dcmread(odd / "GH184.dcm", stop_before_pixels=True))
    assert found.rule == "bqml_start:ge_private"
    seconds, half_life, dose, weight = 88 * 60 + 36, 6588, 474592928, 90  # as the header writes them
    assert found.value == pytest.approx(weight * 1000 / (dose * 2 ** (-seconds / half_life)))
    assert codes(found) == ["uptake_time_off"]
    assert refusal(dcmread(odd / "GH610.dcm", stop_before_pixels=True)) == "not_corrected"
