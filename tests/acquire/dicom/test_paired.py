"""Flip angles and magnetisation transfer: found over the series of a study, by headers alone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset

from vivomap.acquire import read
from vivomap.core import Image, Region, Voxels
from vivomap.quantify.magnetisation_transfer import mtr
from vivomap.quantify.permeability.t1 import t1

T1_MS, TR_MS = 1200.0, 15.0


def spoiled(ds: Dataset, place: int, number: int, **changes: Any) -> None:
    """Slice `place` of series `number`: an original spoiled gradient echo."""
    ds.SOPInstanceUID, ds.SeriesInstanceUID = f"1.2.3.{number}.{place + 1}", f"1.2.3.{number}"
    ds.SeriesNumber = number
    ds.ImageType = ["ORIGINAL", "PRIMARY", "M"]
    ds.ScanningSequence, ds.SequenceVariant = "GR", "SP"
    ds.RepetitionTime, ds.EchoTime, ds.FlipAngle = TR_MS, 3.0, 15.0
    for keyword, value in changes.items():
        setattr(ds, keyword, value)


def level(ds: Dataset, value: float) -> None:
    noisy = np.full((6, 5), value) + np.arange(30).reshape(6, 5) % 2
    ds.PixelData = np.round(noisy).astype("<i2").tobytes()


@pytest.fixture
def study(series: Callable[..., Path], tmp_path: Path) -> Callable[..., list[Image]]:
    """A study of several series, each with its changes and the level of its signal."""

    def made(*each: tuple[dict[str, Any], float]) -> list[Image]:
        (tmp_path / "study").mkdir(exist_ok=True)
        for number, (changes, value) in enumerate(each, 1):

            def edit(ds: Dataset, k: int, n: int = number, c: dict[str, Any] = changes, v: float = value) -> None:
                spoiled(ds, k, n, **c)
                level(ds, v)

            series(4, "MR", edit, f"study/s{number}")
        return list(read(tmp_path / "study")[0].images)

    return made


def signal(flip: float) -> float:
    e, a = np.exp(-TR_MS / T1_MS), np.deg2rad(flip)
    return float(20000 * np.sin(a) * (1 - e) / (1 - np.cos(a) * e))


def region(image: Image) -> Region:
    return Region("all", Voxels.of(np.ones(image.shape, bool)), "lesion", "", image.affine)


def test_series_that_differ_by_their_flip_angle_alone_make_a_t1(study: Callable[..., list[Image]]) -> None:
    images = study(*(({"FlipAngle": a}, signal(a)) for a in (15.0, 3.0, 30.0)))
    (vfa,) = [i for i in images if i.role == "vfa"]
    assert (vfa.frames, vfa.frame_unit) == ((3.0, 15.0, 30.0), "deg")
    assert vfa.number("tr_ms") == TR_MS
    assert vfa.setting("flip_deg") is None
    assert "gain_assumed" in [f.code for f in vfa.flags]
    assert len([i for i in images if i.role == "mr"]) == 3
    assert t1(vfa, region(vfa)).value == pytest.approx(T1_MS, rel=0.02)


@pytest.mark.parametrize(
    "other",
    [
        {"RepetitionTime": 20.0},
        {"EchoTime": 4.0},
        {"ScanningSequence": "SE"},
        {"ImageType": ["DERIVED", "PRIMARY", "M"]},
        {"FrameOfReferenceUID": "1.9"},
        {"PixelSpacing": [1.0, 1.0]},
        {"ContrastBolusAgent": "GADOBUTROL"},
        {"ScanOptions": "MT"},
        {"FlipAngle": 15.0},
    ],
)
def test_whatever_else_differs_makes_no_pair(other: dict[str, Any], study: Callable[..., list[Image]]) -> None:
    images = study(({}, 500.0), ({"FlipAngle": 30.0, **other}, 700.0))
    assert {i.role for i in images} & {"vfa"} == set()


def test_a_long_repetition_time_is_no_series_of_flip_angles(study: Callable[..., list[Image]]) -> None:
    images = study(*(({"FlipAngle": a, "RepetitionTime": 500.0}, 500.0) for a in (15.0, 30.0)))
    assert [i.role for i in images] == ["mr", "mr"]


def test_two_scans_at_one_angle_leave_it_open_and_none_is_taken(study: Callable[..., list[Image]]) -> None:
    images = study(({}, 500.0), ({}, 510.0), ({"FlipAngle": 30.0}, 700.0))
    assert [i.role for i in images] == ["mr"] * 3


@pytest.mark.parametrize("said", [{"ScanOptions": "MT"}, {"SequenceVariant": ["SP", "MTC"]}])
def test_a_pulse_that_the_header_names_makes_a_pair(said: dict[str, Any], study: Callable[..., list[Image]]) -> None:
    images = study(({}, 1000.0), (said, 600.0))
    off, on = ([i for i in images if i.role == role] for role in ("mt_off", "mt_on"))
    assert (len(off), len(on)) == (1, 1)
    assert mtr(off[0], on[0], region(off[0])).value == pytest.approx(40, abs=0.2)
    assert "gain_assumed" in [f.code for f in on[0].flags]


def test_a_description_alone_makes_no_pair(study: Callable[..., list[Image]]) -> None:
    images = study(({"SeriesDescription": "MT off"}, 1000.0), ({"SeriesDescription": "MT on"}, 600.0))
    assert [i.role for i in images] == ["mr", "mr"]


def test_two_without_the_pulse_leave_it_open(study: Callable[..., list[Image]]) -> None:
    images = study(({}, 1000.0), ({}, 990.0), ({"ScanOptions": "MT"}, 600.0))
    assert {i.role for i in images} == {"mr"}
