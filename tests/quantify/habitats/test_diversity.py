"""Numbers that are read from the map of habitats."""

from dataclasses import replace

import numpy as np
import pytest

from vivomap.core import Refusal, Voxels
from vivomap.quantify.habitats.count import habitats
from vivomap.quantify.habitats.diversity import habitat_entropy, habitat_hottest, habitat_largest, shares_of


@pytest.fixture(scope="module")
def mapped(ball):
    (suv, adc, ktrans), (lesion, reference), _ = ball
    return habitats(suv, lesion, reference, adc, ktrans, None, None).detail


def test_every_share_is_said_and_they_sum_to_one(ball, mapped):
    _, (lesion, _), truth = ball
    found = shares_of(mapped, lesion)
    assert found.each.sum() == pytest.approx(1.0)
    said = dict(found.settings)
    assert [said[f"share_{k}"] for k in (1, 2, 3)] == pytest.approx(found.each)
    for compute, name in (
        (habitat_entropy, "habitat_entropy"),
        (habitat_largest, "habitat_largest"),
        (habitat_hottest, "habitat_hottest"),
    ):
        number = compute(mapped, lesion)
        assert abs(number.value - truth[name]) < 2.5 * number.uncertainty


def test_the_names_of_the_habitats_mean_nothing_to_entropy_and_largest(ball, mapped):
    _, (lesion, _), _ = ball
    labels = mapped.voxels.array.copy()
    labels[0] = np.array([np.nan, 3, 1, 2])[np.nan_to_num(labels[0]).astype(int)]
    renamed = replace(mapped, voxels=Voxels.of(labels))
    for compute in (habitat_entropy, habitat_largest):
        assert compute(renamed, lesion).value == pytest.approx(compute(mapped, lesion).value)


def test_an_empty_region_and_one_beside_the_map_are_refused(ball, mapped):
    _, (lesion, reference), _ = ball
    with pytest.raises(Refusal) as refused:
        habitat_entropy(mapped, replace(lesion, mask=Voxels.of(np.zeros_like(lesion.mask.array))))
    assert refused.value.code == "empty_region"
    with pytest.raises(Refusal) as refused:
        habitat_entropy(mapped, reference)
    assert refused.value.code == "outside_image"
