"""The one time axis and the treatments on it."""

from __future__ import annotations

import re
from datetime import date

from vivomap.core import Assessment, Treatment
from vivomap.report.story import Story
from vivomap.report.timeline import LEFT, RIGHT, Axis, axis_of, dates, drawable, lane, treated

Case = tuple[Assessment, tuple[Assessment, ...]]
AXIS = Axis(date(2026, 1, 1), date(2026, 4, 11))  # a hundred days


def test_days_lie_in_proportion_and_stay_inside() -> None:
    middle = (AXIS.x(AXIS.first) + AXIS.x(AXIS.last)) / 2
    assert AXIS.x(date(2026, 2, 20)) == middle
    assert AXIS.clipped(date(2020, 1, 1), 0) == LEFT
    assert AXIS.clipped(date(2030, 1, 1), 0) == RIGHT
    assert AXIS.clipped(None, 7.0) == 7.0


def test_fewer_than_two_days_have_no_axis(four_visits: Case, baseline: Case, undated: Case) -> None:
    axis = axis_of(Story.of(*four_visits))
    assert axis == Axis(date(2026, 1, 12), date(2026, 6, 29))
    assert axis_of(Story.of(*baseline)) is None
    assert axis_of(Story.of(*undated)) is None


def test_only_numbers_of_two_days_have_a_curve_and_the_asked_for_come_first(four_visits: Case) -> None:
    keys = drawable(Story.of(*four_visits), [("node_1", "volume", 0), ("lung_3", "volume", 0)])
    assert keys[0] == ("node_1", "volume", 0)
    assert all(lesion != "lung_3" for lesion, _, _ in keys)


def test_a_treatment_without_start_or_end_says_so() -> None:
    assert treated(Treatment("dexamethasone", 4, "mg/d", None, date(2026, 3, 1), "")) == (
        "dexamethasone 4 mg/d, start not known, to 1 March 2026"
    )
    going = Treatment("pembrolizumab", None, "", date(2026, 1, 20), None, "")
    assert treated(going).endswith("going on or end not known")
    assert 'class="arrow"' in lane((going,), AXIS)


def test_the_lane_covers_the_days_of_the_treatment() -> None:
    drawn = lane((Treatment("radiotherapy", 60, "Gy", date(2026, 1, 11), date(2026, 2, 20), ""),), AXIS)
    bar = re.search(r'<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', drawn)
    assert bar
    assert abs(float(bar[1]) - AXIS.x(date(2026, 1, 11))) < 0.1
    assert abs(float(bar[2]) - (AXIS.x(date(2026, 2, 20)) - AXIS.x(date(2026, 1, 11)))) < 0.1
    assert "60 Gy" in drawn


def test_dates_that_would_touch_are_left_out_but_never_the_last() -> None:
    days = [date(2026, 4, day) for day in range(1, 12)]
    drawn = "".join(dates(days, AXIS, 50))
    assert "11 Apr" in drawn
    assert drawn.count("</text>") < len(days)
    assert drawn.count("<line") == len(days) + 1
