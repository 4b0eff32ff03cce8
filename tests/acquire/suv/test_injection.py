"""What was injected and when."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from vivomap.acquire.suv.injection import half_life_s, injected_bq, injection, tracer_name, tracer_of
from vivomap.core import Refusal

F18, ZR89 = 6588.0, 282_276.0
SCAN = datetime(2024, 3, 5, 0, 30)


def tracer(**attributes: object) -> Dataset:
    item = Dataset()
    for keyword, value in attributes.items():
        setattr(item, keyword, value)
    return item


def nuclide(meaning: str, seconds: float) -> Dataset:
    coded = tracer(CodeMeaning=meaning, CodeValue="1", CodingSchemeDesignator="SCT")
    return tracer(RadionuclideHalfLife=seconds, RadionuclideCodeSequence=[coded])


def code_of(call: object, *arguments: object) -> str:
    with pytest.raises(Refusal) as caught:
        call(*arguments)  # type: ignore[operator]
    return caught.value.code


def test_a_dose_is_bq_and_a_small_one_is_mbq_and_says_so() -> None:
    assert injected_bq(tracer(RadionuclideTotalDose=370e6)) == (370e6, ())
    dose, flags = injected_bq(tracer(RadionuclideTotalDose=370))
    assert dose == 370e6
    assert [f.code for f in flags] == ["dose_in_mbq"]


@pytest.mark.parametrize("dose", [0, -1, None])
def test_no_dose_is_no_dose(dose: float | None) -> None:
    assert code_of(injected_bq, tracer(RadionuclideTotalDose=dose)) == "no_dose"


@pytest.mark.parametrize("dose", [1e4, 370e3, 0.5, 2e10])
def test_a_dose_in_another_unit_is_refused(dose: float) -> None:
    assert code_of(injected_bq, tracer(RadionuclideTotalDose=dose)) == "implausible_pet_header"


@pytest.mark.parametrize(
    ("meaning", "seconds"),
    [("18F", 6588), ("^18^Fluorine", 6586.2), ("F-18", 6580), ("Ga-68", 4080), ("^68^Gallium", 4057), ("Zr89", ZR89)],
)
def test_a_half_life_that_is_that_of_its_nuclide_is_taken(meaning: str, seconds: float) -> None:
    assert half_life_s(nuclide(meaning, seconds)) == seconds


@pytest.mark.parametrize(("meaning", "seconds"), [("18F", 109.77), ("18F", 4080), ("Ga-68", 6588), ("11C", 6588)])
def test_a_half_life_of_another_nuclide_or_unit_is_refused(meaning: str, seconds: float) -> None:
    assert code_of(half_life_s, nuclide(meaning, seconds)) == "implausible_pet_header"


def test_a_half_life_is_never_guessed() -> None:
    assert code_of(half_life_s, tracer(Radiopharmaceutical="FDG")) == "no_half_life"
    assert half_life_s(nuclide("a nuclide without a number", 5000)) == 5000
    assert code_of(half_life_s, tracer(RadionuclideHalfLife=1e6)) == "implausible_pet_header"


def test_the_tracer_is_called_by_its_code_or_in_words() -> None:
    coded = tracer(CodeMeaning="Fluorodeoxyglucose F^18^")
    assert tracer_name(tracer(RadiopharmaceuticalCodeSequence=[coded])) == "Fluorodeoxyglucose F^18^"
    assert tracer_name(tracer(Radiopharmaceutical="FDG")) == "FDG"
    assert tracer_name(Dataset()) == ""
    assert code_of(tracer_of, Dataset()) == "no_dose"


def test_a_time_alone_belongs_to_the_day_of_the_scan_or_the_evening_before() -> None:
    evening = injection(Dataset(), tracer(RadiopharmaceuticalStartTime="233000"), F18, SCAN)
    assert (evening.seconds, evening.at, evening.flags) == (3600, datetime(2024, 3, 4, 23, 30), ())
    same = injection(Dataset(), tracer(RadiopharmaceuticalStartTime="000000"), F18, SCAN)
    assert same.seconds == 1800


@pytest.mark.parametrize(("minutes", "known"), [(360, True), (361, False), (1439, False)])
def test_midnight_is_crossed_for_six_hours_and_no_longer(minutes: int, known: bool) -> None:
    item = tracer(RadiopharmaceuticalStartTime=(SCAN - timedelta(minutes=minutes)).strftime("%H%M%S"))
    if known:
        assert injection(Dataset(), item, F18, SCAN).seconds == 60 * minutes
    else:
        assert code_of(injection, Dataset(), item, F18, SCAN) == "bad_uptake_time"


def test_the_date_time_goes_before_the_time_and_their_quarrel_is_told() -> None:
    item = tracer(RadiopharmaceuticalStartDateTime="20240304233000", RadiopharmaceuticalStartTime="230000")
    found = injection(Dataset(), item, F18, SCAN)
    assert found.seconds == 3600
    assert [f.code for f in found.flags] == ["injection_doubtful"]


def test_a_nuclide_of_days_needs_the_day() -> None:
    four_days = tracer(RadiopharmaceuticalStartDateTime="20240301003000")
    assert injection(Dataset(), four_days, ZR89, SCAN).seconds == 4 * 86400
    assert code_of(injection, Dataset(), tracer(RadiopharmaceuticalStartTime="003000"), ZR89, SCAN) == "bad_uptake_time"
    years = tracer(RadiopharmaceuticalStartDateTime="20200301003000")
    assert code_of(injection, Dataset(), years, ZR89, SCAN) == "bad_uptake_time"


@given(st.integers(-20_000, 20_000).filter(bool), st.floats(0, 5.9 * 3600))
def test_a_shift_of_whole_days_changes_nothing_but_the_doubt(days: int, seconds: float) -> None:
    at = SCAN - timedelta(seconds=seconds, days=days)
    found = injection(Dataset(), tracer(RadiopharmaceuticalStartDateTime=at.strftime("%Y%m%d%H%M%S.%f")), F18, SCAN)
    assert found.seconds == pytest.approx(seconds, abs=1e-3)
    assert [f.code for f in found.flags] == ["injection_doubtful"]


@given(st.floats(60, 17 * 3600))
def test_an_injection_after_the_scan_gives_no_number(late: float) -> None:
    at = (SCAN + timedelta(seconds=late)).strftime("%Y%m%d%H%M%S.%f")
    assert code_of(injection, Dataset(), tracer(RadiopharmaceuticalStartDateTime=at), F18, SCAN) == "bad_uptake_time"


def test_ten_half_lives_leave_no_image() -> None:
    item = tracer(RadiopharmaceuticalStartTime="000000")
    assert code_of(injection, Dataset(), item, 122.0, SCAN) == "bad_uptake_time"
