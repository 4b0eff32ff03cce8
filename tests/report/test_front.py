"""The first page alone is enough for a board."""

from __future__ import annotations

from dataclasses import replace

from vivomap.core import Assessment, Missing
from vivomap.report.front import front
from vivomap.report.story import Story

Case = tuple[Assessment, tuple[Assessment, ...]]


def test_three_numbers_carry_it_each_with_interval_unit_and_reading(two_visits: Case) -> None:
    cards = front(Story.of(*two_visits))["cards"]
    assert [c.what for c in cards] == ["A, long axis", "B, long axis", "C, long axis"]
    assert all(c.low.text and c.high.text and c.unit == "%" and c.moved for c in cards)


def test_a_number_that_cannot_be_compared_joins_where_there_is_room(pet: Case) -> None:
    cards = front(Story.of(*pet))["cards"]
    assert [c.what for c in cards] == ["A, SUVmax", "A, TLG, 9 March 2026"]
    assert cards[1].moved is None
    assert cards[1].why.startswith("not comparable: no serial number")


def test_label_and_measurement_stand_side_by_side(four_visits: Case) -> None:
    (call,) = front(Story.of(*four_visits))["calls"]
    assert (call.category, call.meaning) == ("Progressive disease (PD)", "worse")
    assert (call.metrology, call.metrology_meaning) == ("The fall is real in all 3 numbers", "better")
    assert call.noise.text == "0.02"


def test_two_pairs_are_in_front_and_the_rest_follow(four_visits: Case) -> None:
    said = front(Story.of(*four_visits))
    assert [len(pair) for pair in said["front"]] == [2, 2]
    assert [len(pair) for pair in said["more"]] == [2, 1]
    assert "More under" in said["image_note"]
    assert "B is not drawn on 29 June 2026" in said["image_note"]


def test_a_visit_without_pictures_says_so(table_only: Case) -> None:
    assert front(Story.of(*table_only))["image_note"] == "This visit has no image that shows a lesion: numbers only."


def test_many_gaps_are_shared_between_the_pages(two_visits: Case) -> None:
    now, history = two_visits
    lost = tuple(Missing(f"number_{i}", "", now.study.day, "not_imaged", f"reason {i}") for i in range(12))
    said = front(Story.of(replace(now, claims=(*now.claims, *lost)), history))
    assert len(said["gaps"]) == 13
    assert 0 < said["shown_gaps"] < 13
