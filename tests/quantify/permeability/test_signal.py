"""The gates of a contrast series, the arrival of contrast, and concentration."""

from dataclasses import replace

import numpy as np
import pytest

from vivomap.core import Refusal
from vivomap.quantify.permeability.signal import (
    arrival,
    concentration,
    constants,
    course,
    risen,
    timed,
    voxel_noise,
)


def refusal(call, *given):
    with pytest.raises(Refusal) as refused:
        call(*given)
    return refused.value.code


def test_a_knee_is_found_between_frames():
    times = np.arange(0, 60, 2.0)
    for knee in (11.0, 14.3, 21.7):
        curve = 100 + 30 * np.clip((times - knee) / 10, 0, 1)
        assert arrival(times, curve) == pytest.approx(knee, abs=0.3)
        noisy = curve + np.random.default_rng(0).normal(0, 0.3, len(times))
        assert arrival(times, noisy) == pytest.approx(knee, abs=1.0)


def test_a_curve_that_does_not_rise_has_no_arrival():
    noise = 100 + np.random.default_rng(0).normal(0, 1, 40)
    assert refusal(arrival, np.arange(40.0), noise) == "no_enhancement"
    assert refusal(arrival, np.arange(40.0), np.full(40, 7.0)) == "no_enhancement"


def test_frames_before_the_arrival_are_counted_and_too_few_are_refused():
    times = np.arange(0, 90, 3.0)
    late, early = (100 + 30 * np.clip((times - knee) / 10, 0, 1) for knee in (22.0, 10.0))
    assert course(times, late).baseline == 7
    assert refusal(course, times, early) == "few_baseline_frames"


def test_times_must_be_seconds_that_rise_and_lie_near_enough(leaking):
    dce = leaking.dce
    assert refusal(timed, replace(dce, frame_unit="")) == "frame_times_unknown"
    assert refusal(timed, replace(dce, frames=dce.frames[::-1])) == "frame_times_unknown"
    assert refusal(timed, replace(dce, frames=tuple(5 * t for t in dce.frames))) == "time_steps_long"
    assert timed(dce)[:3] == pytest.approx([0, 3, 6])


def test_slow_frames_are_flagged():
    times = np.arange(0, 300, 7.0)
    curve = 100 + 30 * np.clip((times - 50) / 10, 0, 1)
    assert [f.code for f in course(times, curve).flags] == ["time_steps_coarse"]


def test_constants_are_those_of_the_series_or_are_taken_with_a_doubt(leaking):
    given = constants(leaking.dce)
    assert (given.relaxivity, given.relaxivity_doubt, given.haematocrit_doubt, given.flags) == (4.5, 0, 0, ())
    taken = constants(replace(leaking.dce, settings=()))
    assert (taken.relaxivity_doubt, taken.haematocrit_doubt) == (0.1, 0.03)
    assert [f.code for f in taken.flags] == ["constant_assumed"] * 2


def test_concentration_is_nothing_before_the_contrast_and_needs_the_sequence(quiet):
    inside = quiet.region.mask.array
    signals = quiet.dce.voxels.array[:, inside].T[:50]
    when = course(timed(quiet.dce), signals.mean(axis=0))
    made = concentration(signals, np.full(50, 1200.0), quiet.dce, when, constants(quiet.dce))
    assert np.abs(made[:, : when.baseline]).max() < 1e-3
    assert made.max() > 0.1
    bare = replace(quiet.dce, settings=())
    assert refusal(concentration, signals, np.full(50, 1200.0), bare, when, constants(bare)) == "setting_absent"
    assert np.isnan(concentration(signals, np.zeros(50), quiet.dce, when, constants(quiet.dce))).all()


def test_the_noise_of_a_voxel_is_told_by_its_frames_before_the_contrast():
    signals = 50 + np.random.default_rng(0).normal(0, 2, (400, 30))
    assert voxel_noise(signals, 8) == pytest.approx(2, rel=0.05)
    assert risen(signals, 8, 0.1)[:, 8:] == pytest.approx(1.1 * signals[:, 8:])
    assert np.array_equal(risen(signals, 8, 0.1)[:, :8], signals[:, :8])
