from collections.abc import Callable
from datetime import date

import pytest

from vivomap.acquire.dicom.days import day_of, study_day
from vivomap.acquire.dicom.plane import Plane

Make = Callable[..., Plane]


def test_an_image_has_the_day_it_was_acquired(plane: Make) -> None:
    one = plane(AcquisitionDate="20010805", SeriesDate="20010901", StudyDate="20010902")
    assert day_of([one]) == (date(2001, 8, 5), ())
    assert day_of([plane(SeriesDate="20010901", StudyDate="20010902")])[0] == date(2001, 9, 1)
    assert day_of([plane(StudyDate="2001.09.02")])[0] == date(2001, 9, 2)
    assert day_of([plane(AcquisitionDateTime="20010805101500", StudyDate="20010902")])[0] == date(2001, 8, 5)
    assert day_of([plane()]) == (None, ())


@pytest.mark.parametrize("text", ["20120000", "2012", "201203", "20200230", "18200101", "soon"])
def test_an_impossible_or_partial_date_is_no_date_and_not_replaced(text: str, plane: Make) -> None:
    found, flags = day_of([plane(AcquisitionDate=text, StudyDate="20120105")])
    assert found is None
    assert [f.code for f in flags] == ["bad_date"]
    assert study_day([text], [date(2012, 1, 5)])[0] is None


def test_a_series_over_midnight_has_the_day_it_began(plane: Make) -> None:
    assert day_of([plane(AcquisitionDate=d) for d in ("20200201", "20200131")])[0] == date(2020, 1, 31)


def test_a_study_without_a_date_has_that_of_its_first_image() -> None:
    found, flags = study_day(["", ""], [date(2020, 2, 1), date(2020, 1, 31)])
    assert found == date(2020, 1, 31)
    assert [f.code for f in flags] == ["study_date_absent"]
    assert study_day([""], [date(2020, 2, 1), None])[0] is None
    assert [f.code for f in study_day([""], [])[1]] == ["no_date"]


def test_study_dates_that_differ_are_told() -> None:
    found, flags = study_day(["20200201", "20200131"], [])
    assert found == date(2020, 1, 31)
    assert [f.code for f in flags] == ["study_dates_differ"]
