"""Uptake over the reference that the tracer's own file names."""

from dataclasses import replace

import numpy as np
import pytest

from vivomap.acquire.phantom.molecular import amyloid, glioma
from vivomap.core import Image, Refusal, Study, Voxels
from vivomap.quantify import cards, measure_one
from vivomap.quantify.molecular.ratio import suvr, tbr_max


def with_settings(image, **more):
    return replace(image, settings=tuple({**dict(image.settings), **more}.items()))


def test_scaling_the_image_leaves_the_ratio():
    (suv,), (cortex, cerebellum, _), _ = amyloid(1)
    twice = replace(suv, voxels=Voxels.of(2 * suv.voxels.array))
    one, two = suvr(suv, cerebellum, cortex), suvr(twice, cerebellum, cortex)
    assert two.value == pytest.approx(one.value)
    assert two.uncertainty == pytest.approx(one.uncertainty)


def test_the_tracer_and_its_file_stand_in_the_settings():
    (suv,), (cortex, cerebellum, _), _ = amyloid()
    said = dict(suvr(suv, cerebellum, cortex).settings)
    assert (said["tracer"], said["reference"], len(said["tracer_file"])) == ("Florbetapir", "whole_cerebellum", 12)


def test_a_reference_that_is_not_the_tracers_is_refused():
    (suv,), (cortex, _, white), _ = amyloid()
    for number in (suvr, tbr_max):
        with pytest.raises(Refusal) as refused:
            number(suv, white, cortex)
        assert refused.value.code == "wrong_reference"


def test_an_unknown_tracer_has_no_ratio_and_the_visit_says_why():
    (suv,), regions, _ = amyloid()
    visit = Study("p", None, (with_settings(suv, tracer="Fluciclovine"),), regions)
    found = measure_one(cards()["suvr"], visit, regions[0])
    assert found.code == "tracer_unknown"


def test_a_visit_without_the_reference_names_the_region_that_it_lacks():
    (suv,), regions, _ = amyloid()
    found = measure_one(cards()["suvr"], Study("p", None, (suv,), regions[:1]), regions[0])
    assert (found.code, "whole_cerebellum" in found.reason) == ("not_drawn", True)


def test_a_half_life_that_disagrees_travels_with_the_number():
    (suv,), (cortex, cerebellum, _), _ = amyloid()
    found = suvr(with_settings(suv, half_life_s=1222.0), cerebellum, cortex)
    assert [f.code for f in found.flags] == ["half_life_disagrees"]


def test_the_highest_voxel_over_background_is_above_the_mean_over_background():
    (suv,), (lesion, background), truth = glioma()
    top, mean = tbr_max(suv, background, lesion), suvr(suv, background, lesion)
    assert mean.value < top.value == pytest.approx(truth["tbr_max"], abs=2 * top.uncertainty)


def test_a_voxel_without_a_number_is_refused():
    (suv,), (lesion, background), _ = glioma()
    bad = np.array(suv.voxels.array)
    bad[lesion.mask.array.nonzero()[0][0], lesion.mask.array.nonzero()[1][0], lesion.mask.array.nonzero()[2][0]] = (
        np.nan
    )
    broken = Image("suv", Voxels.of(bad), suv.unit, suv.affine, settings=suv.settings)
    for number in (suvr, tbr_max):
        with pytest.raises(Refusal) as refused:
            number(broken, background, lesion)
        assert refused.value.code == "nan_voxels"
