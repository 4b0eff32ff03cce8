"""The target of CT against that of PET and MR."""

import numpy as np
import pytest

from vivomap.acquire.phantom.two_targets import Pair, two_targets
from vivomap.core import Refusal
from vivomap.quantify.habitats.target import Ranked, target_overlap, worst

SMALL = Pair(radius_mm=15.0, step_mm=2.5)


def of(pair: Pair, noise: float = 1.0):
    (ct, suv, adc, ktrans), (region,), truth = two_targets(pair, 3, noise)
    return target_overlap(ct, suv, adc, region, ktrans, None), truth["target_overlap"]


@pytest.mark.parametrize("angle", [0.0, 45.0, 90.0])
def test_the_overlap_of_the_two_caps_is_found(angle):
    found, truth = of(Pair(15.0, 5.0, angle, 2.5))
    assert abs(found.value - truth) < 2 * found.uncertainty
    said = dict(found.settings)
    assert 0.85 < said["repeat"] <= said["repeat_ct"] <= 1.0


def test_a_noisier_ct_repeats_worse():
    calm, loud = of(SMALL, 1.0)[0], of(SMALL, 4.0)[0]
    assert dict(loud.settings)["repeat_ct"] < dict(calm.settings)["repeat_ct"]
    assert loud.uncertainty > calm.uncertainty


def test_the_worst_quarter_is_a_quarter_whatever_the_scale():
    values = np.random.default_rng(0).normal(size=200)
    one = worst((Ranked(values, np.zeros(200), 1.0),))
    assert one.sum() == 50
    assert values[one].min() > values[~one].max()
    assert np.array_equal(one, worst((Ranked(np.exp(values), np.zeros(200), 1.0),)))


def test_without_perfusion_there_is_no_call():
    (ct, suv, adc, _), (region,), _ = two_targets(SMALL)
    with pytest.raises(Refusal) as refused:
        target_overlap(ct, suv, adc, region, None, None)
    assert refused.value.code == "not_imaged"
