"""The moment that decay-corrected pixels refer to."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from vivomap.acquire.suv.decay import acquired, mean_rate_s, scan_start
from vivomap.core import Refusal

F18 = 6588.0
START = datetime(2024, 3, 5, 10, 0)


def header(at: datetime = START, series: datetime | None = START, **attributes: object) -> Dataset:
    ds = Dataset()
    ds.AcquisitionDate, ds.AcquisitionTime = at.strftime("%Y%m%d"), at.strftime("%H%M%S.%f")
    if series is not None:
        ds.SeriesDate, ds.SeriesTime = series.strftime("%Y%m%d"), series.strftime("%H%M%S")
    for keyword, value in attributes.items():
        setattr(ds, keyword, value)
    return ds


def late(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


@given(st.floats(1, 3600), st.floats(100, 4e5))
def test_the_mean_count_rate_comes_a_little_before_the_middle(frame: float, half_life: float) -> None:
    mean = mean_rate_s(frame, half_life)
    assert 0 < mean <= frame / 2 * (1 + 1e-9)
    average = (1 - 2 ** (-frame / half_life)) / (0.6931471805599453 * frame / half_life)
    assert 2 ** (-mean / half_life) == pytest.approx(average, rel=1e-9)


def test_a_series_time_that_is_the_acquisition_time_is_the_start() -> None:
    found = scan_start(header(FrameReferenceTime=243000, Manufacturer="GE MEDICAL SYSTEMS"), None, F18, None)
    assert (found.at, found.how, found.flags) == (START, "series_is_acquisition", ())


def test_a_later_bed_goes_back_to_the_start_of_the_first() -> None:
    mean = mean_rate_s(180, F18)
    other = header(late(360), FrameReferenceTime=f"{1000 * (360 + mean):.3f}", ActualFrameDuration=180000)
    assert abs((scan_start(other, None, F18, None).at - START).total_seconds()) < 0.01
    ge = header(late(360), FrameReferenceTime=360000, Manufacturer="GE MEDICAL SYSTEMS")
    assert scan_start(ge, None, F18, None).at == START


def test_without_frame_times_the_series_time_stands_if_it_is_not_after() -> None:
    found = scan_start(header(late(360)), None, F18, None)
    assert (found.at, found.how) == (START, "series_time")


def test_a_processed_series_takes_the_earliest_acquisition_and_says_so() -> None:
    ds = header(late(360), series=late(9000), ActualFrameDuration=180000)
    found = scan_start(ds, None, F18, START)
    assert (found.at, found.how) == (START, "earliest_acquisition")
    assert [f.code for f in found.flags] == ["scan_start_doubtful"]
    assert scan_start(ds, None, F18, None).at == late(360)


def test_frame_times_that_put_the_start_after_the_first_acquisition_are_not_taken() -> None:
    ds = header(late(360), series=late(9000), ActualFrameDuration=600000, FrameReferenceTime=1000)
    assert scan_start(ds, None, F18, START).how == "earliest_acquisition"


def test_frame_times_that_disagree_with_the_acquisitions_are_told() -> None:
    ds = header(series=late(9000), FrameReferenceTime=243000, Manufacturer="GE MEDICAL SYSTEMS")
    assert [f.code for f in scan_start(ds, None, F18, late(-1)).flags] == ["scan_start_doubtful"]
    whole = header(late(243), series=late(9000), FrameReferenceTime=243000, Manufacturer="GE MEDICAL SYSTEMS")
    assert scan_start(whole, None, F18, START).flags == ()


def test_the_private_scan_time_goes_first_and_only_of_its_creator() -> None:
    ds = header(late(360), series=late(9000), ActualFrameDuration=180000)
    ds.private_block(0x0009, "SOMEBODY ELSE", create=True).add_new(0x0D, "DT", "20240305093000")
    assert scan_start(ds, None, F18, START).how == "earliest_acquisition"
    ds.private_block(0x0009, "GEMS_PETD_01", create=True).add_new(0x0D, "DT", "20240305100000.00")
    assert (scan_start(ds, None, F18, START).at, scan_start(ds, None, F18, START).how) == (START, "ge_private")


def test_the_decay_correction_date_time_goes_before_all() -> None:
    found = scan_start(header(late(360), DecayCorrectionDateTime="20240305090000"), None, F18, START)
    assert (found.at, found.began) == (datetime(2024, 3, 5, 9), START)


def test_a_frame_has_its_own_acquisition() -> None:
    ds, frame, content = Dataset(), Dataset(), Dataset()
    content.FrameAcquisitionDateTime = "20240305100300"
    frame.FrameContentSequence = [content]
    ds.PerFrameFunctionalGroupsSequence, ds.AcquisitionDateTime = [frame], "20240305100000"
    assert acquired(ds, 0) == late(180)
    assert acquired(ds) == START


def test_no_acquisition_time_gives_no_start() -> None:
    ds = header()
    del ds.AcquisitionTime
    with pytest.raises(Refusal) as caught:
        scan_start(ds, None, F18, None)
    assert caught.value.code == "no_scan_start"


def test_a_caller_without_an_offset_speaks_in_that_of_the_header() -> None:
    ds = header(late(360), series=late(9000), ActualFrameDuration=180000, TimezoneOffsetFromUTC="+0100")
    assert scan_start(ds, None, F18, START).at == START.replace(tzinfo=timezone(timedelta(hours=1)))
