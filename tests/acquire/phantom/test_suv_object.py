"""The physics of the phantom, by another way of counting."""

from datetime import timedelta

import numpy as np
import pytest

from vivomap.acquire.phantom.suv_object import BED_S, SHAPE, Scan, objects, stored_values, true_suv
from vivomap.acquire.suv.decay import mean_rate_s


def test_an_hour_of_f18_leaves_the_published_share() -> None:
    assert Scan().left(3600) == pytest.approx(0.6846, abs=1e-4)
    assert Scan().left(Scan().half_life_s) == pytest.approx(0.5)


def test_activity_is_what_the_published_example_says() -> None:
    activity = stored_values(Scan(weight_kg=70, dose_bq=370e6))
    assert activity[true_suv() == 4.0].max() * 5 / 4 == pytest.approx(18_090, abs=10)  # SUV 5


@pytest.mark.parametrize("nuclide", ["18", "68", "89"])
def test_a_frame_that_is_not_corrected_has_the_average_of_its_decay(nuclide: str) -> None:
    scan = Scan(nuclide=nuclide, decay="NONE", dose_bq=100e6)
    share = stored_values(scan)[:, 0, 1] / true_suv()[:, 0, 1] * 1000 * scan.weight_kg / scan.dose_bq
    for k in (0, SHAPE[0] - 1):
        since = (scan.acquired(k) - scan.injected).total_seconds()
        moments = since + (np.arange(2000) + 0.5) * BED_S / 2000
        assert share[k] == pytest.approx(np.exp2(-moments / scan.half_life_s).mean(), rel=1e-6)
        assert share[k] == pytest.approx(scan.left(since + mean_rate_s(BED_S, scan.half_life_s)), rel=1e-9)


def test_a_later_bed_is_a_later_time_and_the_same_series() -> None:
    first, *_, last = objects(Scan(), "one")
    assert Scan().acquired(5) - Scan().acquired(0) == timedelta(seconds=BED_S)
    assert (first.AcquisitionTime, last.AcquisitionTime) == ("100000", "100300")
    assert first.SeriesInstanceUID == last.SeriesInstanceUID
    assert first.SOPInstanceUID != last.SOPInstanceUID


def test_slopes_are_one_or_one_for_each_slice() -> None:
    assert len({ds.RescaleSlope for ds in objects(Scan(), "one")}) == 1
    assert len({ds.RescaleSlope for ds in objects(Scan(slopes=6), "six")}) > 1
    (whole,) = objects(Scan(enhanced=True), "frames")
    assert whole.NumberOfFrames == SHAPE[0]
