"""Centile and shares of rCBV against a tumour whose blood volume rises evenly."""

import numpy as np
import pytest

from vivomap.acquire.phantom.perfusion import NONE, Brain, perfused


@pytest.mark.parametrize("name", ["rcbv_p90", "ftb_1_00", "ftb_1_75"])
@pytest.mark.parametrize("snr", [60.0, 100.0, 300.0])
def test_the_truth_is_held_at_any_noise(name, snr, ask):
    phantom = perfused(Brain(snr=snr))
    found = ask(name, phantom)
    assert abs(found.value - phantom[2][name]) < 2 * found.uncertainty


def test_without_noise_or_leakage_the_shares_are_those_of_the_grid(ask):
    phantom = perfused(Brain(snr=0, leak=NONE, mtt=(5.0, 5.0, 5.0)))
    assert ask("ftb_1_00", phantom).value == pytest.approx(80)
    assert ask("ftb_1_75", phantom).value == pytest.approx(40, abs=5.01)  # the threshold lies on a column of voxels
    assert ask("rcbv_p90", phantom).value == pytest.approx(2.4, abs=0.06)


def test_the_share_counts_the_voxels_of_the_map(noisy, ask):
    _, (lesion, *_), _ = noisy
    chart = ask("rcbv", noisy).detail.voxels.array[0][lesion.mask.array]
    for name, threshold in (("ftb_1_00", 1.0), ("ftb_1_75", 1.75)):
        assert ask(name, noisy).value == pytest.approx(100 * np.mean(chart >= threshold), abs=0.01)
        assert dict(ask(name, noisy).settings)["threshold"] == threshold


def test_white_matter_has_nothing_above_the_high_threshold(noisy, ask):
    found = ask("ftb_1_75", noisy, "nawm")
    assert found.value == 0
    assert found.uncertainty > 0
