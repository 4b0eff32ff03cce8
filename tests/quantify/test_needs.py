"""What a card needs is found on one grid, or its absence has the right reason."""

from dataclasses import replace

import numpy as np
import pytest

from vivomap.core import (
    Biomarker,
    Course,
    Estimate,
    Flag,
    Held,
    Image,
    Measurement,
    Missing,
    Provenance,
    Refusal,
    Region,
    Study,
    Voxels,
    affine_of,
)
from vivomap.quantify.needs import denial, gather

GRID, COARSE = affine_of(np.eye(4)), affine_of(np.diag([2.0, 2.0, 2.0, 1.0]))
ARRAY = np.ones((3, 4, 5))
CT = Image("ct", Voxels.of(ARRAY), "[hnsf'U]", GRID, settings=(("frame_of_reference", "1.1"),))
SUV = Image("suv", Voxels.of(ARRAY), "g/ml{SUVbw}", COARSE, settings=(("frame_of_reference", "1.1"),))
ON_CT = Region("lesion", Voxels.of(ARRAY > 0), "lesion", affine=GRID)
ON_PET = replace(ON_CT, affine=COARSE)


def card(*needs: str, unit: str = "1", dimensions: int = 3) -> Biomarker:
    return Biomarker("number", unit, needs, lambda *_: Estimate(1.0, 0.0), "project", dimensions=dimensions)


def course(*images: Image, regions: tuple[Region, ...] = (ON_CT,), **more: object) -> Course:
    return Course(Study("p", None, images, regions, **more))


def refused(*args: object) -> tuple[str, str]:
    with pytest.raises(Refusal) as caught:
        gather(*args)
    return caught.value.code, caught.value.summary


def test_the_drawing_on_the_images_own_grid_is_taken():
    seen = course(CT, SUV, regions=(ON_CT, ON_PET))
    assert gather(card("suv", "region"), seen, (ON_CT, ON_PET), "lesion").things == (SUV, ON_PET)
    assert gather(card("ct", "region"), seen, (ON_PET, ON_CT), "lesion").things == (CT, ON_CT)


def test_an_image_that_denies_its_own_role_gives_no_number_of_it_and_still_a_size():
    nameless = Flag("axis_missing", "no b-values", "dwi")
    dwi = replace(CT, role="dwi", unit="1", refusals=(nameless,))
    assert refused(card("dwi", "region"), course(dwi), (ON_CT,), "lesion") == ("axis_missing", "no b-values")
    assert gather(card("region"), course(dwi), (ON_CT,), "lesion").carrier == dwi


def test_a_series_of_volumes_is_not_taken_for_one():
    two = replace(SUV, voxels=Voxels.of(np.ones((2, 3, 4, 5))), frames=(0.0, 300.0), frame_unit="s")
    code, reason = refused(card("suv", "region"), course(two), (ON_PET,), "lesion")
    assert (code, "series of 2 volumes" in reason) == ("several_volumes", True)
    assert gather(card("region"), course(two), (ON_PET,), "lesion").carrier == two
    series = replace(two, role="dce", unit="1")
    assert gather(card("dce", "region"), course(series), (ON_PET,), "lesion").carrier == series


def test_a_number_that_another_image_could_have_given_as_well_says_which_was_taken():
    named = replace(SUV, settings=(("series_description", "WB"),))
    late = replace(SUV, voxels=Voxels.of(2 * ARRAY), settings=(("series_description", "late"),))
    refused_one = replace(late, refusals=(Flag("missing_slice", "a gap", "region"),))
    found = gather(card("suv", "region"), course(named, late), (ON_PET,), "lesion")
    assert [(f.code, "WB was taken" in f.reason) for f in found.flags] == [("several_images", True)]
    assert gather(card("suv", "region"), course(named, refused_one), (ON_PET,), "lesion").flags == ()
    assert gather(card("suv", "region"), course(named, replace(late, affine=GRID)), (ON_PET,), "lesion").flags == ()


def test_a_number_of_the_region_alone_takes_the_finest_grid_that_allows_it():
    lost = replace(CT, refusals=(Flag("tilted_slices", "it leans", "volume"),))
    alone = card("region")
    assert gather(alone, course(CT, SUV), (ON_PET, ON_CT), "lesion").carrier == CT
    assert gather(alone, course(lost, SUV), (ON_CT, ON_PET), "lesion").carrier == SUV
    assert gather(card("region", dimensions=2), course(lost, SUV), (ON_CT, ON_PET), "lesion").carrier == lost
    assert gather(alone, course(), (ON_CT,), "lesion").carrier is None


def test_the_voxel_of_a_spectrum_has_a_spectrum_and_no_size_and_an_outline_of_its_name_has_both():
    mrs = Image("mrs", Voxels.of(np.ones((64, 3, 4, 5), complex)), "1", COARSE, tuple(range(64)), "s")
    box = replace(ON_PET, name="tumour", finding="mrs_voxel")
    outlined = replace(ON_CT, name="tumour")
    code, reason = refused(card("region", unit="mL"), course(mrs, regions=(box,)), (box,), "tumour")
    assert (code, "tumour is the box" in reason) == ("no_outline", True)
    assert gather(card("mrs", "region"), course(mrs, regions=(box,)), (box,), "tumour").things == (mrs, box)
    both = course(CT, mrs, regions=(box, outlined))
    for drawn in ((box, outlined), (outlined, box)):
        assert gather(card("region", unit="mL"), both, drawn, "tumour").things == (outlined,)
        assert gather(card("mrs", "region"), both, drawn, "tumour").things == (mrs, box)


def test_nothing_in_a_role_is_not_imaged_and_another_grid_is_said():
    assert refused(card("adc", "region"), course(CT), (ON_CT,), "lesion")[0] == "not_imaged"
    assert refused(card("suv", "region"), course(CT, SUV), (ON_CT,), "lesion")[0] == "other_grid"
    strange = replace(SUV, settings=(("frame_of_reference", "2.2"),))
    assert refused(card("suv", "region"), course(CT, strange), (ON_CT,), "lesion")[0] == "wrong_frame"


def test_what_the_door_refused_is_repeated():
    reason = "PatientWeight is absent"
    activity = replace(SUV, role="activity", unit="Bq/mL", refusals=(Flag("no_weight", reason, "suv"),))
    assert refused(card("suv", "region"), course(activity), (ON_CT,), "lesion") == ("no_weight", reason)
    held = course(CT, held=(Held("a.dcm", "unreadable_file", "adc: cut in its pixels"),))
    assert refused(card("adc", "region"), held, (ON_CT,), "lesion")[0] == "unreadable_file"
    code, reason = refused(card("suv", "region"), held, (ON_CT,), "lesion")
    assert (code, "1 of its files" in reason) == ("not_imaged", True)


def test_an_image_denies_what_it_denies_and_no_more():
    for denies, solid, flat, count in (
        ("region", True, True, True),
        ("volume", True, False, True),
        ("mm", True, True, False),
        ("suv", False, False, False),
    ):
        image = replace(CT, refusals=(Flag("why", "because", denies),))
        assert (denial(image, card("ct", unit="mL")) is not None) is solid
        assert (denial(image, card("ct", unit="mm", dimensions=2)) is not None) is flat
        assert (denial(image, card("ct", unit="1")) is not None) is count
    image = replace(CT, refusals=(Flag("uneven_slices", "2 mm then 4 mm", "region"),))
    assert refused(card("ct", "region"), course(image), (ON_CT,), "lesion") == ("uneven_slices", "2 mm then 4 mm")


def test_a_cut_region_denies_like_an_image():
    cut = replace(ON_CT, flags=(Flag("absent_slices", "two slices are absent", "volume"),))
    assert refused(card("region"), course(CT), (cut,), "lesion")[0] == "absent_slices"
    assert gather(card("region", dimensions=2), course(CT), (cut,), "lesion").things == (cut,)


def test_a_map_of_an_earlier_number_an_earlier_number_and_another_region_are_found():
    adc = Image("adc", Voxels.of(ARRAY), "mm2/s", GRID)
    earlier = Measurement("fitted_adc", 1.0, "mm2/s", 0.1, "lesion", None, Provenance("f", "0"), detail=adc)
    liver = Region("liver_sphere", Voxels.of(ARRAY > 0), "liver", affine=GRID)
    seen = course(CT, regions=(ON_CT, liver)).add(earlier)
    assert gather(card("adc", "region"), seen, (ON_CT,), "lesion").things == (adc, ON_CT)
    assert gather(card("fitted_adc", "region"), seen, (ON_CT,), "lesion").things == (earlier, ON_CT)
    assert gather(card("ct", "liver"), seen, (), "").things == (CT, liver)
    assert refused(card("ct", "blood_pool"), seen, (), "")[0] == "not_drawn"


def test_a_map_of_another_lesion_is_not_taken():
    adc = Image("adc", Voxels.of(ARRAY), "mm2/s", GRID)
    other = Measurement("fitted_adc", 1.0, "mm2/s", 0.1, "other", None, Provenance("f", "0"), detail=adc)
    assert refused(card("adc", "region"), course(CT).add(other), (ON_CT,), "lesion")[0] == "not_imaged"


def test_the_reason_of_a_missing_number_is_handed_on():
    seen = course(CT).add(Missing("wall", "lesion", None, "too_few_voxels", "three voxels"))
    assert refused(card("wall", "region"), seen, (ON_CT,), "lesion") == ("too_few_voxels", "three voxels")


def test_an_image_with_the_wrong_unit_for_its_role_is_refused():
    strange = Image("adc", Voxels.of(ARRAY), "um2/ms", GRID)
    assert refused(card("adc", "region"), course(strange), (ON_CT,), "lesion")[0] == "wrong_unit"


def test_a_number_of_one_kind_of_region_is_given_in_no_other():
    """A long vessel has a length, and no fibres."""
    of_tract = replace(card("region"), of="tract")
    tract = replace(ON_CT, finding="tract", name="cst")
    assert gather(of_tract, course(CT, regions=(tract,)), (tract,), "cst").things == (tract,)
    assert refused(of_tract, course(CT), (ON_CT,), "lesion") == ("not_drawn", "lesion is no tract")
    assert gather(card("region"), course(CT), (ON_CT,), "lesion").things == (ON_CT,)


def test_what_takes_part_only_where_it_is_there_is_none_where_not():
    adc = Image("adc", Voxels.of(ARRAY), "mm2/s", GRID)
    asked = replace(card("ct", "region"), also=("adc", "rcbv", "muscle"))
    muscle = Region("M", Voxels.of(ARRAY > 0), "muscle", affine=GRID)
    found = gather(asked, course(CT, adc, regions=(ON_CT, muscle)), (ON_CT,), "lesion")
    assert found.things == (CT, ON_CT, adc, None, muscle)
    assert not found.flags


def test_what_could_take_part_but_lies_on_another_grid_is_said():
    moved = affine_of(np.asarray(GRID) + np.array([[0, 0, 0, 5.0]] + [[0, 0, 0, 0.0]] * 3))
    adc = Image("adc", Voxels.of(ARRAY), "mm2/s", moved)
    asked = replace(card("ct", "region"), also=("adc",))
    found = gather(asked, course(CT, adc), (ON_CT,), "lesion")
    assert found.things == (CT, ON_CT, None)
    assert [f.code for f in found.flags] == ["other_grid"]
