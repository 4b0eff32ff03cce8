"""The habitats of the ball, of one tissue, and of moved PET."""

from dataclasses import replace

import numpy as np
import pytest

from vivomap.acquire.phantom.habitats import Ball, grid, habitats, placed, shares
from vivomap.core import Refusal, Voxels
from vivomap.maths.agreement import adjusted_rand
from vivomap.maths.mixture import fit, labels, posterior
from vivomap.maths.neighbours import leaned
from vivomap.quantify.habitats.features import Maps, features
from vivomap.quantify.habitats.parting import entropy, ordered, part, parted

from .conftest import SMALL

OFFSET = np.array([0.2, -0.3, 0.4])


def truth(ball: Ball, region) -> np.ndarray:
    return placed(ball, grid(ball, OFFSET))[region.mask.array]


def test_the_habitats_are_those_of_the_ball_and_the_hottest_comes_first(ball, made):
    _, (lesion, _), _ = ball
    assert adjusted_rand(truth(SMALL, lesion), made.labels) > 0.87
    assert made.shares == pytest.approx(shares(SMALL), abs=0.04)
    assert list(made.mixture.means[:, 0]) == sorted(made.mixture.means[:, 0], reverse=True)
    assert sum(made.odds.values()) == pytest.approx(1.0)


def test_chances_lean_to_the_neighbours(made, found):
    alone = posterior(made.mixture, found.z)
    assert made.chances == pytest.approx(leaned(alone, found.held, 0.15))
    assert np.abs(made.chances - alone).max() > 0.01


def test_without_noise_and_blur_nothing_is_mistaken():
    sharp = replace(SMALL, psf_mm=0.0)
    images, (lesion, reference), _ = habitats(sharp, noise=0.05)
    made = part(features(Maps(*images), lesion, reference))
    assert adjusted_rand(truth(sharp, lesion), made.labels) > 0.97


def test_one_tissue_is_not_parted():
    images, (lesion, reference), _ = habitats(replace(SMALL, kinds=1))
    with pytest.raises(Refusal) as refused:
        parted(Maps(*images), lesion, reference)
    assert refused.value.code == "habitats_unstable"
    assert "bootstrap" in refused.value.found


def test_two_millimetres_of_misregistration_cost_little_and_more_costs_more(ball, made):
    _, (lesion, _), _ = ball
    found = {0.0: adjusted_rand(truth(SMALL, lesion), made.labels)}
    for shift in (2.0, 6.0):
        images, (_, reference), _ = habitats(replace(SMALL, shift_mm=shift))
        moved = features(Maps(*images), lesion, reference)
        found[shift] = adjusted_rand(truth(SMALL, lesion), labels(fit(moved.z[moved.calm], 3, 0, 4), moved.z))
    assert abs(found[2.0] - found[0.0]) < 0.1
    assert found[6.0] < found[2.0]


def test_the_order_of_voxels_and_parts_changes_nothing(ball, made):
    (suv, adc, ktrans), (lesion, reference), _ = ball
    turned = [replace(i, voxels=Voxels.of(i.voxels.array[:, ::-1, ::-1])) for i in (suv, adc, ktrans)]
    masks = [replace(r, mask=Voxels.of(r.mask.array[:, ::-1, ::-1])) for r in (lesion, reference)]
    again = part(features(Maps(*turned), *masks))
    assert again.shares == pytest.approx(made.shares, abs=0.02)
    mixed = made.mixture._replace(means=made.mixture.means[::-1], weights=made.mixture.weights[::-1])
    assert ordered(mixed).means == pytest.approx(made.mixture.means)


def test_entropy_in_bits():
    assert entropy(np.array([0.5, 0.5])) == 1.0
    assert entropy(np.array([1.0, 0.0])) == 0.0
