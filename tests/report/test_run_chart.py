"""Charts of a scanner over time: what is drawn, what is said to those who do not see it, and what is escaped."""

from datetime import date

import pytest

from vivomap.report.run_chart import Panel, Point, Rule, drawn, page, told
from vivomap.report.timeline import Axis

DAYS = (date(2026, 1, 5), date(2026, 1, 12), date(2026, 1, 19))
AXIS = Axis(DAYS[0], DAYS[-1])
NUMBERS = Panel(
    "water", "HU", tuple(Point(d, v, v > 5) for d, v in zip(DAYS, (0.2, 0.4, 7.0), strict=True)), (Rule(5.0, "action"),)
)
TEXTS = Panel("kernel", "", tuple(Point(d, v) for d, v in zip(DAYS, ("B30f", "B30f", "<b>70f"), strict=True)))


def test_what_lies_outside_is_an_open_square_and_said() -> None:
    svg = drawn(NUMBERS, AXIS)
    assert svg.count('class="out"') == 1
    assert svg.count('class="good"') == 2
    assert told(NUMBERS).endswith("19 January 2026: 7 (outside); action 5")
    assert "action 5" in svg


def test_a_value_is_drawn_and_said_with_its_uncertainty() -> None:
    sure = Panel("water", "HU", tuple(Point(d, 1.0, doubt=0.0) for d in DAYS))
    doubted = Panel("water", "HU", tuple(Point(d, 1.0, doubt=0.25) for d in DAYS))
    assert 'class="doubt"' not in drawn(sure, AXIS)
    assert drawn(doubted, AXIS).count('class="doubt"') == 3
    assert "1 ± 0.25" in told(doubted)


def test_a_text_has_a_row_of_its_own_and_is_escaped() -> None:
    svg = drawn(TEXTS, AXIS)
    assert "&lt;b&gt;70f" in svg
    assert "<b>" not in svg


def test_the_page_needs_nothing_else_and_is_the_same_every_time() -> None:
    html = page("Protocol", "lead", [("scanner <1>", [NUMBERS, TEXTS])])
    assert html == page("Protocol", "lead", [("scanner <1>", [NUMBERS, TEXTS])])
    assert html.count("<svg") == 2
    assert "scanner &lt;1&gt;" in html
    assert "http" not in html.replace("http-equiv", "")
    assert "<script" not in html


@pytest.mark.parametrize("value", [0.0, 3.0])
def test_one_level_for_ever_is_drawn(value: float) -> None:
    assert "polyline" in drawn(Panel("x", "", tuple(Point(d, value) for d in DAYS)), AXIS)


def test_without_points_the_page_says_only_its_title() -> None:
    assert "<svg" not in page("Nothing", "lead", [])
