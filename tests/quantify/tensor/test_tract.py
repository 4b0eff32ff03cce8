"""Profile, lesion load, disconnection and z of a bundle with a known lesion."""

from dataclasses import replace

import numpy as np
import pytest

from vivomap.acquire.phantom.tensor import Bundle, anisotropies, place_of
from vivomap.acquire.phantom.tract import lesioned
from vivomap.core import Course, Curve, Measurement, Missing, Option, Pathway, Refusal, Study, Voxels
from vivomap.quantify import measure
from vivomap.quantify.tensor.tract import (
    TRACT_DISCONNECTION,
    TRACT_FA,
    TRACT_LESION_LOAD,
    course_of,
    cut_of,
    profile,
    tract_disconnection,
    tract_fa,
    tract_lesion_load,
    tract_z,
)


def test_the_profile_of_a_bent_bundle_rises_as_its_fibres_do():
    """FA from 0.4 to 0.6 along the arc is found within 0.02 at every place (methods A5)."""
    bundle = Bundle()
    place = place_of(bundle)
    (_, _), (region, _), _ = lesioned(bundle)
    course = course_of(region)
    values, weights = profile(anisotropies(bundle, place), course)
    true = np.sort(bundle.fa[0] + (bundle.fa[1] - bundle.fa[0]) * (np.arange(100) + 0.5) / 100)
    apart = min(np.abs(values - t)[5:95].max() for t in (true, true[::-1]))
    assert apart < 0.005
    assert weights.sum() == pytest.approx(1)


def test_the_lesion_shows_in_the_profile_where_it_lies():
    (dwi, _), (region, _), truth = lesioned(seed=3)
    found = tract_fa(dwi, region)
    assert isinstance(found.detail, Curve)
    places, values = np.array(found.detail.x), np.array(found.detail.y)
    assert (places[0], places[-1], len(places)) == (6, 95, 90)
    inside = (places > 44) & (places < 56)
    assert values[inside].mean() == pytest.approx(0.75 * 0.5, abs=0.01)
    assert abs(found.value - truth["tract_fa"]) < 2.5 * found.uncertainty


def test_a_bundle_without_a_lesion_has_no_load_and_keeps_its_fibres():
    (_, _), (region, lesion), _ = lesioned()
    none = replace(lesion, mask=Voxels.of(np.zeros_like(lesion.mask.array)))
    for compute in (tract_lesion_load, tract_disconnection):
        found = compute(region, none)
        assert (found.value, found.uncertainty) == (0, 0)


@pytest.mark.parametrize(("part", "cut"), [(slice(None), 100.0), (slice(4, None), 50.0)])
def test_a_thin_lesion_across_the_bundle_cuts_its_fibres(part, cut):
    (_, _), (region, lesion), _ = lesioned()
    place = place_of(Bundle())
    across = (place.along > 0.45) & (place.along < 0.52) & place.bundle
    sheet = np.zeros_like(across)
    sheet[part] = across[part]
    found = tract_disconnection(region, replace(lesion, mask=Voxels.of(sheet)))
    assert found.value == pytest.approx(cut, abs=2)
    assert tract_lesion_load(region, replace(lesion, mask=Voxels.of(sheet))).value < 8


def test_an_unsure_outline_of_the_lesion_is_in_the_doubt():
    (_, _), (region, lesion), _ = lesioned()
    for compute in (tract_lesion_load, tract_disconnection):
        assert compute(region, replace(lesion, edge_mm=1.0)).uncertainty > 1.3 * compute(region, lesion).uncertainty


def test_a_patient_like_the_controls_lies_among_them():
    (dwi, controls), (region, _), _ = lesioned(Bundle(snr=60.0), 4)
    found = tract_z(dwi, region, controls)
    assert abs(found.value) < 0.5
    assert found.uncertainty == pytest.approx(np.sqrt(1 / 60), rel=0.2)
    few = replace(controls, voxels=Voxels.of(controls.voxels.array[:9]), frames=controls.frames[:9])
    alike = replace(controls, voxels=Voxels.of(np.repeat(controls.voxels.array[:1], 12, axis=0)))
    for charts in (few, alike):
        with pytest.raises(Refusal) as refused:
            tract_z(dwi, region, charts)
        assert refused.value.code == "few_controls"


def test_a_bundle_emptied_by_a_lesion_is_missing_and_never_zero():
    (dwi, controls), (region, lesion), _ = lesioned()
    place = place_of(Bundle())
    emptied = region.mask.array & ~((place.along > 0.4) & (place.along < 0.6))
    regions = (replace(region, mask=Voxels.of(emptied)), lesion)
    plan = Pathway("test", "?", "", ("tract",), (TRACT_FA, TRACT_DISCONNECTION), Option("none", "P", "project"), 1)
    course = measure(Course(Study("phantom", None, (dwi, controls), regions)), plan)
    assert {m.code for m in course.of(Missing)} == {"bundle_interrupted"}
    assert not course.of(Measurement)


def test_the_lesion_is_the_region_with_that_finding():
    (dwi, controls), regions, truth = lesioned()
    plan = Pathway("test", "?", "", ("tract",), (TRACT_LESION_LOAD,), Option("none", "P", "project"), 1)
    (found,) = measure(Course(Study("phantom", None, (dwi, controls), regions)), plan).of(Measurement)
    assert found.value == pytest.approx(truth["tract_lesion_load"], abs=0.3)


def test_places_without_a_value_interrupt_the_profile():
    (_, _), (region, _), _ = lesioned()
    place = place_of(Bundle())
    dark = np.where((place.along > 0.4) & (place.along < 0.6), np.nan, 0.5)
    with pytest.raises(Refusal) as refused:
        profile(dark, course_of(region))
    assert refused.value.code == "bundle_interrupted"
    few = np.where(np.arange(dark.size).reshape(dark.shape) % 7 == 0, np.nan, 0.5)
    assert profile(few, course_of(region))[0] == pytest.approx(0.5)


def test_a_mask_is_cut_to_what_it_holds():
    mask = np.zeros((4, 5, 6), bool)
    mask[1:3, 2, 3:5] = True
    assert cut_of(mask).shape == (2, 1, 2)


@pytest.mark.long  # 300 phantoms
@pytest.mark.timeout(1800)
def test_the_interval_holds_the_truth_as_often_as_it_says_or_more():
    held = {"fa": 0, "z": 0}
    for seed in range(300):
        (dwi, controls), (region, _), truth = lesioned(seed=seed)
        fa, z = tract_fa(dwi, region), tract_z(dwi, region, controls)
        held["fa"] += abs(fa.value - truth["tract_fa"]) <= 1.96 * fa.uncertainty
        held["z"] += abs(z.value - truth["tract_z"]) <= 1.96 * z.uncertainty
    assert min(held.values()) >= 276, held


def test_a_long_region_that_is_no_bundle_has_no_fibres():
    """A vessel or a long lesion would give numbers that mean nothing."""
    (dwi, controls), (region, lesion), _ = lesioned()
    vessel = replace(region, finding="lesion")
    plan = Pathway(
        "test", "?", "", ("lesion",), (TRACT_LESION_LOAD, TRACT_DISCONNECTION), Option("none", "P", "project"), 1
    )
    course = measure(Course(Study("phantom", None, (dwi, controls), (vessel, lesion))), plan)
    assert not course.of(Measurement)
    assert {m.code for m in course.of(Missing)} == {"not_drawn"}
