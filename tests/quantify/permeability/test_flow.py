"""Flow and permeability apart, and when they cannot be told apart."""

import numpy as np
import pytest

from vivomap.core import Refusal
from vivomap.quantify.permeability.flow import exchange_ps, exchange_ve, exchange_vp, plasma_flow, reached
from vivomap.quantify.permeability.leakage import ktrans
from vivomap.quantify.permeability.tissue import tissue

NUMBERS = (plasma_flow, exchange_ps, exchange_vp, exchange_ve)


@pytest.mark.parametrize("number", NUMBERS, ids=lambda f: f.__name__)
def test_the_truth_of_the_phantom_is_found(flowing, number):
    found = number(*flowing.needs)
    assert found.value == pytest.approx(flowing.truth[number.__name__], rel=0.05)
    assert found.uncertainty < 0.05 * found.value


def test_the_map_has_the_mean_of_the_number(flowing):
    found = plasma_flow(*flowing.needs)
    inside = found.detail.voxels.array[0][flowing.region.mask.array]
    assert np.nanmedian(inside) == pytest.approx(found.value, rel=0.1)


def test_slow_flow_is_not_taken_for_a_later_arrival(flowing):
    assert abs(reached(*flowing.needs).delay) < 0.5
    assert tissue(*flowing.needs).delay > 1


def test_the_tofts_number_there_is_between_flow_and_permeability(flowing):
    truth = flowing.truth
    expected = truth["plasma_flow"] * truth["exchange_ps"] / (truth["plasma_flow"] + truth["exchange_ps"])
    assert ktrans(*flowing.needs).value == pytest.approx(expected, rel=0.25)


def test_slow_frames_are_refused(leaking):
    with pytest.raises(Refusal) as refused:
        plasma_flow(*leaking.needs)
    assert refused.value.code == "time_steps_long"


def test_each_voxel_scatters_by_its_own_doubt(flowing):
    inside = flowing.region.mask.array
    values, doubts = plasma_flow(*flowing.needs).detail.voxels.array[:, inside]
    assert 0.7 < np.nanstd(values) / np.nanmedian(doubts) < 1.5
