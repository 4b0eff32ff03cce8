"""The body as a PET header gives it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from vivomap.acquire.suv.body import Body, body_of, doubts, height_needed, measures, to_body_weight, weight_needed
from vivomap.core import Refusal


def code_of(call: object, *arguments: object) -> str:
    with pytest.raises(Refusal) as caught:
        call(*arguments)  # type: ignore[operator]
    return caught.value.code


def test_zero_is_as_good_as_absent_and_a_strange_sex_is_none() -> None:
    ds = Dataset()
    ds.PatientWeight, ds.PatientSize, ds.PatientSex = 0, 0, "X"
    assert body_of(ds) == Body(None, None, "")
    assert code_of(weight_needed, body_of(ds)) == "no_weight"
    assert code_of(height_needed, body_of(ds)) == "no_height"
    assert measures(body_of(ds)) == ()


def test_another_unit_is_refused_where_it_is_needed() -> None:
    assert code_of(weight_needed, Body(70_000, 1.75, "M")) == "implausible_pet_header"
    assert code_of(height_needed, Body(70, 175, "M")) == "implausible_pet_header"
    assert code_of(weight_needed, Body(-70, 1.75, "M")) == "implausible_pet_header"


def test_a_height_that_cannot_be_is_left_out_and_told() -> None:
    body = Body(70, 175, "M")
    assert dict(measures(body)) == {"weight_kg": 70, "sex": "M"}
    assert [f.code for f in doubts(body)] == ["height_doubtful"]


@pytest.mark.parametrize("body", [Body(3.5, 0.5, "F"), Body(300, 1.8, "M"), Body(25, 1.8, "M"), Body(240, 1.5, "F")])
def test_an_unusual_body_is_told(body: Body) -> None:
    assert {f.code for f in doubts(body)} == {"weight_doubtful"}


@given(st.floats(45, 120), st.floats(1.5, 2.0), st.sampled_from("MFO"))
def test_each_suv_becomes_that_by_weight_by_one_ratio(weight: float, height: float, sex: str) -> None:
    body, cm = Body(weight, height, sex), 100 * height
    assert to_body_weight("BW", Body(None, None, "")) == 1
    assert to_body_weight("BSA", body) == pytest.approx(weight * 1000 / (71.84 * weight**0.425 * cm**0.725))
    assert to_body_weight("LBMJANMA", body) == pytest.approx(1 / _share(weight, height, sex))


def _share(weight: float, height: float, sex: str) -> float:
    bmi = weight / height**2
    shares = {"M": 9270 / (6680 + 216 * bmi), "F": 9270 / (8780 + 244 * bmi)}
    return shares.get(sex, sum(shares.values()) / 2)


def test_an_unknown_type_is_refused_before_anything_is_asked_of_the_body() -> None:
    assert code_of(to_body_weight, "LBM", Body(None, None, "")) == "unknown_suv_type"
    assert code_of(to_body_weight, "IBW", Body(70, 1.75, "")) == "no_sex"
    assert code_of(to_body_weight, "BSA", Body(70, None, "M")) == "no_height"
