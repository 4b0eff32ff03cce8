"""The one error and its pages."""

import ast
import pickle
import re
from pathlib import Path

import pytest

from vivomap.core import Refusal
from vivomap.core.errors import codes, first_remedy, page

SOURCE = Path(__file__).parents[2] / "src" / "vivomap"
CODE = re.compile(r"^[a-z][a-z0-9_]+$")


def used() -> dict[str, str]:
    """Every code that the source raises, flags or holds with a literal, and where."""
    found: dict[str, str] = {}
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            place = {"Refusal": 0, "Flag": 0, "Held": 1, "Missing": 3}.get(node.func.id)
            if place is not None and len(node.args) > place and isinstance(node.args[place], ast.Constant):
                found[str(node.args[place].value)] = f"{file.relative_to(SOURCE)}:{node.lineno}"
    return found


def test_every_code_that_the_source_uses_has_a_page() -> None:
    absent = {code: place for code, place in used().items() if code not in codes()}
    assert not absent


def test_every_page_has_its_title_and_a_remedy() -> None:
    assert len(codes()) > 5
    for code in codes():
        text = page(code)
        assert CODE.match(code)
        assert text.startswith(f"# {code}\n"), code
        assert "\n## What to do\n\n- " in text, code
        assert first_remedy(code)


def test_a_refusal_says_five_things_and_where_to_read_on() -> None:
    lines = Refusal("unknown_unit", "'HU' is not a unit", where="a.csv, line 3", found="HU", expected="UCUM").lines()
    assert len(lines) == 5
    assert lines[0] == "unknown_unit: 'HU' is not a unit"
    assert lines[1] == "where: a.csv, line 3"
    assert lines[2] == "found HU; expected UCUM"
    assert lines[4].endswith("vivomap explain unknown_unit")


def test_a_reason_says_what_was_found_and_expected_once() -> None:
    plain = Refusal("few_directions", "a tensor needs more directions")
    assert plain.reason == "a tensor needs more directions"
    told = Refusal("few_directions", "a tensor needs more directions", found="6", expected="30 or more")
    assert told.reason == "a tensor needs more directions (found 6; expected 30 or more)"
    said = Refusal("too_few_voxels", "3 of 9 voxels hold a value", found="3 of 9 voxels", expected="20 or more")
    assert said.reason == "3 of 9 voxels hold a value (expected 20 or more)"


def test_a_refusal_goes_to_a_worker_and_back_whole() -> None:
    refusal = Refusal("unknown_unit", "s", where="w", found="f", expected="e", computed="c", hint="h")
    again = pickle.loads(pickle.dumps(refusal))  # noqa: S301 (our own bytes, between our own processes)
    assert again.__dict__ == refusal.__dict__


def test_a_page_that_is_not_there_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        page("no_such_code")
    assert refused.value.code == "unknown_name"
