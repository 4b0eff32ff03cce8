import numpy as np
import pytest

from vivomap.acquire.regions import names
from vivomap.core import Flag, Refusal, Region, Voxels, affine_of


def region(name: str, step: float = 1.0) -> Region:
    return Region(name, Voxels.of(np.ones((2, 2, 2), bool)), affine=affine_of(np.diag([step, 1, 1, 1])))


@pytest.mark.parametrize(
    ("name", "kind", "finding"),
    [
        ("GTV_Mass_CT", "GTV", "lesion"),
        ("GTV_Edema", "GTV", "edema"),
        ("ROI-1", "", "lesion"),
        ("Nodes", "", "node"),
        ("lymph node 3", "GTV", "node"),
        ("lung nodule", "", "lesion"),
        ("liver", "", "liver"),
        ("Liver met 2", "", "lesion"),
        ("blood_pool", "", "blood_pool"),
        ("Heart", "ORGAN", "heart"),
        ("Lt Lung", "AVOIDANCE", "lt_lung"),
        ("BODY", "EXTERNAL", "body"),
        ("Liver", "ORGAN", "liver"),
        ("corticospinal tract left", "", "tract"),
        ("GTV tract", "", "lesion"),
        ("retraction", "", "lesion"),
        ("Tumor Bed", "CTV", "ctv"),
        ("PTV_60", "", "ptv"),
    ],
)
def test_a_name_and_its_type_say_the_finding(name: str, kind: str, finding: str) -> None:
    assert names.finding_of(name, kind) == finding


def test_a_segment_is_an_organ_unless_its_structure_is_altered() -> None:
    assert names.finding_of_segment("first segment", ("123037004", ""), "Bone") == "bone"
    assert names.finding_of_segment("Liver", ("85756007", ""), "Liver") == "liver"
    assert names.finding_of_segment("x", ("49755003", ""), "Neoplasm, Primary") == "lesion"
    assert names.finding_of_segment("x", ("M-01000", ""), "Lymph node") == "node"


def test_the_site_is_what_the_first_telling_word_names() -> None:
    assert names.site_of("hepatic metastasis") == "liver"
    assert names.site_of("first segment", "Prostate gland") == "prostate"
    assert names.site_of("GTV") == ""


def test_a_name_finds_itself_before_it_is_a_beginning() -> None:
    there = (region("GTV"), region("GTV_Mass"))
    assert [r.name for r in names.find("GTV", there)] == ["GTV"]
    assert [r.name for r in names.find("gtv_m", there)] == ["GTV_Mass"]


def test_one_name_on_several_grids_is_one_structure() -> None:
    there = (region("liver", 1), region("liver", 2))
    assert len(names.find("liver", there)) == 2
    assert len(names.find("liv", there)) == 2


def test_names_that_differ_by_the_image_are_one_structure_on_several_grids() -> None:
    there = (region("GTV_Mass_PET", 3), region("GTV_Mass_CT", 1), region("GTV_Mass_MR_T1", 2))
    assert [r.name for r in names.find("GTV_Mass", there)] == ["GTV_Mass_CT", "GTV_Mass_MR_T1", "GTV_Mass_PET"]
    with pytest.raises(Refusal) as refused:
        names.find("GTV_Mass", (region("GTV_Mass_PET"), region("GTV_Mass_CT")))
    assert refused.value.code == "ambiguous_name"


def test_a_beginning_of_two_structures_is_refused_and_lists_them() -> None:
    with pytest.raises(Refusal) as refused:
        names.find("GTV", (region("GTV_Mass", 1), region("GTV_Edema", 2)))
    assert refused.value.code == "ambiguous_name"
    assert refused.value.found == "GTV_Edema, GTV_Mass"


@pytest.mark.parametrize("name", ["spleen", ""])
def test_what_nothing_is_called_is_refused_with_what_there_is(name: str) -> None:
    with pytest.raises(Refusal) as refused:
        names.find(name, (region("liver"),))
    assert refused.value.code == "unknown_name"
    assert refused.value.found == "liver"


def test_a_part_of_an_organ_may_be_measured_and_a_part_of_a_lesion_not() -> None:
    cut = Flag("absent_slices", "half is missing", "volume")
    assert names.allowing(cut, "lesion").denies == "volume"
    assert names.allowing(cut, "breast").denies == ""
