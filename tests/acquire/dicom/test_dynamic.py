"""Dynamic PET from a hospital's series: frames after injection, their lengths, and one moment of decay."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

from vivomap.acquire import read
from vivomap.core import Image

LENGTHS = (10, 10, 20, 60, 300)  # s
SLICES = 3
RATE = math.log(2) / 6586.2


def filmed(ds: Dataset, k: int, **changes: Any) -> None:
    """Frame k // 3 of five, slice k % 3; FDG injected 5 s before the first frame."""
    frame, place = divmod(k, SLICES)
    start = sum(LENGTHS[:frame])
    ds.ImagePositionPatient = [-10.0, -20.0, 3.0 * place]
    ds.SOPInstanceUID = f"1.2.3.4.{k + 1}"
    ds.Units, ds.DecayCorrection, ds.CorrectedImage = "BQML", "START", ["ATTN", "DECY"]
    ds.PatientWeight, ds.PatientSize, ds.PatientSex = 70, 1.75, "F"
    ds.SeriesDate, ds.SeriesTime = "20200131", "110000"
    ds.AcquisitionTime = f"11{start // 60:02d}{start % 60:02d}"
    ds.ActualFrameDuration = LENGTHS[frame] * 1000
    d = LENGTHS[frame]
    ds.DecayFactor = round(math.exp(RATE * start) * RATE * d / (1 - math.exp(-RATE * d)), 6)
    dose = Dataset()
    dose.RadionuclideTotalDose, dose.RadionuclideHalfLife = 370e6, 6586.2
    dose.Radiopharmaceutical = "FDG"
    dose.RadiopharmaceuticalStartDateTime = "20200131105955"
    ds.RadiopharmaceuticalInformationSequence = [dose]
    for keyword, value in changes.items():
        if value is None:
            delattr(ds, keyword)
        else:
            setattr(ds, keyword, value)


def made(series: Callable[..., Path], **changes: Any) -> Image:
    folder = series(len(LENGTHS) * SLICES, "PT", lambda ds, k: filmed(ds, k, **changes))
    (image,) = read(folder)[0].images
    return image


def test_frames_are_seconds_after_injection_with_their_lengths(series: Callable[..., Path]) -> None:
    image = made(series)
    assert (image.role, image.unit, image.frame_unit) == ("pet_dynamic", "g/ml{SUVbw}", "s")
    assert image.frames == (5.0, 15.0, 25.0, 45.0, 105.0)
    assert image.text("frame_duration_s") == "10 10 20 60 300"
    assert (image.text("decay_correction"), image.text("tracer")) == ("START", "FDG")
    assert "uptake_time_off" not in [f.code for f in image.flags]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ActualFrameDuration": None}, "frame_times_unknown"),
        ({"DecayFactor": 1.5}, "decay_unknown"),
    ],
)
def test_without_lengths_or_with_decay_of_each_frames_own_it_is_no_series_for_kinetics(
    changes: dict[str, Any], code: str, series: Callable[..., Path]
) -> None:
    image = made(series, **changes)
    assert image.role == "suv"
    assert (code, "pet_dynamic") in [(f.code, f.denies) for f in image.refusals]


def test_without_decay_factors_the_word_of_the_header_is_taken(series: Callable[..., Path]) -> None:
    assert made(series, DecayFactor=None).role == "pet_dynamic"


def test_one_time_point_stays_a_suv(series: Callable[..., Path]) -> None:
    (image,) = read(series(SLICES, "PT", filmed))[0].images
    assert (image.role, image.frames) == ("suv", ())


def test_frames_corrected_to_the_injection_carry_its_decay_besides(series: Callable[..., Path]) -> None:
    later = 50 * 60 + 5  # s from injection to the first frame: far enough to tell one moment from the other

    def moved(ds: Dataset, k: int, since: float) -> None:
        filmed(ds, k, DecayCorrection="ADMIN")
        ds.RadiopharmaceuticalInformationSequence[0].RadiopharmaceuticalStartDateTime = "20200131100955"
        ds.DecayFactor = round(float(ds.DecayFactor) * math.exp(RATE * since), 6)

    for since, role in ((later, "pet_dynamic"), (0.0, "suv")):
        folder = series(len(LENGTHS) * SLICES, "PT", lambda ds, k, since=since: moved(ds, k, since))
        (image,) = read(folder)[0].images
        assert image.role == role
