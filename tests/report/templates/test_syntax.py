"""How a template is read: head, sections, blocks, slots with parts and units; every refusal names file and line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivomap.core import Refusal
from vivomap.report.templates.syntax import LONGEST, Slot, parse

HEAD = "title: T\npathway: any\n---\n"


def test_a_template_is_a_head_and_lines_with_slots(made) -> None:
    template = made("# Findings\n[lesion]\n{letter}: {long_axis mm} ({long_axis.change %})\n[end]\n{research}\n\n")
    assert (template.says("title"), template.says("creator")) == ("T", "")
    heading, block, last = template.lines
    assert (heading.heading, heading.number, heading.pieces) == (True, 4, ("Findings",))
    assert block.lesion
    assert block.number == 6
    assert block.slots == (Slot("letter"), Slot("long_axis", "", "mm"), Slot("long_axis", "change", "%"))
    assert last.slots == (Slot("research"),)


def test_a_ucum_unit_with_braces_stays_one_unit(made) -> None:
    (line,) = made("x {suv_max g/ml{SUVbw}} y").lines
    assert line.pieces == ("x ", Slot("suv_max", "", "g/ml{SUVbw}"), " y")
    assert str(line.slots[0]) == "{suv_max g/ml{SUVbw}}"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("no head at all", 1, "has no head"),
        ("title: T\nwhat is this\n---\n", 2, "not WORD: TEXT"),
        ("title: T\ntitle: U\n---\n", 2, "said twice"),
        (HEAD + "a\n{long_axis mm\n", 5, "brace"),
        (HEAD + "a }\n", 4, "brace"),
        (HEAD + "[lesion]\nx\n", 4, "never closed"),
        (HEAD + "[lesion]\n[lesion]\n[end]\n", 5, "within"),
        (HEAD + "x\n[end]\n", 5, "without"),
        (HEAD + "# Findings {day}\n", 4, "heading"),
        (HEAD + "[lesion]\n# Findings\n[end]\n", 5, "heading"),
        (HEAD + "x" * LONGEST, 1, "too long"),
    ],
)
def test_what_is_not_built_like_a_template_is_refused_with_its_line(text: str, line: int, said: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse(text, "mysite.txt")
    assert refused.value.code == "bad_template"
    assert refused.value.where == f"mysite.txt, line {line}"
    assert said in refused.value.summary


def test_line_ends_of_windows_and_a_byte_order_mark_are_read() -> None:
    template = parse("\ufeff" + (HEAD + "{day}\n").replace("\n", "\r\n"), "x")
    assert template.says("pathway") == "any"
    assert template.lines[0].slots == (Slot("day"),)


@given(st.text(max_size=200))
def test_any_text_is_a_template_or_refused(text: str) -> None:
    try:
        lines, code = parse(HEAD + text, "x").lines, ""
    except Refusal as refusal:
        lines, code = (), refusal.code
    assert code in ("", "bad_template")
    assert all(line.number >= 4 for line in lines)
