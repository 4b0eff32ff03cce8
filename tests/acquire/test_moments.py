"""Days and times of a header."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from vivomap.acquire.moments import around_the_clock, clock, day, joined, moment, offset_of, seconds_between, zone
from vivomap.core import Refusal

EAST = timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("20240229", date(2024, 2, 29)),
        ("2024.02.29", date(2024, 2, 29)),
        ("20230229", None),
        ("202402", None),
        ("", None),
    ],
)
def test_a_day_is_a_day_of_the_calendar_or_nothing(text: str, value: date | None) -> None:
    assert day(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1135", time(11, 35)),
        ("113507.25", time(11, 35, 7, 250000)),
        ("11:35:07", time(11, 35, 7)),
        ("235960", time(23, 59, 59)),
        ("11", None),
        ("246000", None),
        ("11350", None),
        ("11h35", None),
    ],
)
def test_a_time_names_at_least_the_minute(text: str, value: time | None) -> None:
    assert clock(text) == value


@pytest.mark.parametrize(
    ("text", "hours"), [("+0100", 1), ("-0530", -5.5), ("+1400", 14), ("+1500", None), ("0100", None)]
)
def test_an_offset_is_one_that_dicom_allows(text: str, hours: float | None) -> None:
    assert zone(text) == (None if hours is None else timezone(timedelta(hours=hours)))


def test_the_offset_of_a_moment_goes_before_that_of_the_object() -> None:
    assert moment("20240305080000+0000", EAST) == datetime(2024, 3, 5, 8, tzinfo=UTC)
    assert moment("20240305080000", EAST) == datetime(2024, 3, 5, 8, tzinfo=EAST)
    assert moment("20240305080000", None) == datetime(2024, 3, 5, 8)
    assert moment("20240305080000+9900", None) is None
    assert moment("20240305", None) is None


def test_the_offset_of_an_object_is_read_or_absent() -> None:
    ds = Dataset()
    assert offset_of(ds) is None
    ds.TimezoneOffsetFromUTC = "+0100"
    assert offset_of(ds) == EAST
    assert joined(None, time(8), EAST) is None


def test_one_time_with_an_offset_and_one_without_are_not_compared() -> None:
    with pytest.raises(Refusal) as caught:
        seconds_between(datetime(2024, 3, 5, 8), datetime(2024, 3, 5, 9, tzinfo=EAST))
    assert caught.value.code == "mixed_time_zones"


@given(st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)), st.integers(-20, 20), st.floats(0, 86399))
def test_whole_days_leave_the_clock_alone(at: datetime, days: int, seconds: float) -> None:
    later = at + timedelta(days=days, seconds=seconds)
    assert around_the_clock(seconds_between(at, later)) == pytest.approx(seconds, abs=1e-4)


@given(st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)))
def test_a_moment_written_is_the_moment_read(at: datetime) -> None:
    assert moment(at.strftime("%Y%m%d%H%M%S.%f"), None) == at
    assert joined(day(at.strftime("%Y%m%d")), clock(at.strftime("%H%M%S.%f")), None) == at
