import pytest

from vivomap.acquire.phantom.story import FIVE, TWO, shorter
from vivomap.core import Refusal


def fate(name: str) -> list[str]:
    growth = next(g for g in FIVE.lesions if g.name == name)
    return [growth.state(k) for k in range(FIVE.visits)]


def test_the_two_visits_are_a_clear_partial_response() -> None:
    before, after = (TWO.total(k, 1.12).value for k in (0, 1))
    assert (before, after) == (80.0, 49.6)
    assert after / before - 1 == pytest.approx(-0.38)
    assert TWO.recist[1][0] == "PR"


def test_one_lesion_stays_within_measurement_error() -> None:
    node = next(g for g in TWO.lesions if g.site == "node")
    assert -0.073 < node.counted(1) / node.counted(0) - 1 < 0.062  # Zhao 2009: limits of a repeated long axis
    assert node.counted(0) >= 15


def test_every_fate_is_told() -> None:
    assert fate("lesion_3 lung") == ["present", "present", "vanished", "vanished", "vanished"]
    assert fate("lesion_4 lung") == ["", "", "", "new", "present"]
    assert fate("lesion_5 liver") == ["present", "present", "part", "part", "part"]


def test_the_written_sums_are_those_of_the_sizes() -> None:
    assert [FIVE.total(k, 1.12).value for k in range(5)] == [98, 88, 82, 75, 76]


def test_a_vanished_lesion_is_drawn_empty_and_a_coming_one_not_at_all() -> None:
    lesions = {g.name: g for g in FIVE.lesions}
    assert lesions["lesion_3 lung"].drawn(2) == [("lesion_3 lung", None)]
    assert lesions["lesion_4 lung"].drawn(2) == []


def test_parts_lie_apart_and_are_named_after_their_lesion() -> None:
    split = next(g for g in FIVE.lesions if g.name == "lesion_5 liver").drawn(2)
    assert [name for name, _ in split] == ["lesion_5.1 liver", "lesion_5.2 liver"]
    one, two = (solid for _, solid in split)
    assert one is not None
    assert two is not None
    assert abs(one.centre[1] - two.centre[1]) > one.half[0] + two.half[0] - 2


def test_a_shorter_story_keeps_its_beginning() -> None:
    assert shorter(FIVE, 3).visits == 3
    with pytest.raises(Refusal, match="1 to 5"):
        shorter(FIVE, 6)
