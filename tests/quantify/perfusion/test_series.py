"""What a perfusion series must be before anything is measured on it, and which brain is the reference."""

from dataclasses import replace

import numpy as np
import pytest

from vivomap.acquire.phantom.perfusion import DARKER, NONE, Brain, perfused
from vivomap.core import Refusal, Voxels
from vivomap.quantify.perfusion.series import parts, prepared, within


def refusal(dsc):
    with pytest.raises(Refusal) as refused:
        prepared(dsc)
    return refused.value.code


def test_the_reference_is_brain_that_does_not_leak():
    (leaking,), regions, _ = perfused(Brain(snr=0, leak=DARKER))
    (tight,), _, _ = perfused(Brain(snr=0, leak=NONE))
    lesion = regions[0].mask.array
    found = prepared(leaking)
    inside = tight.voxels.array[:, found.brain & ~lesion & ~regions[2].mask.array]
    change = np.log(inside[0] / inside).mean(axis=1) / 0.03
    assert np.allclose(found.shared.curve, change, rtol=0.03, atol=0.02)


def test_the_parts_of_brain_that_does_not_leak_are_nearly_none():
    (dsc,), regions, _ = perfused(Brain(snr=0, mtt=(5.0, 5.0, 5.0)))
    series = prepared(dsc)
    white = within(series, regions[1], dsc, "white matter").columns
    assert np.abs(parts(series).k2[white]).max() < 2e-4


def test_a_series_that_cannot_be_measured_says_why(quiet, with_series):
    (dsc,), _, _ = quiet
    array, frames = dsc.voxels.array, dsc.frames

    def told(**fields):
        return refusal(with_series(quiet, **fields)[0][0])

    assert refusal(replace(dsc, voxels=Voxels.of(array[0]), frames=())) == "few_time_points"
    assert told(frame_unit="1") == "frame_times_unknown"
    assert told(frames=(*frames[:40], *(t + 1 for t in frames[40:]))) == "uneven_frames"
    assert told(frames=tuple(1.4 * t for t in frames)) == "slow_frames"
    assert told(settings=()) == "setting_absent"
    assert told(array=array[:27], frames=frames[:27]) == "first_pass_incomplete"
    assert told(array=array[18:], frames=frames[18:]) == "short_baseline"
    still = np.repeat(array[:1], 80, axis=0) + np.random.default_rng(0).normal(0, 1, array.shape)
    assert told(array=np.abs(still)) == "bolus_absent"


def test_a_brain_that_leaks_throughout_has_no_reference(quiet, with_series):
    (dsc,), _, _ = quiet
    t = np.array(dsc.frames)
    rng = np.random.default_rng(0)
    leak = np.maximum(t - 30, 0)[:, None, None, None] * rng.choice([-0.006, 0, 0.006], dsc.shape)
    assert refusal(with_series(quiet, array=dsc.voxels.array * np.exp(leak))[0][0]) == "reference_leaks"


def test_a_region_of_few_or_noisy_voxels_is_refused(noisy, quiet):
    (dsc,), (lesion, *_), _ = noisy
    series = prepared(dsc)
    few = lesion.mask.array & (np.cumsum(lesion.mask.array).reshape(dsc.shape) <= 19)
    air = np.zeros(dsc.shape, bool)
    air[0] = True
    for mask in (few, air):
        with pytest.raises(Refusal) as refused:
            within(series, replace(lesion, mask=Voxels.of(mask)), dsc, "rCBV")
        assert refused.value.code == "too_few_voxels"
    (poor,), _, _ = perfused(Brain(snr=20.0))
    with pytest.raises(Refusal) as refused:
        within(prepared(poor), lesion, poor, "rCBV")
    assert refused.value.code == "noisy_series"


def test_voxels_of_a_region_outside_the_brain_are_left_out_and_told(noisy):
    (dsc,), (lesion, *_), _ = noisy
    wider = lesion.mask.array.copy()
    wider[:, :, -2:] = wider[1:-1, 6:18, 24:44].any()
    found = within(prepared(dsc), replace(lesion, mask=Voxels.of(wider)), dsc, "rCBV")
    assert [f.code for f in found.flags] == ["left_out"]
    assert found.columns.size == lesion.voxel_count
