"""Identifiers: legal, the same again, and never shared by lesions that nobody said are one."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from vivomap.core import Assessment, Match, Recommendation, Region, Study, Voxels
from vivomap.report.dicom_identity import affirmed, device_uid, is_uid, object_uid, tracking_uid, uid
from vivomap.report.forms import Filed


@given(some.lists(some.text(), min_size=1), some.lists(some.text(), min_size=1))
def test_equal_names_alone_have_equal_identifiers(one: list[str], other: list[str]) -> None:
    assert is_uid(uid(*one))
    assert (uid(*one) == uid(*other)) == (one == other)


@pytest.mark.parametrize(
    ("text", "legal"),
    [
        ("1.2.3", True),
        ("2.25.1", True),
        ("1.02", False),
        ("", False),
        ("1", False),
        ("1.2." + "3" * 61, False),
        ("lung", False),
    ],
)
def test_what_is_an_identifier(text: str, legal: bool) -> None:
    assert is_uid(text) is legal


def test_roles_versions_and_people_have_objects_of_their_own(filed: Filed) -> None:
    made = [object_uid(filed.assessment, *role) for role in (("sr",), ("seg-1",), ("sr", "Dr A"))]
    assert len({*made, device_uid("0.1.0"), device_uid("0.2.0")}) == 5


def visit(day: date, tracking: str = "", *matches: Match, label: str = "lung_1") -> Assessment:
    region = Region(label, Voxels.of(np.ones((1, 1, 1), bool)), lesion=label, tracking=tracking)
    study = Study("P-1", day, regions=(region,), uid=(f"1.2.{day.toordinal()}",))
    return Assessment("lung_response", "", study, matches, Recommendation((), None))


FIRST, LATER = date(2026, 1, 1), date(2026, 3, 1)


def matched(kind: str) -> Match:
    return Match(kind, ("lung_1",), ("lung_1",), LATER, 1.0, "name")


def test_a_lesion_that_is_affirmed_keeps_its_identifier_over_studies() -> None:
    first, later = visit(FIRST), visit(LATER, "", matched("matched"))
    one = tracking_uid(Filed(first), "lung_1")
    assert one == tracking_uid(Filed(later, (first,)), "lung_1")
    assert one != tracking_uid(Filed(first), "lung_2")
    other = replace(first, study=replace(first.study, patient="P-2"))
    assert one != tracking_uid(Filed(other), "lung_1")


@pytest.mark.parametrize("told", [(), (matched("uncertain"),)])
def test_a_lesion_whose_identity_nobody_affirms_has_one_of_its_own(told: tuple[Match, ...]) -> None:
    first, later = visit(FIRST), visit(LATER, "", *told)
    filed = Filed(later, (first,))
    assert not affirmed(filed, "lung_1")
    assert tracking_uid(filed, "lung_1") != tracking_uid(Filed(first), "lung_1")


def test_the_identifier_of_the_maker_goes_first_and_that_of_first_sight_stands() -> None:
    first, later = visit(FIRST, "1.2.3"), visit(LATER, "1.2.4", matched("matched"))
    assert tracking_uid(Filed(first), "lung_1") == "1.2.3"
    assert tracking_uid(Filed(later, (first,)), "lung_1") == "1.2.3"
    unsure = visit(LATER, "1.2.4", matched("uncertain"))
    assert tracking_uid(Filed(unsure, (first,)), "lung_1") == "1.2.4"


def test_the_patient_as_a_whole_is_one_over_all_visits() -> None:
    first, later = visit(FIRST), visit(LATER)
    assert tracking_uid(Filed(first), "") == tracking_uid(Filed(later, (first,)), "")


def test_the_identifier_of_a_lesion_never_changes_with_a_new_vivomap() -> None:
    """It stands in archives: a change here would break every lesion apart."""
    assert tracking_uid(Filed(visit(FIRST)), "lung_1") == "2.25.184388484463402061479836339112117834387"
