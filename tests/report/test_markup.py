"""Elements whose text from outside is inert."""

from __future__ import annotations

import pytest

from vivomap.report.markup import SHAPES, coded, glyph, number, tag, text
from vivomap.report.words import Shown

HOSTILE = "<script>alert(1)</script>\"'&\u202e"


def test_text_and_attributes_are_escaped() -> None:
    made = tag("text", HOSTILE, title=HOSTILE, data_claim="x")
    assert "<script" not in made
    assert "\u202e" not in made
    assert 'data-claim="x"' in made
    assert made.count("&lt;script&gt;") == 2


def test_an_attribute_is_never_cut() -> None:
    path = "M0 0" + "L1 1" * 1000
    assert path in tag("path", d=path)


def test_a_number_names_its_claim_and_part() -> None:
    shown = Shown("5.2", "abc", "value")
    assert number(shown) == '<span class="num" data-claim="abc" data-part="value">5.2</span>'
    assert 'data-claim="abc"' in text(1.0, 2.25, shown)
    assert "data-claim" not in number(Shown("5.2"))


def test_a_command_between_backticks_is_code() -> None:
    assert coded("Look at `vivomap inspect <PATH>` now") == "Look at <code>vivomap inspect &lt;PATH&gt;</code> now"


@pytest.mark.parametrize("meaning", sorted(SHAPES))
def test_every_meaning_has_a_shape_that_a_screen_reader_skips(meaning: str) -> None:
    assert 'aria-hidden="true"' in glyph(meaning)


def test_better_and_worse_differ_in_shape_not_in_colour_alone() -> None:
    assert len({SHAPES[m] for m in ("worse", "better", "same", "caution", "held", "hollow")}) == 6
