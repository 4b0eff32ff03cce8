"""What can be asked for: every installed card, with its parts, units and places."""

from __future__ import annotations

from vivomap.core import Biomarker, Criterion, discover
from vivomap.report.templates import slots


def test_every_biomarker_and_criterion_that_is_installed_can_be_asked_for() -> None:
    assert set(discover("vivomap.quantify", Biomarker)) == set(slots.biomarkers())
    assert set(discover("vivomap.track.criteria", Criterion)) == set(slots.criteria())
    names = [*slots.biomarkers(), *slots.criteria(), *slots.LESIONS, *slots.WORDS]
    assert len(names) == len(set(names))
    assert all(slots.parts(name) for name in names)
    assert slots.parts("longaxis") == {}


def test_a_number_needs_its_unit_and_a_word_has_none() -> None:
    assert slots.unit_of("long_axis", "value") == "mm"
    assert slots.unit_of("long_axis", "change") == "%"
    assert slots.unit_of("density", "change") == "HU"
    assert slots.unit_of("voxel_count", "") == "1"
    assert slots.unit_of("long_axis", "chance") == slots.unit_of("recist", "noise") == slots.unit_of("day", "") == ""


def test_a_unit_may_be_written_in_ucum_or_as_people_read_it() -> None:
    assert slots.same_unit("SUVbw", "g/ml{SUVbw}")
    assert slots.same_unit("g/ml{SUVbw}", "g/ml{SUVbw}")
    assert slots.same_unit("1", "1")
    assert not slots.same_unit("cm", "mm")


def test_a_number_of_a_lesion_is_told_from_one_of_the_patient() -> None:
    assert slots.of_lesion("long_axis")
    assert not slots.of_lesion("liver_sul")


def test_the_list_writes_each_slot_as_it_is_typed() -> None:
    rows = {slot: place for slot, place, _ in slots.rows("long_axis")}
    assert rows["{long_axis mm}"] == rows["{long_axis.change %}"] == rows["{long_axis.code}"] == "each lesion"
    assert slots.rows("liver_sul")[0][:2] == ("{liver_sul SULlbm}", "outside lesions")
    assert slots.rows("day") == (("{day}", "anywhere", "the day of the visit"),)


def test_a_pathway_gives_what_it_measures_and_judges() -> None:
    assert {"long_axis", "recist"} <= set(slots.measured("lung_response"))
    assert "suv_max" not in slots.measured("lung_response")
    assert {"suv_max", "long_axis", "percist", "recist"} <= set(slots.measured("any"))


def test_what_comes_near_is_suggested() -> None:
    assert slots.near("long_axes", slots.biomarkers()) == "did you mean long_axis?"
    assert slots.near("qqqqqq", slots.biomarkers()) == ""
