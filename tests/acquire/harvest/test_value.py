"""The value of a NUM item: commas, digits, floats beside text, and what is refused."""

from collections.abc import Callable
from typing import Any

import pytest

from vivomap.acquire.harvest import Sheet
from vivomap.acquire.harvest.complaints import Book
from vivomap.acquire.harvest.tree import Node
from vivomap.acquire.harvest.value import value_of
from vivomap.core import Refusal


def node(made: Any, text: str, exact: float | None = None) -> Node:
    item = made.num(made.deep(made.LONG), text, made.deep(made.MM))
    if exact is not None:
        item.MeasuredValueSequence[0].FloatingPointValue = exact
    return Node(item, "NUM", "CONTAINS", None, "1.1", 2, None)


@pytest.mark.parametrize(
    ("text", "value"),
    [("4.2", 4.2), ("4,2", 4.2), ("-0,25", -0.25), ("1,234.5", 1234.5), ("12,34", 12.34), ("1e3", 1000.0), (".5", 0.5)],
)
def test_a_number_is_read_as_it_was_meant(made: Any, text: str, value: float) -> None:
    assert value_of(node(made, text), Book()).value == value


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1,234", "number_ambiguous"),
        ("1.2.3", "bad_number"),
        ("nan", "bad_number"),
        ("12 mm", "bad_number"),
        ("", "sr_no_value"),
    ],
)
def test_what_may_be_two_numbers_or_none_is_refused(made: Any, text: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        value_of(node(made, text), Book())
    assert refused.value.code == code


def test_a_float_that_rounds_to_its_text_brings_its_digits(made: Any) -> None:
    assert value_of(node(made, "4.2", 4.2345), Book()).value == 4.2345
    with pytest.raises(Refusal) as refused:
        value_of(node(made, "4.20", 4.2345), Book())
    assert refused.value.code == "values_disagree"


def test_a_reason_for_no_value_is_told(made: Any) -> None:
    one = node(made, "1")
    one.item.MeasuredValueSequence = []
    one.item.NumericValueQualifierCodeSequence = [made.code("114006", "DCM", "Measurement failure")]
    book = Book()
    with pytest.raises(Refusal) as refused:
        value_of(one, book)
    assert "Measurement failure" in refused.value.summary
    assert not book.told()


def test_a_number_that_overflows_in_our_unit_is_missing_and_stops_nothing(
    made: Any, read_back: Callable[..., Sheet]
) -> None:
    huge = made.num(made.deep(made.VOLUME), "1e308", made.code("L", "UCUM", "L"))
    found = read_back(made.report(made.group(huge, made.num(made.deep(made.LONG), "2", made.deep(made.MM)))))
    assert [m.code for m in found.missing] == ["not_a_number"]
    assert [n.value for n in found.numbers] == [2.0]
