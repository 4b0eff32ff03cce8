"""Expected utility and the value of one more scan, against the worked example of methods B9."""

from datetime import date
from typing import Any

import pytest

from vivomap.core import Choice, Model, Option, Prediction, Provenance, Refusal, Threshold
from vivomap.decide.value import best, evsi, expected, weigh

MADE = Provenance("test", "1")


def never(*_: Any) -> Any:
    raise AssertionError("not called here")


MODEL = Model("m", never, "?", "all", "treat", 90, (), "refuses", Threshold("p", 0.5, "1", "x", "P"), "x")
TREAT, LEAVE = (
    Option("treat", "P", "x", utility_if=1, utility_if_not=-0.5),
    Option("leave", "P", "x", utility_if=0, utility_if_not=0),
)


def chance(p: float, low: float, high: float) -> Prediction:
    return Prediction("m", "a", p, low, high, 90, date(2026, 1, 1), (), MADE)


def scan(cost: float) -> Option:
    return Option("scan again", "P", "x", utility_if=-cost, utility_if_not=-cost)


def test_the_published_example_of_a_scan_before_treating() -> None:
    choice = Choice(MODEL, (LEAVE, TREAT), scan(0), 0.84, 0.78)
    assert expected(best(choice.options, 0.4), 0.4) == pytest.approx(0.10)
    assert evsi(choice, 0.4) == pytest.approx(0.17, abs=0.001)


def test_a_scan_comes_first_only_if_it_is_worth_its_price_and_could_change_the_option() -> None:
    spans, firm = chance(0.4, 0.2, 0.6), chance(0.8, 0.7, 0.9)
    assert weigh(Choice(MODEL, (LEAVE, TREAT), scan(0.16), 0.84, 0.78), spans)[0].option == "scan again"
    assert weigh(Choice(MODEL, (LEAVE, TREAT), scan(0.18), 0.84, 0.78), spans)[0].option == "treat"
    assert weigh(Choice(MODEL, (LEAVE, TREAT), scan(0.01), 0.84, 0.78), firm)[0].option == "treat"


def test_options_come_in_order_with_their_interval() -> None:
    first, second = weigh(Choice(MODEL, (LEAVE, TREAT)), chance(0.2, 0.1, 0.5))
    assert (first.option, first.benefit) == ("leave", 0)
    assert second.benefit == pytest.approx(-0.2)
    assert (second.low, second.high) == (pytest.approx(-0.35), pytest.approx(0.25))


def test_an_option_without_utility_cannot_be_weighed() -> None:
    with pytest.raises(Refusal):
        weigh(Choice(MODEL, (LEAVE, Option("other", "P", "x"))), chance(0.2, 0.1, 0.5))
