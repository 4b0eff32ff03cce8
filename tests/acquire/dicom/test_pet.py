from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from pydicom.dataset import Dataset

from vivomap.acquire import read, suv
from vivomap.core import Refusal


def test_bqml_gives_the_suv_that_others_found_in_the_same_patient(data: Path) -> None:
    """STS_001: ratio 1.000 within 0.001 where SUV is 0.5 or more, 0.002 in the last slice of the crop."""
    (image,) = read(data / "sts001_raw_pet_bqml" / "image")[0].images
    assert (image.role, image.unit) == ("suv", "g/ml{SUVbw}")
    other = nib.load(data / "sts_pet_cohort" / "STS_001" / "PET_image.nii.gz")
    assert isinstance(other, nib.Nifti1Image)
    values = np.asarray(other.dataobj).T
    grid = np.diag([-1.0, -1, 1, 1]) @ np.asarray(other.affine)[:, [2, 1, 0, 3]]
    corner = np.linalg.inv(np.asarray(image.affine)) @ grid @ np.eye(4)
    start = np.round(corner[:3, 3]).astype(int)
    ends = np.round(corner @ [*(n - 1 for n in values.shape), 1]).astype(int)[:3]
    steps = np.sign(ends - start)
    index = [np.arange(s, e + d, d) for s, e, d in zip(start, ends, steps, strict=True)]
    ours = image.voxels.array[np.ix_(*index)]
    ratio = np.where(values >= 0.5, ours / np.maximum(values, 0.5), 1.0)
    order = np.argsort(index[0])
    assert np.abs(ratio[order[:-1]] - 1).max() < 0.001
    assert np.abs(ratio[order[-1]] - 1).max() < 0.002
    assert image.number("uptake_min") == pytest.approx(45, abs=1)
    assert "uptake_time_off" in [f.code for f in image.flags]


def tracer(ds: Dataset, k: int) -> None:
    """370 MBq of F-18, 70 kg, corrected to the injection: SUV is Bq/ml · 70000 / 370e6."""
    ds.Units, ds.DecayCorrection, ds.CorrectedImage = "BQML", "ADMIN", ["ATTN", "DECY"]
    ds.PatientWeight, ds.PatientSize, ds.PatientSex = 70, 1.75, "F"
    ds.SeriesDate, ds.SeriesTime, ds.AcquisitionTime = "20200131", "110000", "110000"
    ds.RescaleIntercept, ds.RescaleSlope = 0, 10.0 * (k + 1)
    dose = Dataset()
    dose.RadionuclideTotalDose, dose.RadionuclideHalfLife = 370e6, 6586.2
    dose.RadiopharmaceuticalStartDateTime = "20200131100000"
    ds.RadiopharmaceuticalInformationSequence = [dose]


def test_the_factor_comes_after_the_slope_of_each_slice(series: Callable[..., Path]) -> None:
    (image,) = read(series(4, "PT", tracer))[0].images
    assert image.role == "suv", image.refusals
    stored = 100 * np.arange(4)[:, None, None] + 10 * np.arange(6)[:, None] + np.arange(5)
    expected = stored * 10.0 * np.arange(1, 5)[:, None, None] * 70000 / 370e6
    assert np.allclose(image.voxels.array, expected, rtol=1e-6)
    assert image.number("weight_kg") == 70


@pytest.mark.parametrize("dated", [True, False])
def test_two_beds_have_one_start_with_and_without_an_acquisition_date(dated: bool, series: Callable[..., Path]) -> None:
    """A series processed later: its start is the earliest acquisition, 30 min after injection, for both beds."""

    def bed(ds: Dataset, k: int) -> None:
        tracer(ds, k)
        ds.DecayCorrection, ds.RescaleSlope = "START", 10.0
        ds.AcquisitionTime = "103000" if k < 3 else "103500"
        ds.ActualFrameDuration = 180000
        ds.PixelData = np.full((6, 5), 500, "<i2").tobytes()
        if not dated:
            del ds.AcquisitionDate

    (image,) = read(series(6, "PT", bed))[0].images
    expected = 5000 * 70000 / (370e6 * 2 ** (-1800 / 6586.2))
    assert np.allclose(image.voxels.array, expected, rtol=1e-6)


def test_slices_that_differ_in_nothing_that_counts_share_one_factor(
    series: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    real, asked = suv.factor, []

    def counted(ds: Dataset, *args: object, **kwargs: object) -> suv.SuvFactor:
        asked.append(ds)
        return real(ds, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(suv, "factor", counted)
    folder = series(20, "PT", tracer)
    assert read(folder)[0].images[0].role == "suv"
    assert len(asked) < 12


def test_without_a_weight_the_activity_stays_with_its_reason(series: Callable[..., Path]) -> None:
    def weightless(ds: Dataset, k: int) -> None:
        tracer(ds, k)
        del ds.PatientWeight

    (image,) = read(series(4, "PT", weightless))[0].images
    assert (image.role, image.unit) == ("activity", "Bq/mL")
    assert [(f.code, f.denies) for f in image.refusals] == [("no_weight", "suv")]


def test_a_slope_that_a_pet_must_have_and_lacks_gives_no_number(series: Callable[..., Path]) -> None:
    def slopeless(ds: Dataset, k: int) -> None:
        tracer(ds, k)
        if k == 2:
            del ds.RescaleSlope

    (image,) = read(series(4, "PT", slopeless))[0].images
    assert ("slope_missing", "region") in [(f.code, f.denies) for f in image.refusals]
    assert "slice_02.dcm" in image.refusals[-1].reason


def test_a_refusal_of_the_factor_is_one(series: Callable[..., Path]) -> None:
    with pytest.raises(Refusal):
        suv.factor(Dataset())
