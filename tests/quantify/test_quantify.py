"""The verb: every card of the pathway in every lesion, with day, provenance and flags, or missing with its reason."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vivomap.acquire.phantom.diffusion import decaying
from vivomap.acquire.phantom.size import ellipsoid
from vivomap.core import (
    Biomarker,
    Course,
    Estimate,
    Flag,
    Image,
    Measurement,
    Missing,
    Option,
    Pathway,
    Provenance,
    Refusal,
    Region,
    Study,
    Voxels,
    __version__,
    decode,
    encode,
    identify,
)
from vivomap.quantify import cards, measure, measure_one

DAY = date(2024, 3, 1)
KNOWN = cards()
OTHERWISE = Option("image again", "P", "project")


def pathway(*names: str, regions: tuple[str, ...] = ("lesion",), if_imaged: tuple[str, ...] = ()) -> Pathway:
    chosen = tuple(KNOWN[n] for n in names)
    optional = tuple(KNOWN[n] for n in if_imaged)
    return Pathway("test", "how large?", "lung", regions, chosen, OTHERWISE, 30, if_imaged=optional)


def visit(**more: object) -> Study:
    (ct,), (region,), _ = ellipsoid()
    known = (("manufacturer", "Maker"), ("serial", "7"), ("kernel", "B30"), ("weight_kg", 70.0))
    image = replace(ct, settings=known, source=("1.2.3",), flags=(Flag("slice_thickness_changed", "it did"),))
    fields: dict[str, object] = {"images": (image,), "regions": (replace(region, source=("9.8",)),), **more}
    return Study("p", DAY, **fields)


def test_a_number_has_its_day_its_provenance_and_every_warning():
    study = visit()
    (found,) = measure(Course(study), pathway("density")).of(Measurement)
    (image,), (region,) = study.images, study.regions
    assert (found.name, found.region, found.unit, found.day) == ("density", "lesion", "[hnsf'U]", DAY)
    assert found.provenance.maker == "vivomap.quantify.size:density"
    assert found.provenance.version == __version__
    assert found.provenance.inputs == (image.voxels.digest, region.mask.digest)
    assert found.provenance.source == ("1.2.3", "9.8")
    said = dict(found.provenance.settings)
    assert (said["role"], said["manufacturer"], said["kernel"]) == ("ct", "Maker", "B30")
    assert "weight_kg" not in said
    assert [f.code for f in found.flags] == ["slice_thickness_changed"]


def test_a_size_carries_the_scanner_of_the_image_it_was_drawn_on():
    (found,) = measure(Course(visit()), pathway("volume")).of(Measurement)
    assert found.provenance.text("serial") == "7"
    assert found.provenance.source == ("1.2.3", "9.8")


def test_the_images_own_day_is_the_day_of_its_numbers():
    study = visit()
    late = replace(study, images=(replace(study.images[0], day=date(2024, 3, 4)),))
    (found,) = measure(Course(late), pathway("volume")).of(Measurement)
    assert found.day == date(2024, 3, 4)


def test_what_is_asked_is_given_or_missing_and_what_is_optional_is_silent_without_images():
    course = measure(Course(visit()), pathway("volume", "suv_max", if_imaged=("mean_adc", "density")))
    assert {m.name for m in course.of(Measurement)} == {"volume", "density"}
    assert [(m.name, m.code) for m in course.of(Missing)] == [("suv_max", "not_imaged")]


def test_an_optional_number_whose_image_was_refused_is_missing_with_its_reason():
    study = visit()
    pet = Image("activity", study.images[0].voxels, "Bq/mL", study.images[0].affine)
    pet = replace(pet, refusals=(Flag("no_weight", "PatientWeight is absent", "suv"),))
    course = measure(Course(replace(study, images=(*study.images, pet))), pathway("volume", if_imaged=("suv_max",)))
    assert [(m.name, m.code) for m in course.of(Missing)] == [("suv_max", "no_weight")]


def test_only_the_findings_of_the_pathway_are_measured_each_once_under_the_name_it_is_followed_by():
    study = visit()
    (region,) = study.regions
    node = replace(region, name="N1", finding="node", lesion="node_1")
    liver = replace(region, name="liver", finding="liver")
    both = replace(study, regions=(region, node, replace(node, name="N1 again"), liver))
    course = measure(Course(both), pathway("volume", regions=("lesion", "node")))
    assert [m.region for m in course.of(Measurement)] == ["lesion", "node_1"]
    every = measure(Course(both), pathway("volume", regions=()))
    assert [m.region for m in every.of(Measurement)] == ["lesion", "node_1", "liver"]


def test_a_fact_stands_in_for_measuring():
    told = Measurement("volume", 12.0, "mL", 1.0, "lesion", DAY, Provenance("a table", "1"))
    study = visit(facts=(told,))
    course = measure(Course(study, (), study.facts), pathway("volume", "long_axis"))
    assert [m.value for m in course.of(Measurement, "volume")] == [12.0]
    assert len(course.of(Measurement, "long_axis")) == 1


def test_a_visit_without_a_region_says_so_once_for_each_number_that_no_fact_gives():
    told = Measurement("volume", 12.0, "mL", 1.0, "lesion", DAY, Provenance("a table", "1"))
    study = visit(regions=(), facts=(told,))
    course = measure(Course(study, (), study.facts), pathway("volume", "long_axis", if_imaged=("density",)))
    assert [(m.name, m.region, m.code) for m in course.of(Missing)] == [("long_axis", "", "not_drawn")]


def test_a_lesion_drawn_empty_has_size_zero_and_no_other_number():
    study = visit()
    gone = replace(study.regions[0], mask=Voxels.of(np.zeros(study.images[0].shape, bool)))
    course = measure(Course(replace(study, regions=(gone,))), pathway("volume", "long_axis", "density"))
    assert [(m.value, m.flags[-1].code) for m in course.of(Measurement)] == [(0.0, "vanished")] * 2
    assert [(m.name, m.code) for m in course.of(Missing)] == [("density", "empty_region")]


def test_without_trusted_millimetres_only_the_count_remains_and_is_flagged():
    study = visit()
    lost = replace(study.images[0], refusals=(Flag("spacing_not_trusted", "unit spacing", "mm"),))
    course = measure(Course(replace(study, images=(lost,))), pathway("volume", "long_axis", "voxel_count", "density"))
    assert {(m.name, m.code) for m in course.of(Missing)} == {
        ("volume", "spacing_not_trusted"),
        ("long_axis", "spacing_not_trusted"),
    }
    (count,) = course.of(Measurement, "voxel_count")
    assert count.value == study.regions[0].voxel_count
    assert "spacing_not_trusted" in [f.code for f in count.flags]


def test_the_map_of_one_number_feeds_the_next_whatever_their_order():
    (dwi,), (region,), _ = decaying()
    course = measure(Course(Study("p", DAY, (dwi,), (region,))), pathway("mean_adc", "adc_p10", "fitted_adc"))
    found = {m.name: m for m in course.of(Measurement)}
    assert set(found) == {"mean_adc", "adc_p10", "fitted_adc"}
    assert found["mean_adc"].provenance.inputs[0] == found["fitted_adc"].detail.voxels.digest


def test_a_refusal_of_one_number_leaves_the_rest_and_a_bug_is_not_hidden():
    def bad(_: Region) -> Estimate:
        raise Refusal("too_few_voxels", "three voxels")

    def worse(_: Region) -> Estimate:
        raise ZeroDivisionError

    study = visit()
    refusing = Biomarker("refusing", "1", ("region",), bad, "project")
    course = measure(Course(study), replace(pathway("volume"), measure=(refusing, KNOWN["volume"])))
    assert [(m.name, m.code, m.reason) for m in course.of(Missing)] == [("refusing", "too_few_voxels", "three voxels")]
    assert course.of(Measurement, "volume")
    with pytest.raises(ZeroDivisionError):
        measure_one(replace(refusing, compute=worse), study, "lesion")


def test_one_number_of_a_region_by_itself_or_by_name():
    study = visit()
    by_name = measure_one(KNOWN["volume"], study, "lesion")
    by_region = measure_one(KNOWN["volume"], Course(study), study.regions[0])
    assert by_name == by_region
    nothing = measure_one(KNOWN["volume"], study, "another")
    assert isinstance(nothing, Missing)
    assert nothing.code == "not_drawn"


def test_a_measurement_is_the_same_after_json_and_on_every_run():
    one, other = (measure(Course(visit()), pathway("volume", "density")).claims for _ in range(2))
    assert [identify(c) for c in one] == [identify(c) for c in other]
    assert [decode(encode(c)) for c in one] == list(one)


@given(st.permutations(["volume", "long_axis", "density"]), st.booleans())
@settings(max_examples=8, deadline=None)
def test_the_order_of_regions_and_cards_changes_no_number(order, turned):
    study = visit()
    other = replace(study.regions[0], name="other")
    regions = (other, *study.regions) if turned else (*study.regions, other)
    found = measure(Course(replace(study, regions=regions)), pathway(*order)).of(Measurement)
    expected = measure(
        Course(replace(study, regions=(*study.regions, other))), pathway("volume", "long_axis", "density")
    )
    assert set(found) == set(expected.of(Measurement))
