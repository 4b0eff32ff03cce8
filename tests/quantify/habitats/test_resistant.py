"""The resistant sub-region."""

from dataclasses import replace

import numpy as np
import pytest

from vivomap.acquire.phantom.habitats import RESISTANT, grid, placed
from vivomap.core import Course, Missing, Refusal, Study
from vivomap.maths.agreement import dice
from vivomap.quantify import measure_one
from vivomap.quantify.habitats.features import WCV, Maps
from vivomap.quantify.habitats.resistant import VOLUME, low_water_high_uptake_low_blood, resistant, resistant_volume

from .conftest import SMALL


def test_the_rule_asks_all_three():
    level = np.linspace(0, 1, 100)
    every = np.arange(100)
    found = low_water_high_uptake_low_blood(level, 1 - level, level, every)
    assert np.array_equal(found, level < np.percentile(level, 25))
    assert not low_water_high_uptake_low_blood(level, level**2, level, every).any()
    assert not low_water_high_uptake_low_blood(level, 1 - level, 1 - level, every).any()


def test_the_sub_region_is_the_resistant_habitat(ball):
    (suv, adc, ktrans), (lesion, _), truth = ball
    found = resistant_volume(suv, adc, lesion, ktrans, None)
    chance, error = found.detail.voxels.array
    kind = placed(SMALL, grid(SMALL, np.array([0.2, -0.3, 0.4])))
    assert dice(np.nan_to_num(chance) >= 0.7, kind == RESISTANT) > 0.9
    assert abs(found.value - truth["resistant_volume"]) < 2 * found.uncertainty
    assert np.isnan(chance[~lesion.mask.array]).all()
    assert np.nanmax(error) <= 0.05 + 1e-6
    assert found.detail.number("boost_from") == 0.7


def test_features_that_repeat_worse_make_more_voxels_doubtful(ball, monkeypatch):
    (suv, adc, ktrans), (lesion, _), _ = ball
    doubtful = []
    for factor in (0.0, 1.0, 2.0):
        worse = {role: factor * wcv for role, wcv in WCV.items()}
        monkeypatch.setattr("vivomap.quantify.habitats.resistant.WCV", worse)
        chance = resistant.__wrapped__(Maps(suv, adc, ktrans), lesion).chance
        doubtful.append(np.count_nonzero((chance > 0.05) & (chance < 0.95)))
    assert doubtful[0] < doubtful[1] < doubtful[2]


def test_without_perfusion_or_adc_it_is_missing_and_says_so(ball):
    (suv, adc, ktrans), (lesion, reference), _ = ball
    with pytest.raises(Refusal, match="Ktrans or rCBV"):
        resistant(Maps(suv, adc), lesion)
    study = Study("P", None, (suv, ktrans), (lesion, reference))
    missing = measure_one(VOLUME, Course(study), lesion)
    assert isinstance(missing, Missing)
    assert (missing.code, "adc" in missing.reason) == ("not_imaged", True)


def test_a_region_of_few_voxels_is_refused(ball):
    (suv, adc, ktrans), (lesion, _), _ = ball
    few = np.zeros_like(lesion.mask.array)
    few[tuple(np.argwhere(lesion.mask.array)[:30].T)] = True
    with pytest.raises(Refusal) as refused:
        resistant(Maps(suv, adc, ktrans), replace(lesion, mask=type(lesion.mask).of(few)))
    assert refused.value.code == "too_few_voxels"
