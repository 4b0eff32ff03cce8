"""kPL and the ratio of areas: bias at SNR 20, what flips and T1 do, the mask, the gate."""

from dataclasses import replace

import numpy as np
import pytest

from vivomap.acquire.phantom.hyperpolarised import Injection, injected
from vivomap.core import Refusal, Region, Voxels
from vivomap.quantify.hyperpolarised import DIM, kpl, lactate_ratio


def with_settings(image, *names, **more):
    kept = {k: v for k, v in image.settings if k not in names}
    return replace(image, settings=tuple({**kept, **more}.items()))


@pytest.mark.parametrize("rate", [0.005, 0.02, 0.05])
@pytest.mark.parametrize("flips", [(20.0, 20.0), (8.0, 30.0)])
def test_without_noise_the_rate_is_found_within_one_percent(rate, flips):
    (pyruvate, lactate), (region,), _ = injected(0, 0.0, Injection(kpl=rate, flips_deg=flips))
    assert kpl(pyruvate, lactate, region).value == pytest.approx(rate, rel=0.01)


def test_at_snr_20_the_bias_of_single_voxels_is_below_five_percent():
    maps = []
    for seed in range(10):
        (pyruvate, lactate), (region,), _ = injected(0, 1.0)
        rng = np.random.default_rng(seed)
        sd = 0.05 * lactate.voxels.array.max() / 1.3
        noisy = [
            replace(i, voxels=Voxels.of(i.voxels.array + sd * rng.standard_normal(i.voxels.array.shape)))
            for i in (pyruvate, lactate)
        ]
        maps.append(kpl(*noisy, region).detail.voxels.array[0][region.mask.array])
    assert np.concatenate(maps).mean() == pytest.approx(0.02, rel=0.05)


def test_the_ratio_of_areas_is_the_truths_within_a_percent():
    for seed in range(3):
        (pyruvate, lactate), (region,), truth = injected(seed, 0.0)
        assert lactate_ratio(pyruvate, lactate, region).value == pytest.approx(truth["lactate_ratio"], rel=0.01)


@pytest.mark.parametrize(("angle", "ratio"), [(0.01, 0.500), (20.0, 0.329)])
def test_the_published_ratios_of_methods_a13_are_met(angle, ratio):
    scan = Injection(t1_lactate_s=25.0, flips_deg=(angle, angle), frames=140)
    (pyruvate, lactate), (region,), _ = injected(0, 0.0, scan)
    assert lactate_ratio(pyruvate, lactate, region).value == pytest.approx(ratio, abs=2e-3)


def test_what_a_wrong_flip_angle_or_t1_would_do_is_told():
    (pyruvate, lactate), (region,), _ = injected(0, 0.0)
    said = dict(kpl(pyruvate, lactate, region).settings)
    assert said["kpl_at_flip_less_20"] < 0.02 < said["kpl_at_flip_more_20"]
    assert said["kpl_at_t1_30"] < 0.02 < said["kpl_at_t1_25"]
    wrong = injected(0, 0.0, Injection(flip_scale=1.2))[0]
    assert kpl(*wrong, region).value == pytest.approx(said["kpl_at_flip_less_20"], rel=0.05)


def test_without_the_correction_for_pulses_the_rate_is_far_too_low():
    (pyruvate, lactate), (region,), _ = injected(0, 0.0)
    blind = [with_settings(i, flip_deg=0.01) for i in (pyruvate, lactate)]
    assert kpl(*blind, region).value < 0.75 * 0.02


def test_a_known_t1_and_flip_angle_leave_noise_alone_in_doubt():
    (pyruvate, lactate), (region,), _ = injected(0)
    sure = with_settings(lactate, t1_lactate_s=27.5, flip_doubt_percent=0.0)
    assert kpl(pyruvate, sure, region).uncertainty < 0.3 * kpl(pyruvate, lactate, region).uncertainty


def test_a_scan_that_begins_late_finds_the_same_rate():
    (pyruvate, lactate), (region,), _ = injected(0, 0.0)
    late = [replace(i, voxels=Voxels.of(i.voxels.array[6:]), frames=i.frames[6:]) for i in (pyruvate, lactate)]
    assert kpl(*late, region).value == pytest.approx(0.02, rel=0.01)


def test_voxels_whose_lactate_is_dim_are_masked_and_a_region_of_them_is_refused():
    (pyruvate, lactate), (region,), _ = injected(0)
    dark = np.array(lactate.voxels.array)
    edge = region.mask.array & (np.arange(8) == 2)
    dark[:, edge] -= injected(0, 0.0)[0][1].voxels.array[:, edge]
    dimmed = replace(lactate, voxels=Voxels.of(dark))
    found = kpl(pyruvate, dimmed, region)
    assert dict(found.settings)["voxels_dim"] == np.count_nonzero(edge)
    assert np.isnan(found.detail.voxels.array[0][edge]).all()
    only = Region("edge", Voxels.of(edge), "", "", region.affine)
    with pytest.raises(Refusal) as refused:
        kpl(pyruvate, dimmed, only)
    assert (refused.value.code, refused.value.expected) == ("lactate_dim", f"above {DIM:g}")


def test_frames_flips_and_size_are_held():
    (pyruvate, lactate), (region,), _ = injected(0)
    one = np.zeros(lactate.shape, bool)
    one[1, 3, 3] = True
    tiny = Region("one", Voxels.of(one), "", "", region.affine)
    short = replace(lactate, voxels=Voxels.of(lactate.voxels.array[:5]), frames=lactate.frames[:5])
    moved = replace(lactate, frames=tuple(f + 1 for f in lactate.frames))
    for images, where, code in (
        ((pyruvate, lactate), tiny, "too_few_voxels"),
        ((pyruvate, short), region, "few_time_points"),
        ((pyruvate, moved), region, "frame_times_unknown"),
        ((pyruvate, with_settings(lactate, "flip_deg")), region, "setting_absent"),
        ((pyruvate, with_settings(lactate, flip_deg=95.0)), region, "bad_setting"),
        ((pyruvate, with_settings(lactate, flip_deg_frames="20 20")), region, "bad_setting"),
    ):
        with pytest.raises(Refusal) as refused:
            kpl(*images, where)
        assert refused.value.code == code


def test_flip_angles_may_change_from_frame_to_frame():
    (pyruvate, lactate), (region,), _ = injected(0)
    even = " ".join(["20"] * 30)
    named = [with_settings(i, "flip_deg", flip_deg_frames=even) for i in (pyruvate, lactate)]
    assert kpl(*named, region).value == kpl(pyruvate, lactate, region).value


def test_magnitudes_are_flagged():
    (pyruvate, lactate), (region,), _ = injected(0)
    assert [f.code for f in kpl(pyruvate, with_settings(lactate, signal="magnitude"), region).flags] == [
        "magnitude_floor"
    ]


@pytest.mark.long
def test_of_a_thousand_intervals_93_to_97_percent_hold_the_truth():
    held = {"kpl": 0, "lactate_ratio": 0}
    for seed in range(1000):
        (pyruvate, lactate), (region,), truth = injected(seed)
        for name, found in (
            ("kpl", kpl(pyruvate, lactate, region)),
            ("lactate_ratio", lactate_ratio(pyruvate, lactate, region)),
        ):
            held[name] += abs(found.value - truth[name]) <= 1.96 * found.uncertainty
    assert all(930 <= n <= 970 for n in held.values())


def test_each_part_of_the_doubt_is_what_it_moves_the_rate_by():
    (pyruvate, lactate), (region,), _ = injected(0, 0.0)
    exact = with_settings(lactate, noise_sd=1e-9)
    sure, longer, by_flip, by_t1 = (
        kpl(pyruvate, with_settings(exact, **said), region)
        for said in (
            {"t1_lactate_s": 27.5, "flip_doubt_percent": 0.0},
            {"t1_lactate_s": 27.5 + 5 / 12**0.5, "flip_doubt_percent": 0.0},
            {"t1_lactate_s": 27.5, "flip_doubt_percent": 20.0},
            {"flip_doubt_percent": 0.0},
        )
    )
    assert sure.uncertainty < 1e-6
    assert by_flip.uncertainty == pytest.approx(dict(sure.settings)["kpl_at_flip_more_20"] - sure.value)
    assert by_t1.uncertainty == pytest.approx(sure.value - longer.value)


def test_the_mean_of_more_voxels_rises_further_out_of_the_noise():
    (pyruvate, lactate), (region,), _ = injected(0, 0.0)
    named = with_settings(lactate, noise_sd=1.0)
    total = lactate.voxels.array[:, region.mask.array].mean(axis=1).sum() / len(lactate.frames) ** 0.5
    loud = replace(named, voxels=Voxels.of(10 * DIM / total * lactate.voxels.array))
    assert dict(kpl(pyruvate, loud, region).settings)["lactate_snr"] == pytest.approx(
        10 * DIM * region.voxel_count**0.5
    )
