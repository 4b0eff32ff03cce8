from datetime import date

import pytest

from vivomap.acquire.phantom.hot_sphere import HotSphere
from vivomap.acquire.phantom.hot_truth import Seen, lean_share, lesions
from vivomap.acquire.phantom.outlines import Drawn
from vivomap.acquire.phantom.series import Person
from vivomap.acquire.phantom.solids import Solid

BALL = Solid((0, 0, 0), (16, 16, 16))
DRAWN = [Drawn("lesion_1 lung", "lung", "2.25.1", (BALL,)), Drawn("liver", "liver", "2.25.2", (BALL,))]


def person(sex: str, height: float) -> Person:
    return Person("p", "n", sex, date(1970, 1, 1), height)


def test_lean_mass_agrees_with_the_published_examples() -> None:
    assert 70 * lean_share(person("M", 1.75), 70) == pytest.approx(55.86, abs=0.01)  # methods A3
    assert 60 * lean_share(person("F", 1.65), 60) == pytest.approx(39.29, abs=0.01)


def test_every_number_has_a_unit_and_room_for_noise() -> None:
    seen = Seen(HotSphere(16.0, 10.0, 0.5, 2.55), 1e-3, 40.0, person("M", 1.78), 72.0, 21.0)
    lesion, liver = lesions(DRAWN, seen, 0.03)
    assert lesion.number("suv_max").value == 10
    assert lesion.number("suv_max").tolerance > 5 * 0.03
    assert lesion.number("tlg").value == pytest.approx(
        lesion.number("mtv_41").value * seen.sphere.mean_within(seen.sphere.radius_at(4.1))
    )
    assert lesion.number("mtv_fixed").value == pytest.approx(lesion.number("mtv_41").value, rel=0.02)
    assert liver.number("liver_sul").value < liver.number("suv_mean").value


def test_without_noise_the_room_is_that_of_the_voxels_alone() -> None:
    seen = Seen(HotSphere(16.0, 10.0, 0.5, 2.55), 1e-3, 40.0, person("M", 1.78), 72.0, 21.0)
    lesion, _ = lesions(DRAWN, seen, 0.0)
    assert lesion.number("suv_max").tolerance == pytest.approx(0.01)
    assert lesion.number("mtv_41").tolerance == pytest.approx(0.025 * lesion.number("mtv_41").value, rel=1e-3)
