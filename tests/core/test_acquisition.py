"""What is asked of an image, what it tells, and what follows where it was taken otherwise."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from vivomap.core import FLAGGED, NOT_COMPARABLE, REFUSED, Asked, Image, Refusal, Voxels, deviations
from vivomap.core.acquisition import COMPARISON, differ, untold, value_of

EYE = ((5.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))
DWI = Image("dwi", Voxels.of(np.zeros((3, 2, 2, 2))), "1", EYE, (0.0, 500.0, 800.0), "s/mm2", (("te_ms", 62.0),))
SUV = Image("suv", Voxels.of(np.zeros((2, 2, 2))), "1", EYE, settings=(("uptake_min", 74.0), ("kernel", "B30f")))


def asked(setting: str, consequence: str = FLAGGED, role: str = "suv", **more: object) -> Asked:
    return Asked(role, setting, "project", consequence, **more)  # type: ignore[arg-type]


def test_within_its_limits_nothing_is_said() -> None:
    assert deviations((asked("uptake_min", unit="min", low=50, high=75),), SUV) == ()
    assert deviations((asked("uptake_min", unit="min", low=74),), SUV) == ()
    assert deviations((asked("kernel", words=("b30F", "B40f")),), SUV) == ()


def test_what_rounding_alone_moves_over_a_limit_is_within_it() -> None:
    near = replace(SUV, settings=(("uptake_min", 75.00000001),))
    assert deviations((asked("uptake_min", unit="min", high=75),), near) == ()
    over = replace(SUV, settings=(("uptake_min", 75.01),))
    assert len(deviations((asked("uptake_min", unit="min", high=75),), over)) == 1


@pytest.mark.parametrize("consequence", [FLAGGED, NOT_COMPARABLE, REFUSED])
def test_outside_the_deviation_says_what_was_found_and_asked(consequence: str) -> None:
    (found,) = deviations((asked("uptake_min", consequence, unit="min", low=50, high=70),), SUV)
    assert found.said == "the time from injection to scan is 74 min, asked is 50 to 70 min"
    assert (found.flag.code, found.flag.denies) == ("off_protocol", COMPARISON if consequence == NOT_COMPARABLE else "")
    (kernel,) = deviations((asked("kernel", words=("B60f",)),), SUV)
    assert kernel.said == "the reconstruction kernel is B30f, asked is B60f"


def test_another_role_or_an_untold_setting_is_no_deviation() -> None:
    wants = (asked("uptake_min", role="ct", high=1.0), asked("weight_kg", high=1.0))
    assert deviations(wants, SUV) == ()
    assert [a.setting for a in untold(wants, SUV)] == ["weight_kg"]


@pytest.mark.parametrize(("setting", "value"), [("b_max", 800), ("b_count", 3), ("te_ms", 62), ("slice_mm", 5)])
def test_frames_and_grid_tell_what_no_header_says(setting: str, value: float) -> None:
    assert value_of(DWI, setting) == value
    bent = asked(setting, role="dwi", high=1.0)
    assert len(deviations((bent,), DWI)) == 1


def test_times_give_the_longest_step_and_a_cine_its_rate() -> None:
    dce = Image("dce", DWI.voxels, "1", EYE, (0.0, 4.0, 12.0), "s")
    assert value_of(dce, "frame_s") == 8
    assert value_of(dce, "frame_rate") is None
    cine = replace(dce, role="cine", frames=(0.0, 20.0, 40.0), frame_unit="ms")
    assert value_of(cine, "frame_rate") == pytest.approx(50)
    assert value_of(replace(cine, settings=(("frame_rate", 43.0),)), "frame_rate") == 43
    assert value_of(SUV, "frame_s") is None


@pytest.mark.parametrize(
    ("day", "said", "unit", "age"),
    [
        (date(2026, 3, 31), "2026-03-01", "kV", 30.0),
        (date(2026, 2, 28), "2026-03-01", "kV", -1.0),
        (date(2026, 3, 31), "2026-03-01", "keV", None),
        (date(2026, 3, 31), "lately", "kV", None),
        (None, "2026-03-01", "kV", None),
    ],
)
def test_a_calibration_is_as_old_as_its_day_says(day: date | None, said: str, unit: str, age: float | None) -> None:
    image = replace(DWI, role="spectral_ct", day=day, frame_unit=unit, settings=(("calibrated_on", said),))
    assert value_of(image, "calibration_days") == age


def test_two_visits_differ_by_more_than_is_asked_or_do_not() -> None:
    near = asked("te_ms", unit="ms", apart=10.0)
    assert not differ(near, 62.0, 72.0)
    assert differ(near, 62.0, 73.0)
    assert differ(asked("kernel", apart=0.0), "B30f", "B60f")
    assert not differ(asked("kernel"), "B30f", "B60f")


def test_an_acquisition_needs_a_consequence_that_is_known_and_a_source() -> None:
    for bad in ({"consequence": "ignored"}, {"source": ""}):
        with pytest.raises(Refusal):
            Asked("ct", "kvp", **{"source": "project", **bad})  # type: ignore[arg-type]
