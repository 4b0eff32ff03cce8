"""The brain with a bolus: its closed forms against plain integration, and what its sequences do to leakage."""

import numpy as np
import pytest

from vivomap.acquire.phantom.perfusion import BRIGHTER, DARKER, NONE, WHITE, Brain, blood, perfused, signal, washed

FINE = np.arange(0, 100, 0.01)


@pytest.mark.parametrize("away", [0.0, 0.05, 0.2, 1 / 3])
def test_the_closed_form_of_a_washed_out_bolus_is_its_integral(away):
    summed = np.convolve(blood(FINE), np.exp(-away * FINE))[: len(FINE)] * 0.01
    assert np.allclose(washed(FINE, away), summed, atol=0.02 * summed.max())
    assert washed(FINE, away)[:5] == pytest.approx(0, abs=1e-4)


def test_all_that_comes_in_leaves_again():
    late = np.array([400.0])
    volume = washed(late, 0.2)[0] * 0.2
    assert volume == pytest.approx(blood(late)[0], rel=0.02)


def test_tissue_without_leakage_is_only_darker_and_leakage_by_itself_may_be_brighter():
    brain, t = Brain(), np.arange(80) * 1.5
    tight, bright, dark = (signal(brain, t, WHITE, 5.0, leak) for leak in (NONE, BRIGHTER, DARKER))
    assert tight.max() <= 1
    assert bright[-1] > 1 > tight[-1] > dark[-1]
    assert np.allclose(tight[:20], 1)


def test_noise_and_seed_are_as_asked():
    (one,), _, _ = perfused(Brain(snr=50.0), 1)
    (same,), _, _ = perfused(Brain(snr=50.0), 1)
    (other,), _, _ = perfused(Brain(snr=50.0), 2)
    assert one.voxels == same.voxels
    assert one.voxels != other.voxels
    inside = one.voxels.array[:20, 1:-1, 22:34, 28:40]
    assert inside.std() == pytest.approx(20, rel=0.05)
    assert inside.mean() == pytest.approx(1000, rel=0.01)


def test_leakage_by_the_brighter_and_the_darker_way_has_opposite_signs_in_its_truth():
    assert perfused(Brain(leak=BRIGHTER))[2]["leakage_k2"] > 0 > perfused(Brain(leak=DARKER))[2]["leakage_k2"]
    assert perfused(Brain(leak=NONE))[2]["leakage_k2"] == 0
