"""What a dynamic PET series must say of its frames and its decay."""

import math
from dataclasses import replace

import numpy as np
import pytest

from vivomap.acquire.phantom.kinetics import balanced, trapped
from vivomap.core import Refusal, Region, Voxels
from vivomap.quantify.molecular.patlak import patlak_ki
from vivomap.quantify.molecular.series import AS_PLASMA, drawn, plasma_of, ready

(PET,), (LESION, BLOOD), TRUTH = trapped()


def without(*names, **more):
    return replace(PET, settings=tuple({**{k: v for k, v in PET.settings if k not in names}, **more}.items()))


@pytest.mark.parametrize(
    ("pet", "code"),
    [
        (without("frame_duration_s"), "frame_times_unknown"),
        (without(frame_duration_s="10 10"), "frame_times_unknown"),
        (replace(PET, frame_unit="ms"), "frame_times_unknown"),
        (replace(PET, frames=tuple(f + 60 for f in PET.frames)), "bolus_missed"),
        (replace(PET, frames=(*PET.frames[:-1], PET.frames[-1] + 30)), "uneven_frames"),
        (without("decay_correction"), "decay_unknown"),
        (without(straight_from_min=75.0), "few_time_points"),
        (without("tracer"), "tracer_unknown"),
        (without(tracer="FAPI", half_life_s=4062.6), "setting_absent"),
    ],
)
def test_what_is_absent_or_cannot_be_is_refused(pet, code):
    with pytest.raises(Refusal) as refused:
        ready(pet)
    assert refused.value.code == code


def test_pixels_without_decay_correction_are_corrected_here():
    rate, lengths = math.log(2) / 6586.26, np.array([float(n) for n in PET.text("frame_duration_s").split()])
    starts = np.array(PET.frames)
    left = (np.exp(-rate * starts) - np.exp(-rate * (starts + lengths))) / (rate * lengths)
    raw = replace(without(decay_correction="NONE"), voxels=Voxels.of(PET.voxels.array * left[:, None, None, None]))
    assert patlak_ki(raw, BLOOD, LESION).value == pytest.approx(patlak_ki(PET, BLOOD, LESION).value, rel=1e-9)


def test_a_start_from_memory_is_flagged_and_a_given_one_is_not():
    assert [f.code for f in ready(PET).flags] == ["constant_assumed"]
    assert ready(without(straight_from_min=30.0)).flags == ()


def test_whole_blood_for_plasma_is_flagged_and_a_ratio_scales_it():
    series = ready(PET)
    blood = drawn(PET, series, BLOOD)
    taken, flags = plasma_of(without("plasma_over_blood"), blood)
    assert (taken, flags) == (blood, (AS_PLASMA,))
    more, flags = plasma_of(without(plasma_over_blood=1.1), blood)
    assert more.curve == pytest.approx(1.1 * blood.curve)
    assert flags == ()


def test_the_doubt_of_a_frame_is_the_noise_of_its_mean():
    series = ready(PET)
    many = np.array([drawn(p, series, r).curve[-1] for s in range(12) for (p,), (r, *_), _ in (trapped(s),)])
    assert drawn(PET, series, LESION).doubt[-1] == pytest.approx(many.std(ddof=1), rel=0.5)


def test_small_regions_dark_blood_and_holes_are_refused():
    series = ready(PET)
    few = np.zeros(PET.shape, bool)
    few[4, 4, 4:8] = True
    with pytest.raises(Refusal, match="too small"):
        drawn(PET, series, Region("few", Voxels.of(few), "", "", PET.affine))
    hole = np.array(PET.voxels.array)
    hole[3][LESION.mask.array] = np.nan
    with pytest.raises(Refusal, match="no number"):
        drawn(replace(PET, voxels=Voxels.of(hole)), series, LESION)
    dark = drawn(replace(PET, voxels=Voxels.of(0 * PET.voxels.array)), series, BLOOD)
    with pytest.raises(Refusal, match="blood"):
        plasma_of(PET, dark)


def test_the_matrix_is_in_minutes():
    (pib,), _, _ = balanced()
    assert ready(pib).durations.sum() == pytest.approx(80)
