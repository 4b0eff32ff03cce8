"""The regions that `--region` means."""

from dataclasses import replace

import numpy as np
import pytest

from vivomap.cli.gather import Request, gather
from vivomap.cli.pick import pick
from vivomap.cli.talk import Manner, behave
from vivomap.core import Held, Refusal, Region, Study, Voxels


@pytest.fixture(autouse=True)
def plain() -> None:
    behave(Manner())


def test_a_named_region_comes_alone_and_is_followed_as_a_lesion(small) -> None:
    found = gather(Request((small.folder,), ("lesion_1",)))
    assert [[(r.name, r.finding) for r in v.regions] for v in found.visits] == [[("lesion_1 lung", "lesion")]] * 2
    assert found.asked == {"lesion_1 lung"}


def test_a_node_stays_a_node_and_a_sphere_becomes_a_lesion_only_where_it_is_followed(small) -> None:
    asked = ("lesion_2", "liver=sphere:-6,-4,3,6")
    followed, measured = (gather(Request((small.visit(0),), asked, follow=f)).visits[0] for f in (True, False))
    assert [r.finding for r in followed.regions] == ["node", "lesion"]
    assert [r.finding for r in measured.regions] == ["node", "liver"]


def test_a_region_of_one_day_is_absent_from_no_other_visit(small) -> None:
    found = gather(Request((small.folder,), (f"lesion_1@{small.days[1]}", "spot=sphere:-6,-4,3,6")))
    assert [[r.name for r in v.regions] for v in found.visits] == [["spot"], ["lesion_1 lung", "spot"]]
    assert found.absent == ()


def test_a_day_in_a_name_may_be_that_of_an_image_of_a_widened_visit(small) -> None:
    asked = (f"spot@{small.days[1]}=sphere:-6,-4,3,6",)
    (visit,) = gather(Request((small.folder,), asked, window=90)).visits
    assert str(visit.day) == small.days[0]
    assert "spot" in {r.name for r in visit.regions}
    assert "images_far_apart" in {f.code for i in visit.images for f in i.flags}


def region(name: str) -> Region:
    return Region(name, Voxels.of(np.ones((1, 1, 1), bool)))


@pytest.mark.parametrize("name", ["a=b", "GTV@home", "x=sphere:1,2,3,4", "p@2024-01-08"])
def test_a_name_that_is_there_is_that_name_whatever_signs_it_holds(name: str) -> None:
    visit = Study("P", None, regions=(region(name), region("other")))
    assert [r.name for r in pick([visit], [name], False, ()).visits[0].regions] == [name]


def test_a_region_that_is_held_is_refused_with_the_reason_that_it_is_held_for() -> None:
    visit = Study("P", None, regions=(region("other"),))
    held = (Held("a.dcm", "wrong_frame", "GTV: lies in another frame"), Held("b.dcm", "header_cut", "cut"))
    with pytest.raises(Refusal) as refused:
        pick([visit], ["GTV"], True, held)
    assert (refused.value.code, refused.value.where) == ("wrong_frame", "a.dcm")
    with pytest.raises(Refusal) as unknown:
        pick([visit], ["PTV"], True, held)
    assert unknown.value.code == "unknown_name"
    assert "2 files held, which may be why" in unknown.value.hint


def test_references_of_other_numbers_stay_and_other_regions_go() -> None:
    liver = replace(region("Liver"), finding="liver")
    visit = Study("P", None, regions=(region("GTV"), region("PTV"), liver))
    picked = pick([visit], ["GTV"], True, ())
    assert [r.name for r in picked.visits[0].regions] == ["GTV", "Liver"]
    assert picked.asked == {"GTV"}
