"""One scanner, one software, one method; what is not shown to be the same is different."""

from dataclasses import replace
from datetime import date

import pytest

from vivomap.core import Affirmed, Asked, Flag, Treatment
from vivomap.track.comparable import both_off, differences, never, serial, treated, untold, warnings

BEFORE, AFTER = date(2026, 1, 10), date(2026, 3, 10)


def pair(paper, first=(), second=(), **more):
    settings = [tuple({**dict(paper.scanner), **dict(s)}.items()) for s in (first, second)]
    return [
        paper.number("long_axis", 10, "a", d, settings=s, **more)
        for d, s in zip((BEFORE, AFTER), settings, strict=True)
    ]


def test_one_scanner_is_one(paper):
    assert differences(*pair(paper)) == ()


@pytest.mark.parametrize("word", ["manufacturer", "model", "software", "kernel", "map", "fit", "b_values"])
def test_each_part_of_the_description_counts(paper, word):
    (reason,) = differences(*pair(paper, {word: "one"}, {word: "other"}))
    assert "differs (one, then other)" in reason
    (reason,) = differences(*pair(paper, {word: ""}, {word: "other"}))
    assert "differs (not stated, then other)" in reason


def test_another_unit_or_kind_of_image_is_never_compared(paper):
    assert never(*pair(paper)) == ""
    assert never(*pair(paper, {"role": "ct"}, {"role": "mr"})) == "the kind of image differs (ct, then mr)"
    assert never(*pair(paper, {"role": "ct"}, {})) == "the kind of image differs (ct, then not stated)"
    centimetres = pair(paper, unit="cm")[1]
    assert never(pair(paper)[0], centimetres) == "long_axis is in mm, then in cm"


def test_another_serial_number_is_another_scanner_even_when_affirmed(paper):
    affirmed = Affirmed("Maker", "M1", "v2", "Dr A", AFTER, "one scanner in the house")
    assert differences(*pair(paper, {}, {"serial": "78"}), (affirmed,)) == ("the serial numbers differ",)


@pytest.mark.parametrize(
    ("first", "second", "where"),
    [("", "", "at either visit"), ("", "77", "at the earlier visit"), ("77", "", "at this visit")],
)
def test_a_missing_serial_number_counts_as_different(paper, first, second, where):
    numbers = pair(paper, {"serial": first}, {"serial": second})
    reason = f"no serial number {where}, so the scanner cannot be shown to be the same"
    assert serial(*numbers) == reason
    assert differences(*numbers) == (reason,)
    affirmed = Affirmed("Maker", "M1", "v2", "Dr A", AFTER, "one scanner in the house")
    assert differences(*numbers, (affirmed,)) == ()


def test_an_affirmation_of_another_description_helps_nothing(paper):
    other = Affirmed("Maker", "M1", "v3", "Dr A", AFTER, "one scanner in the house")
    assert differences(*pair(paper, {"serial": ""}, {"serial": ""}), (other,))


def test_another_method_is_not_the_same(paper):
    first, second = pair(paper)[0], pair(paper, maker="quantify.size:long_axis")[1]
    assert differences(first, second) == ("the method differs (table, then quantify.size:long_axis)",)


def test_slice_thickness_warns_and_no_more(paper):
    numbers = pair(paper, {"slice_thickness_mm": 5.0}, {"slice_thickness_mm": 6.0})
    assert differences(*numbers) == ()
    assert [(f.code, f.reason) for f in warnings(*numbers)] == [
        ("slice_thickness_changed", "slices of 5 mm, then of 6 mm")
    ]
    assert warnings(*pair(paper, {"slice_thickness_mm": 5.0}, {"slice_thickness_mm": 5.05})) == ()
    assert warnings(*pair(paper, {"slice_thickness_mm": 5.0}, {})) == ()


def given(start, end):
    return Treatment("radiotherapy", None, "Gy", start, end, "plan")


@pytest.mark.parametrize(
    ("start", "end", "between"),
    [
        (date(2025, 1, 1), date(2025, 2, 1), False),
        (date(2025, 1, 1), date(2026, 1, 11), True),
        (date(2025, 1, 1), None, True),
        (date(2026, 2, 1), date(2026, 2, 1), True),
        (date(2026, 1, 10), date(2026, 1, 10), True),
        (date(2026, 3, 9), None, True),
        (date(2026, 3, 10), None, False),
        (None, date(2026, 1, 10), False),
        (None, date(2026, 2, 1), True),
        (None, None, True),
    ],
)
def test_what_lay_between_two_days(start, end, between):
    found = treated((given(start, end),), BEFORE, AFTER)
    assert bool(found) is between
    assert bool(untold(found)) is (between and start is None)


def test_an_unknown_treatment_is_named():
    (flag,) = untold((given(None, None), given(BEFORE, None)))
    assert flag.code == "unknown_treatment"
    assert "radiotherapy" in flag.reason


def off(paper, *at, code="off_protocol", denies="comparison"):
    flag = Flag(code, "the highest b-value is 200 s/mm², asked is 400 or more", denies)
    numbers = pair(paper)
    return [replace(m, flags=(flag,) if k in at else ()) for k, m in enumerate(numbers)]


def test_a_number_off_its_protocol_is_never_held_against_one_that_is_not(paper):
    assert never(*off(paper)) == ""
    assert never(*off(paper, 0)).startswith("at the earlier visit the highest b-value")
    assert never(*off(paper, 1)).startswith("at this visit the highest b-value")


def test_two_that_are_off_alike_are_held_against_each_other_by_the_wider_limits(paper):
    assert never(*off(paper, 0, 1)) == ""
    (reason,) = both_off(*off(paper, 0, 1))
    assert "200" in reason


def test_a_deviation_that_is_only_flagged_forbids_nothing(paper):
    assert never(*off(paper, 0, denies="")) == ""
    assert both_off(*off(paper, 0, 1, denies="")) == ()


@pytest.mark.parametrize("consequence", ["flagged", "not_comparable"])
def test_two_visits_that_differ_by_more_than_the_card_allows(paper, consequence):
    asked = Asked("dwi", "te_ms", "project", consequence, "ms", apart=10.0)
    card = replace(paper.card("long_axis"), acquisition=(asked,))
    far, near = pair(paper, {"te_ms": 60.0}, {"te_ms": 90.0}), pair(paper, {"te_ms": 60.0}, {"te_ms": 65.0})
    untold_ = pair(paper, {"te_ms": 60.0}, {})
    for two in (near, untold_):
        assert never(*two, card) == ""
        assert warnings(*two, card.acquisition) == ()
    said = "TE is 60, then 90, asked is at every visit the same within 10 ms"
    assert never(*far, card) == (said if consequence == "not_comparable" else "")
    assert [f.reason for f in warnings(*far, card.acquisition)] == ([said] if consequence == "flagged" else [])
