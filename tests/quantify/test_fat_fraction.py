"""PDFF: within a point from 0 to 50 %, whichever way phase runs, and refused where it could be swapped."""

from dataclasses import replace

import numpy as np
import pytest

from vivomap.acquire.phantom.fat_water import Echoes, fatty
from vivomap.core import Refusal, Voxels
from vivomap.quantify.fat_fraction import fat_fraction, fitted, t2_star

SMALL = Echoes(shape=(4, 10, 12), spread=0.0)


@pytest.mark.parametrize("decay", [10.0, 20.0, 30.0])
@pytest.mark.parametrize("fat", [0.0, 20.0, 50.0])
def test_fat_is_within_a_point_and_t2_star_is_found(fat, decay):
    (echo, phase), (liver,), _ = fatty(replace(SMALL, fat=(fat, fat), t2_star=decay), 1)
    assert fat_fraction(echo, phase, liver).value == pytest.approx(fat, abs=1.0)
    assert t2_star(echo, phase, liver).value == pytest.approx(decay, rel=0.03)


@pytest.mark.parametrize(("field", "step"), [(1.5, 2.0), (3.0, 0.9)])
def test_pure_fat_and_pure_water_are_not_swapped(field, step):
    times = tuple(1.2 + step * k for k in range(6))
    for fat in (0.0, 100.0):
        (echo, phase), (liver,), _ = fatty(replace(SMALL, times=times, field_t=field, fat=(fat, fat)), 2)
        assert fat_fraction(echo, phase, liver).value == pytest.approx(fat, abs=1.0)


def test_a_phase_that_runs_the_other_way_is_turned():
    (echo, phase), (liver,), _ = fatty(SMALL)
    other = replace(phase, voxels=Voxels.of(-phase.voxels.array))
    straight, turned = fat_fraction(echo, phase, liver), fat_fraction(echo, other, liver)
    assert turned.value == pytest.approx(straight.value, abs=1e-6)
    assert dict(straight.settings)["phase"] != dict(turned.settings)["phase"]


def test_scaling_the_signal_changes_nothing():
    (echo, phase), (liver,), _ = fatty(SMALL)
    louder = replace(echo, voxels=Voxels.of(13 * echo.voxels.array))
    assert fat_fraction(louder, phase, liver).value == pytest.approx(fat_fraction(echo, phase, liver).value, rel=1e-6)


def test_a_jump_of_the_field_inside_the_region_is_refused():
    (echo, phase), (liver,), _ = fatty(replace(SMALL, bend=0.0))
    wild = np.array(phase.voxels.array)
    times = np.array(echo.frames)[:, None, None, None] / 1000
    wild[..., 10:] = np.angle(np.exp(1j * (wild[..., 10:] + 2 * np.pi * 400.0 * times)))
    with pytest.raises(Refusal) as refused:
        fat_fraction(echo, replace(phase, voxels=Voxels.of(wild)), liver)
    assert refused.value.code == "swap_possible"


def test_voxels_that_do_not_follow_the_model_are_left_out():
    (echo, phase), (liver,), truth = fatty(SMALL)
    broken = np.array(phase.voxels.array)
    broken[:, 2:4, 6:10, 6:9] = np.random.default_rng(0).uniform(-3, 3, (6, 2, 4, 3))
    found = fat_fraction(echo, replace(phase, voxels=Voxels.of(broken)), liver)
    assert "left_out" in [f.code for f in found.flags]
    assert found.value == pytest.approx(truth["fat_fraction"], abs=1.0)


def test_a_large_flip_angle_is_told():
    (echo, phase), (liver,), _ = fatty(SMALL)
    steep = replace(echo, settings=(*echo.settings, ("flip_deg", 12.0)))
    assert [f.code for f in fat_fraction(steep, phase, liver).flags] == ["t1_weighted"]


def test_echoes_that_cannot_tell_are_refused():
    (echo, phase), (liver,), _ = fatty(SMALL)
    few = [replace(i, voxels=Voxels.of(i.voxels.array[:3]), frames=i.frames[:3]) for i in (echo, phase)]
    bare = replace(echo, settings=())
    degrees = replace(phase, unit="deg")
    shifted = replace(phase, frames=tuple(t + 1 for t in phase.frames))
    for image, other, code in (
        (*few, "few_echoes"),
        (replace(echo, frame_unit="s"), phase, "few_echoes"),
        (bare, phase, "setting_absent"),
        (echo, degrees, "wrong_unit"),
        (echo, shifted, "volumes_apart"),
    ):
        with pytest.raises(Refusal) as refused:
            fitted(image, other)
        assert refused.value.code == code
    nowhere = np.zeros_like(liver.mask.array)
    nowhere[2, 6, 6:12] = True
    with pytest.raises(Refusal) as refused:
        fat_fraction(echo, phase, replace(liver, mask=Voxels.of(nowhere)))
    assert refused.value.code == "too_few_voxels"


def test_the_map_carries_the_doubt_of_each_voxel():
    (echo, phase), (liver,), _ = fatty(replace(SMALL, fat=(20.0, 20.0)))
    values, doubts = fat_fraction(echo, phase, liver).detail.voxels.array
    inside = liver.mask.array
    assert values[inside].std() == pytest.approx(float(np.sqrt(np.nanmean(doubts[inside] ** 2))), rel=0.2)


def test_without_noise_other_peaks_than_those_assumed_are_what_is_in_doubt():
    (echo, phase), (liver,), _ = fatty(replace(SMALL, fat=(50.0, 50.0), snr=0.0))
    assert fat_fraction(echo, phase, liver).uncertainty == pytest.approx(100 * 0.017 * 0.25, rel=0.01)
    assert t2_star(echo, phase, liver).uncertainty == pytest.approx(0.043 * 0.5 * 20.0, rel=0.01)


def test_without_fat_the_doubt_of_t2_star_is_that_of_the_mean_rate():
    (echo, phase), (liver,), _ = fatty(replace(SMALL, fat=(0.0, 0.0)))
    found = t2_star(echo, phase, liver)
    said = dict(found.settings)
    mean_u = said["sd"] / np.sqrt(said["voxels"])
    assert found.uncertainty == pytest.approx(1000 * mean_u / said["r2_star"] ** 2, rel=0.3)
