"""The measures of the body against published values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivomap.core import Refusal
from vivomap.maths.body import (
    body_surface_m2,
    ideal_body_weight_kg,
    lean_body_mass_james_kg,
    lean_body_mass_kg,
)

WEIGHTS, HEIGHTS = st.floats(40, 120), st.floats(1.5, 2.0)


def test_the_published_values_are_met() -> None:
    assert lean_body_mass_kg(70, 1.75, "M") == pytest.approx(55.86, abs=0.005)
    assert lean_body_mass_kg(60, 1.65, "F") == pytest.approx(39.29, abs=0.005)
    assert lean_body_mass_james_kg(70, 1.75, "M") == pytest.approx(56.52, abs=0.005)
    assert lean_body_mass_james_kg(60, 1.65, "F") == pytest.approx(44.63, abs=0.005)
    assert body_surface_m2(70, 1.75) == pytest.approx(1.848, abs=0.0005)
    assert ideal_body_weight_kg(1.75, "M") == pytest.approx(48 + 1.06 * 23)
    assert ideal_body_weight_kg(1.52, "F") == 45.5


@given(WEIGHTS, HEIGHTS)
def test_the_sex_other_is_the_mean_of_both(weight: float, height: float) -> None:
    for lean in (lean_body_mass_kg, lean_body_mass_james_kg):
        assert lean(weight, height, "O") == pytest.approx((lean(weight, height, "M") + lean(weight, height, "F")) / 2)


@given(st.floats(16, 60), HEIGHTS, st.sampled_from("MFO"))
def test_lean_mass_is_a_part_of_the_weight_and_grows_with_it(bmi: float, height: float, sex: str) -> None:
    weight = bmi * height**2
    lean = lean_body_mass_kg(weight, height, sex)
    assert 0 < lean < weight
    assert lean_body_mass_kg(weight + 1, height, sex) > lean


def test_james_turns_back_in_the_very_obese_as_known() -> None:
    peak = 43.0  # kg/m2, men; methods A3
    at = [lean_body_mass_james_kg(bmi * 1.75**2, 1.75, "M") for bmi in (peak - 1, peak, peak + 1)]
    assert at[1] > at[0]
    assert at[1] > at[2]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: lean_body_mass_kg(70, 1.75, ""), "no_sex"),
        (lambda: ideal_body_weight_kg(1.75, "U"), "no_sex"),
        (lambda: lean_body_mass_kg(0, 1.75, "M"), "no_weight"),
        (lambda: body_surface_m2(float("nan"), 1.75), "no_weight"),
        (lambda: body_surface_m2(70, -1), "no_height"),
        (lambda: ideal_body_weight_kg(float("inf"), "M"), "no_height"),
        (lambda: lean_body_mass_james_kg(300, 1.6, "M"), "implausible_pet_header"),
        (lambda: ideal_body_weight_kg(1.0, "M"), "implausible_pet_header"),
    ],
)
def test_a_body_that_cannot_be_measured_is_refused(call: object, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        call()  # type: ignore[operator]
    assert caught.value.code == code
