"""The brain with labelled blood: its integral against the closed form, and what it says of itself."""

import numpy as np
import pytest

from vivomap.acquire.phantom.arterial_spin_labelling import LAMBDA, T1_BLOOD, Labelled, labelled, left, pulsed


def test_the_integral_of_the_label_is_its_closed_form_once_all_has_arrived():
    closed = 2 * 0.85 / LAMBDA / 6000 * T1_BLOOD * np.exp(-1.8 / T1_BLOOD) * (1 - np.exp(-1.8 / T1_BLOOD))
    assert left(Labelled()) == pytest.approx(closed, rel=1e-5)
    closed = 2 * 0.98 / LAMBDA / 6000 * 0.8 * np.exp(-1.8 / T1_BLOOD)
    assert left(Labelled(labelling="PASL", label=0.8, image=1.8, arrival=0.6)) == pytest.approx(closed, rel=1e-5)


def test_label_that_has_not_arrived_is_missing():
    assert left(Labelled(arrival=2.7)) < 0.8 * left(Labelled(arrival=1.8)) == pytest.approx(0.8 * left(Labelled()))


def test_the_context_names_each_frame_and_control_is_brighter():
    for phantom in (labelled(Labelled(snr=0)), labelled(Labelled(snr=0, first="control"))):
        (asl,), (region,), _ = phantom
        words = asl.text("asl_context").split()
        assert len(words) == len(asl.frames) == 61
        mean = [asl.voxels.array[k][region.mask.array].mean() for k in range(3)]
        assert mean[words.index("m0")] > mean[words.index("control")] > mean[words.index("label")]


def test_a_seed_repeats_itself():
    assert pulsed(1)[0][0].voxels == pulsed(1)[0][0].voxels != pulsed(2)[0][0].voxels
