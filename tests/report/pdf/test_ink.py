"""Drawings for print: style inside, no variable left, halos behind letters, words for shapes."""

from __future__ import annotations

import re

from vivomap.report.markup import SHAPES, glyph
from vivomap.report.pdf.ink import MEANT, inked, rules


def test_the_rules_have_no_variable_and_no_other_rule_of_the_page() -> None:
    made = rules()
    assert "var(" not in made
    assert "@media" not in made
    heads = re.findall(r"(?m)^([^{]+) \{", made)
    assert {".chart .axis", ".slice .line", ".chart text"} <= set(heads)
    assert not [h for h in heads if h.startswith((".run", ".sheet", "body"))]


def test_the_type_of_a_drawing_is_spelt_out() -> None:
    (chart,) = [r for r in rules().splitlines() if r.startswith(".chart text {") and "font" in r]
    assert "font-size: 11px" in chart
    assert "font-family: " in chart
    (picture,) = [r for r in rules().splitlines() if r.startswith(".slice text {") and "font-size" in r]
    assert "font-weight: 500" in picture


def test_each_drawing_has_its_style_and_a_haloed_text_stands_behind_itself() -> None:
    page = '<p><svg class="slice inverted" viewBox="0 0 9 9"><text x="1" class="said">A</text></svg></p>'
    made = inked(page)
    assert made.count("<style>") == 1
    assert made.index('<text x="1" class="halo-text said">A</text>') < made.index('<text x="1" class="said">A</text>')
    chart = inked('<svg class="chart"><text x="1">a</text><text class="beside">b</text></svg>')
    assert chart.count(">a</text>") == 1
    assert chart.count(">b</text>") == 2


def test_every_shape_says_its_meaning_in_words_and_has_its_colour() -> None:
    for meaning in SHAPES:
        made = inked(str(glyph(meaning)))
        title, colour = re.search(r"<title>([^<]+)</title>", made), re.search(r'fill="(#[0-9A-Fa-f]{3,6})"', made)
        assert title
        assert colour
        if meaning not in ("up", "down"):
            assert title[1] == MEANT[meaning]
    assert "#B84F00" in inked(str(glyph("worse")))


def test_what_is_no_drawing_stays_as_it_is() -> None:
    assert inked("<p>svg class chart</p>") == "<p>svg class chart</p>"
