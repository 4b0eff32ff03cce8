"""Enhancement against three shells, and against a site's own maps of a real breast."""

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vivomap.acquire.phantom.enhancement import Shells, three_shells
from vivomap.core import Image, Refusal, Region, Voxels, affine_of
from vivomap.quantify.enhancement import (
    functional_tumour_volume,
    moments,
    percent_enhancement,
    signal_enhancement_ratio,
)

NUMBERS = (percent_enhancement, signal_enhancement_ratio, functional_tumour_volume)


@pytest.mark.parametrize("noise", [0.0, 4.0, 12.0])
@pytest.mark.parametrize("seed", range(3))
def test_every_number_finds_its_truth(noise, seed):
    (dce,), (region,), truth = three_shells(Shells(noise=noise), seed)
    for compute in NUMBERS:
        found = compute(dce, region)
        assert abs(found.value - truth[compute.__name__]) < 2.5 * found.uncertainty, compute.__name__
        assert found.uncertainty < 0.03 * found.value, compute.__name__


@given(st.floats(0.01, 50))
@settings(max_examples=15, deadline=None)
def test_scaling_the_signal_changes_nothing(factor):
    (dce,), (region,), _ = three_shells()
    scaled = replace(dce, voxels=Voxels.of(dce.voxels.array * factor))
    for compute in NUMBERS:
        assert compute(scaled, region).value == pytest.approx(compute(dce, region).value, rel=1e-4)


@pytest.mark.parametrize("snr", [10, 30])
def test_a_mean_of_noisy_ratios_is_in_doubt_by_what_noise_adds_to_it(snr):
    dce, region = cube(100, 220, 200)
    rng = np.random.default_rng(snr)
    misses = {"percent_enhancement": 0, "signal_enhancement_ratio": 0}
    for _ in range(20):
        parts = rng.normal(0, 100 / snr, (2, *dce.voxels.array.shape))
        noisy = replace(dce, voxels=Voxels.of(np.hypot(dce.voxels.array + parts[0], parts[1])))
        for compute, truth in ((percent_enhancement, 120.0), (signal_enhancement_ratio, 1.2)):
            found = compute(noisy, region)
            misses[compute.__name__] += abs(found.value - truth) > 2 * found.uncertainty
    assert max(misses.values()) <= 3


def cube(*signals: float) -> tuple[Image, Region]:
    series = np.stack([np.full((4, 5, 5), s) for s in signals])
    times = tuple(60.0 * i for i in range(len(signals)))
    dce = Image("dce", Voxels.of(series), "1", affine_of(np.eye(4)), frames=times, frame_unit="s")
    return dce, Region("lesion", Voxels.of(np.ones((4, 5, 5), bool)))


def test_of_many_time_points_without_times_none_is_taken_for_early():
    dce, region = cube(100, 180, 250, 240, 220)
    numbered = replace(dce, frames=(0.0, 1.0, 2.0, 3.0, 4.0), frame_unit="1")
    with pytest.raises(Refusal) as refused:
        percent_enhancement(numbered, region)
    assert refused.value.code == "frame_times_unknown"
    three, _ = cube(100, 180, 250)
    found = percent_enhancement(replace(three, frames=(0.0, 1.0, 2.0), frame_unit=""), region)
    assert found.value == pytest.approx(80)
    assert "early_s" not in dict(found.settings), "a number of a time point is no second"


def test_a_late_signal_that_does_not_exceed_the_first_has_no_ratio_and_is_never_zero():
    dce, region = cube(100, 200, 100)
    assert percent_enhancement(dce, region).value == 100
    with pytest.raises(Refusal) as refused:
        signal_enhancement_ratio(dce, region)
    assert refused.value.code == "too_few_voxels"
    found = functional_tumour_volume(dce, region)
    assert found.value == 0
    assert dict(found.settings)["undefined"] == 100


def test_air_before_contrast_is_left_out_and_counted():
    dce, region = cube(100, 200, 250)
    series = np.array(dce.voxels.array)
    series[0, :, :2] = 0
    found = percent_enhancement(replace(dce, voxels=Voxels.of(series)), region)
    assert found.value == pytest.approx(100)
    assert found.flags[0].code == "left_out"
    assert np.isnan(found.detail.voxels.array[:, :2]).all()


def test_a_lone_voxel_is_no_tumour():
    dce, region = cube(100, 110, 120)
    series = np.array(dce.voxels.array, float)
    series[1:, 2, 2, 2] = 300
    assert functional_tumour_volume(replace(dce, voxels=Voxels.of(series)), region).value == 0
    series[1:, 2, 2, 3] = 300
    found = functional_tumour_volume(replace(dce, voxels=Voxels.of(series)), region)
    assert found.value == pytest.approx(0.002)


def test_the_moments_of_three_are_plain_and_of_many_are_flagged():
    assert moments((0.0, 400.0, 700.0)) == (0, 1, 2, ())
    many = moments(tuple(20.0 * i for i in range(30)))
    assert many[:3] == (0, 6, 29)
    assert many.flags[0].code == "contrast_time_assumed"


def test_too_few_time_points_are_refused():
    two, region = cube(100, 200)
    assert percent_enhancement(two, region).value == 100
    one, _ = cube(100)
    for compute, series in (
        (signal_enhancement_ratio, two),
        (functional_tumour_volume, two),
        (percent_enhancement, one),
        (percent_enhancement, two.at(0)),
    ):
        with pytest.raises(Refusal) as refused:
            compute(series, region)
        assert refused.value.code == "few_time_points"


def planes(folder: Path) -> dict[str, dict[float, object]]:
    """The planes of a folder by content time and place along x."""
    pydicom = pytest.importorskip("pydicom")
    found: dict[str, dict[float, object]] = defaultdict(dict)
    for file in folder.glob("*.dcm"):
        plane = pydicom.dcmread(file)
        found[plane.ContentTime][round(float(plane.ImagePositionPatient[0]), 2)] = plane
    return found


def test_the_maps_of_a_real_breast_are_those_of_the_site(data: Path):
    pydicom = pytest.importorskip("pydicom")
    patient = data / "dce_breast_nact" / "UCSF-BR-06"
    times = planes(patient / "dce")
    order = sorted(next(iter(times.values())))
    series = np.stack([[times[t][x].pixel_array for x in order] for t in sorted(times)])
    (site_pe,), (site_ser,) = planes(patient / "pe1").values(), planes(patient / "ser").values()
    theirs_pe = np.stack([site_pe[x].pixel_array for x in order])
    theirs_ser = np.stack([site_ser[x].pixel_array * float(site_ser[x].RescaleSlope) for x in order])
    seg = pydicom.dcmread(next((patient / "seg").glob("*.dcm")))
    mask = np.zeros(series.shape[1:], bool)
    for frame, item in zip(seg.pixel_array, seg.PerFrameFunctionalGroupsSequence, strict=True):
        x = round(float(item.PlanePositionSequence[0].ImagePositionPatient[0]), 2)
        if x in order:
            mask[order.index(x)] = frame > 127
    affine = affine_of(np.diag([2.0, 0.703125, 0.703125, 1.0]))
    dce = Image("dce", Voxels.of(series), "1", affine, frames=(0.0, 407.0, 761.0), frame_unit="s")
    region = Region("breast", Voxels.of(mask), affine=affine)
    pe, ser = percent_enhancement(dce, region), signal_enhancement_ratio(dce, region)
    ours = np.maximum(np.floor(pe.detail.voxels.array[mask]), 0)
    assert np.array_equal(ours, theirs_pe[mask])
    shown = mask & (theirs_ser > 0)
    assert shown.sum() > 20000
    assert np.abs(np.minimum(ser.detail.voxels.array, 3)[shown] - theirs_ser[shown]).max() < 0.001
    ftv = functional_tumour_volume(dce, region)
    count = round(ftv.value * 1000 / region.voxel_mm3)
    lone = dict(ftv.settings)["lone_voxels"]
    assert count + lone == np.count_nonzero(mask & (theirs_pe >= 70) & np.isfinite(ser.detail.voxels.array))
