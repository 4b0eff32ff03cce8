"""Uptake against the blurred hot sphere, its closed form, and the laws that any uptake must keep."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vivomap.acquire.phantom.uptake import LEAN, Sphere, hot_sphere, profile
from vivomap.core import Flag, Image, Refusal, Region, Voxels, affine_of
from vivomap.quantify import uptake
from vivomap.quantify.uptake import liver_sul, liver_sul_sd, mtv_41, mtv_fixed, sul_peak, suv_max, suv_mean, tlg

NUMBERS = (suv_max, suv_mean, sul_peak, mtv_41, mtv_fixed, tlg)


def test_the_phantoms_curve_is_the_closed_form_at_its_centre_and_the_blurred_ball_elsewhere():
    assert profile(np.array([0.0]), 6, 3).item() == pytest.approx(0.7385, abs=5e-5)
    assert profile(np.array([0.01]), 6, 3).item() == pytest.approx(0.7385, abs=1e-4)


def test_a_small_sphere_recovers_what_its_blur_leaves():
    sphere = Sphere(6, 3, 1.0, 0.0, (1, 1, 1), (0, 0, 0), 0.0, 12)
    (suv,), (region, _), _ = hot_sphere(sphere)
    assert suv_max(suv, region).value == pytest.approx(0.7385, abs=1e-4)


@pytest.mark.parametrize("blur", [1.0, 2.0, 3.0])
@pytest.mark.parametrize("spacing", [(3.27, 2.5, 2.5), (4.0, 4.0, 4.0), (2.0, 2.0, 2.0)])
def test_the_peak_of_a_large_sphere_is_its_true_mean(blur, spacing):
    sphere = Sphere(6.2 + 3 * blur + 3, blur, 8.0, 1.0, spacing, noise=0.0)
    (suv,), (region, _), _ = hot_sphere(sphere)
    found = sul_peak(suv, region)
    assert found.value == pytest.approx(8.0 * LEAN, rel=2e-3)


@pytest.mark.parametrize("seed", range(6))
def test_every_uptake_finds_its_truth_in_noise_and_anywhere_on_the_grid(seed):
    rng = np.random.default_rng(seed)
    sphere = Sphere(offset=tuple(rng.uniform(-0.5, 0.5, 3)), noise=0.1)
    (suv,), (region, liver), truth = hot_sphere(sphere, seed)
    for compute in NUMBERS:
        found = compute(suv, region)
        assert abs(found.value - truth[compute.__name__]) < 2.5 * found.uncertainty, compute.__name__
        assert found.uncertainty < 0.07 * found.value, compute.__name__
    for compute in (liver_sul, liver_sul_sd):
        found = compute(suv, liver)
        assert abs(found.value - truth[compute.__name__]) < 2.5 * found.uncertainty, compute.__name__


@given(st.floats(0.1, 20))
@settings(max_examples=15, deadline=None)
def test_scaling_the_uptake_scales_every_number_but_the_relative_volume(factor):
    (suv,), (region, _), _ = hot_sphere(Sphere(noise=0.0))
    scaled = replace(suv, voxels=Voxels.of(suv.voxels.array * factor))
    for compute in (suv_max, suv_mean, sul_peak, tlg):
        assert compute(scaled, region).value == pytest.approx(factor * compute(suv, region).value)
    assert mtv_41(scaled, region).value == pytest.approx(mtv_41(suv, region).value)


def test_flips_change_no_uptake():
    (suv,), (region, _), _ = hot_sphere()
    flip = np.s_[::-1, :, ::-1]
    mirrored = replace(suv, voxels=Voxels.of(suv.voxels.array[flip]))
    drawn = replace(region, mask=Voxels.of(region.mask.array[flip]))
    for compute in NUMBERS:
        assert compute(mirrored, drawn).value == pytest.approx(compute(suv, region).value)


def test_glycolysis_is_mean_times_volume_and_says_its_threshold():
    (suv,), (region, _), _ = hot_sphere()
    volume, total = mtv_41(suv, region), tlg(suv, region)
    threshold = dict(total.settings)["threshold"]
    hot = region.mask.array & (suv.voxels.array >= threshold)
    assert threshold == pytest.approx(0.41 * suv_max(suv, region).value)
    assert total.value == pytest.approx(suv.voxels.array[hot].mean() * volume.value)


def test_nothing_above_a_fixed_threshold_is_a_volume_of_zero():
    (suv,), (_, liver), _ = hot_sphere()
    found = mtv_fixed(suv, liver)
    assert found.value == 0
    assert found.uncertainty > 0


def test_the_calibration_is_in_every_doubt_and_a_declared_one_replaces_it():
    (suv,), (region, _), _ = hot_sphere()
    undeclared = replace(suv, settings=tuple(s for s in suv.settings if s[0] != "calibration_percent"))
    for compute in (suv_max, suv_mean, sul_peak):
        sure, usual = compute(suv, region), compute(undeclared, region)
        added = np.sqrt(usual.uncertainty**2 - sure.uncertainty**2)
        assert added == pytest.approx(uptake.CALIBRATION / 100 * usual.value)


@pytest.mark.parametrize("lost", ["weight_kg", "height_m", "sex"])
def test_a_body_that_is_not_known_gives_suv_and_no_sul(lost):
    (suv,), (region, liver), _ = hot_sphere()
    bare = replace(suv, settings=tuple(s for s in suv.settings if s[0] != lost))
    assert suv_max(bare, region).value > 0
    for compute, drawn in ((sul_peak, region), (liver_sul, liver)):
        with pytest.raises(Refusal) as refused:
            compute(bare, drawn)
        assert refused.value.code == "setting_absent"


def test_a_sphere_of_one_cm3_needs_millimetres_and_room():
    (suv,), (region, _), _ = hot_sphere()
    lost = replace(suv, refusals=(Flag("spacing_not_trusted", "no spacing", "mm"),))
    with pytest.raises(Refusal) as refused:
        sul_peak(lost, region)
    assert refused.value.code == "spacing_not_trusted"
    edge = replace(region, mask=Voxels.of(np.indices(suv.shape)[0] < 4))
    assert sul_peak(suv, edge).flags[0].code == "peak_at_edge"
    border = replace(region, mask=Voxels.of(np.indices(suv.shape)[0] < 1))
    with pytest.raises(Refusal) as refused:
        sul_peak(suv, border)
    assert refused.value.code == "peak_outside"


def test_the_liver_is_measured_in_a_sphere_of_three_centimetres_where_there_is_room():
    (suv,), (_, liver), _ = hot_sphere()
    large = liver_sul(suv, liver)
    assert dict(large.settings)["place"] == "3 cm sphere deepest in the region"
    ball = dict(large.settings)["voxels"] * liver.voxel_mm3
    assert ball == pytest.approx(4 / 3 * math.pi * 15**3, rel=0.05)
    ring = replace(liver, mask=Voxels.of(liver.mask.array & (np.indices(suv.shape)[0] % 2 == 0)))
    assert dict(liver_sul(suv, ring).settings)["place"] == "whole region"


def test_an_empty_region_has_no_uptake():
    image = Image("suv", Voxels.of(np.ones((3, 3, 3))), "g/ml{SUVbw}", affine_of(np.eye(4)))
    region = Region("lesion", Voxels.of(np.zeros((3, 3, 3), bool)))
    for compute in (suv_max, suv_mean, mtv_41, mtv_fixed, tlg):
        with pytest.raises(Refusal) as refused:
            compute(image, region)
        assert refused.value.code == "empty_region"


def test_a_voxel_without_a_number_gives_no_uptake_and_of_no_uptake_there_is_no_part():
    (suv,), (region, _), _ = hot_sphere(Sphere(noise=0.0))
    values = suv.voxels.array.copy()
    values[tuple(np.argwhere(region.mask.array)[0])] = np.nan
    for compute in NUMBERS:
        with pytest.raises(Refusal) as refused:
            compute(replace(suv, voxels=Voxels.of(values)), region)
        assert refused.value.code == "nan_voxels"
    cold = replace(suv, voxels=Voxels.of(np.zeros_like(values)))
    assert suv_max(cold, region).value == 0
    for compute in (mtv_41, tlg):
        with pytest.raises(Refusal) as refused:
            compute(cold, region)
        assert refused.value.code == "no_uptake"
