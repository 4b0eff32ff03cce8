"""The visits in order, and the letters that lesions keep."""

from __future__ import annotations

from dataclasses import replace

import pytest

from vivomap.core import Assessment, Measurement, Refusal
from vivomap.report.story import Mark, Story, _letters

Case = tuple[Assessment, tuple[Assessment, ...]]


def test_lesions_are_lettered_as_they_appear_and_keep_their_letter(four_visits: Case) -> None:
    story = Story.of(*four_visits)
    letters = {lesion: mark.letter for lesion, mark in story.marks.items()}
    assert letters == {"lung_1": "A", "lung_2": "B", "node_1": "C", "lung_3": "D"}
    earlier = Story.of(four_visits[1][0], ())
    assert all(earlier.letter(lesion) == letters[lesion] for lesion in earlier.marks)


def test_another_patient_among_the_earlier_ones_is_refused_without_a_name(two_visits: Case) -> None:
    now, (before,) = two_visits
    stranger = replace(before, study=replace(before.study, patient="SOMEONE^ELSE"))
    with pytest.raises(Refusal) as refused:
        Story.of(now, (stranger,))
    assert refused.value.code == "two_patients"
    assert "SOMEONE" not in " ".join(refused.value.lines())


def test_a_visit_that_said_so_has_hollow_points(four_visits: Case) -> None:
    story = Story.of(*four_visits)
    row = story.table["lung_1", "long_axis", 0]
    assert [story.incomparable(row[i]) for i in range(4)] == [False, False, True, False]


def test_changes_are_counted_from_the_first_visit(four_visits: Case) -> None:
    story = Story.of(*four_visits)
    assert story.reference_day == four_visits[1][0].study.day
    found = story.change_of("lung_1", "volume")
    assert found is not None
    assert found.after in [c for c in four_visits[0].claims if isinstance(c, Measurement)]
    assert story.change_of("lung_3", "volume") is None


def test_fates_and_letters_in_reasons(four_visits: Case) -> None:
    story = Story.of(*four_visits)
    assert [story.fate(lesion) for lesion in story.marks] == ["", "vanished", "", "new"]
    assert story.says("new: lung_3, long_axis; lung_31 stays") == "new: D, long axis; lung 31 stays"


def test_two_numbers_of_one_name_are_both_told(baseline: Case) -> None:
    now = baseline[0]
    first = next(c for c in now.claims if isinstance(c, Measurement))
    twice = replace(now, claims=(*now.claims, replace(first, value=first.value + 1)))
    rows = Story.of(twice, ()).table
    assert {which for (region, name, which) in rows if (region, name) == (first.region, first.name)} == {0, 1}


def test_marks_differ_in_dash_and_marker_for_the_first_four() -> None:
    marks = [Mark(_letters(i), i) for i in range(4)]
    assert len({m.dash for m in marks}) == len({m.marker for m in marks}) == len({m.colour for m in marks}) == 4
    assert [_letters(i) for i in (0, 25, 26, 27)] == ["A", "Z", "AA", "AB"]
