from collections.abc import Callable

import pytest

from vivomap.acquire.dicom.plane import Plane, acquired, seconds
from vivomap.core import Refusal

Make = Callable[..., Plane]


def test_two_moments_of_one_day_differ_by_their_seconds() -> None:
    one, other = seconds("20200131", "103000.5"), seconds("20200131", "103100")
    assert one is not None
    assert other is not None
    assert other - one == pytest.approx(59.5)


def test_midnight_between_two_days_is_no_step_back() -> None:
    assert (seconds("20200201", "000010") or 0) - (seconds("20200131", "235950") or 0) == pytest.approx(20)


@pytest.mark.parametrize("text", ["", "99", "2561", "noon"])
def test_a_time_that_cannot_be_read_is_none(text: str) -> None:
    assert seconds("20200131", text) is None


def test_the_date_time_goes_before_date_and_time(plane: Make) -> None:
    stamped = plane(AcquisitionDateTime="20200131103000+0100", AcquisitionDate="20200131", AcquisitionTime="120000")
    assert acquired(stamped) == seconds("20200131", "103000")
    assert acquired(plane(AcquisitionDate="20200131", AcquisitionTime="120000")) == seconds("20200131", "120000")
    assert acquired(plane()) is None


def test_a_plane_says_its_numbers_and_refuses_what_is_none(plane: Make) -> None:
    one = plane(Rows="6", Columns="5", EchoTime="x")
    assert one.shape == (6, 5)
    assert one.number("TriggerTime") is None
    with pytest.raises(Refusal):
        one.number("EchoTime")
