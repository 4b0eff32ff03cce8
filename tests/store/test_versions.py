"""Which assessment is in force, and what a new version changes."""

from dataclasses import replace
from datetime import date

import pytest

from vivomap.core import Assessment, Missing
from vivomap.store.records import Entry, Supersedes, body_of, digest
from vivomap.store.versions import ABSENT, current, differences


def entries(*nouns: Assessment | Supersedes) -> list[Entry]:
    made = []
    for seq, noun in enumerate(nouns, 1):
        kind = "assessment" if isinstance(noun, Assessment) else "supersedes"
        body = body_of(kind, noun)
        made.append(Entry(seq, kind, digest(body), "", body))
    return made


def name(noun: Assessment) -> str:
    return entries(noun)[0].id


def in_force(*nouns: Assessment | Supersedes) -> list[str]:
    return [e.id for e in current(entries(*nouns))]


def test_visits_come_by_day_whatever_the_order_of_recording(visit) -> None:
    march, may, january = (visit(day=date(2026, month, 1))[1] for month in (3, 5, 1))
    assert in_force(march, may, january) == [name(january), name(march), name(may)]


def test_an_undated_visit_comes_last(visit) -> None:
    undated, dated = visit(day=None)[1], visit()[1]
    assert in_force(undated, dated) == [name(dated), name(undated)]


def test_the_last_assessment_of_a_visit_is_in_force(visit) -> None:
    old, new = visit(value=12.5)[1], visit(value=13.5)[1]
    assert in_force(old, new) == [name(new)]


def test_a_version_can_be_put_in_force_again(visit) -> None:
    old, new = visit(value=12.5)[1], visit(value=13.5)[1]
    assert in_force(old, new, Supersedes(name(new), name(old), "it was right")) == [name(old)]
    back = [Supersedes(name(new), name(old), "it was right"), Supersedes(name(old), name(new), "it was not")]
    assert in_force(old, new, *back) == [name(new)]


def test_a_corrected_date_moves_the_visit(visit) -> None:
    wrong, right = visit(day=date(2026, 1, 5))[1], visit(day=date(2026, 1, 15))[1]
    assert in_force(wrong, right) == [name(wrong), name(right)]
    assert in_force(wrong, right, Supersedes(name(wrong), name(right), "date corrected")) == [name(right)]


def test_another_pathway_is_another_visit(visit) -> None:
    assert len(in_force(visit(pathway="lung")[1], visit(pathway="pet")[1])) == 2


def test_equal_versions_have_no_difference(visit) -> None:
    assert differences(visit()[1], visit()[1]) == ()


def test_a_difference_names_values_unit_and_cause(visit) -> None:
    old = visit(value=12.5)[1]
    new = visit(value=13.0, version="0.2.0", settings=(("level", 50.0),))[1]
    found = differences(old, new)
    assert [(d.name, d.region, d.old, d.new, d.unit) for d in found] == [("volume", "liver_1", 12.5, 13.0, "mL")]
    assert "version 0.1.0 → 0.2.0" in found[0].why
    assert "level 41.0 → 50.0" in found[0].why
    assert "manufacturer GE → absent" in found[0].why


def test_a_number_that_is_missing_now_says_why(visit) -> None:
    old = visit()[1]
    gone = Missing("volume", "liver_1", date(2026, 1, 5), "too_few_voxels", "3 voxels, fewer than 20")
    new = replace(old, claims=(gone, *old.claims[1:]), edition="f" * 64)
    [found] = differences(old, new)
    assert (found.old, found.new) == (12.5, "missing: too_few_voxels")
    assert found.why == "missing: 3 voxels, fewer than 20; another edition of the pathway"
    [back] = differences(new, old)
    assert (back.old, back.new, back.unit) == ("missing: too_few_voxels", 12.5, "mL")


def test_a_claim_that_only_one_version_has_is_absent_in_the_other(visit) -> None:
    whole = visit()[1]
    less = replace(whole, claims=whole.claims[:1])
    [found] = differences(whole, less)
    assert (found.name, found.old, found.new) == ("verdict of recist", "SD", ABSENT)


def test_other_limits_of_a_change_are_a_difference(visit) -> None:
    first = visit()[1].claims[0]
    old = visit(day=date(2026, 4, 1), before=first)[1]
    change = replace(old.claims[1], low=-4.0, limits="site")
    new = replace(old, claims=(old.claims[0], change, old.claims[2]))
    [found] = differences(old, new)
    assert found.name == "change of volume"
    assert found.why == "limits: published → site"


@pytest.mark.parametrize("uncertainty", [0.5, 0.3])
def test_another_uncertainty_is_a_difference(visit, uncertainty: float) -> None:
    old = visit()[1]
    new = replace(old, claims=(replace(old.claims[0], uncertainty=uncertainty), *old.claims[1:]))
    assert [d.name for d in differences(old, new)] == ["volume"]
