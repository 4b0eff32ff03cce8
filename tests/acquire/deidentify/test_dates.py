from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivomap.acquire.deidentify.dates import clock, day, moment, span

DAYS = st.dates(date(1911, 1, 1), date(2200, 1, 1))
MOMENTS = st.datetimes(datetime(1911, 1, 1), datetime(2200, 1, 1))
SHIFT = st.integers(1, 3650)


@given(DAYS, DAYS, SHIFT)
def test_the_interval_between_any_two_dates_is_kept(one: date, other: date, days: int) -> None:
    told = [datetime.strptime(day(d.strftime("%Y%m%d"), days), "%Y%m%d").date() for d in (one, other)]
    assert told[1] - told[0] == other - one
    assert told[0] == one - timedelta(days)


@given(MOMENTS, MOMENTS, SHIFT)
def test_the_seconds_between_any_two_moments_are_kept(one: datetime, other: datetime, days: int) -> None:
    form = "%Y%m%d%H%M%S.%f"
    told = [datetime.strptime(moment(m.strftime(form), days), form) for m in (one, other)]
    assert told[1] - told[0] == other - one
    assert told[0].time() == one.time()


@given(DAYS, SHIFT)
def test_a_date_and_a_date_time_of_one_day_stay_one_day(one: date, days: int) -> None:
    text = one.strftime("%Y%m%d")
    assert moment(text + "2359+0100", days) == day(text, days) + "2359+0100"


def test_a_scan_over_midnight_still_crosses_it() -> None:
    assert (moment("20240304234000", 64), day("20240305", 64)) == ("20231231234000", "20240101")


@pytest.mark.parametrize(
    "text", ["", "2024", "202403", "20240231", "00000000", "Doe", "20240101x", "2024010112345678901"]
)
def test_what_cannot_be_moved_is_taken_away(text: str) -> None:
    assert day(text, 5) == moment(text, 5) == ""


def test_old_forms_of_a_date_are_read() -> None:
    assert day("2024.03.05", 1) == "20240304"
    assert span("20240305-20240306", 1) == "20240304-20240305"
    assert span("20240305-", 1) == "20240304-"


@pytest.mark.parametrize(("text", "told"), [("235959.123456", "235959.123456"), ("09:00:00", "09:00:00"), ("Doe", "")])
def test_a_time_of_day_stays(text: str, told: str) -> None:
    assert clock(text) == told
