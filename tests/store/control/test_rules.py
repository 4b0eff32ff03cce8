"""The rules of quality: a site's own before the defaults, and a file with a mistake refused whole."""

from pathlib import Path

import pytest

from vivomap.core import Refusal
from vivomap.store.control.rules import DEFAULTS, FILE, KINDS, rules

GOOD = """
[[check]]
kind = "ct"
quantity = "water"
scanner = "model 64"
target = 0.0
action = 3
due_days = 7
by = "A. Physicist"
on = 2026-01-31
"""


def test_without_a_file_the_defaults_hold_for_every_kind(tmp_path: Path) -> None:
    assert rules(tmp_path) == DEFAULTS
    assert {r.kind for r in DEFAULTS} == set(KINDS)


def test_a_sites_own_rule_comes_first_and_only_for_its_scanner(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(GOOD, encoding="utf-8")
    found = rules(tmp_path)
    assert (found[0].action, found[0].due_days, found[0].source) == (3.0, 7, "A. Physicist, 2026-01-31")
    assert found[0].holds("ct", "water", "MAKER MODEL 64 S1")
    assert not found[0].holds("ct", "air", "MAKER MODEL 64 S1")
    assert not found[0].holds("ct", "water", "MAKER MODEL 128 S2")


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        'name = "x"',
        GOOD.replace("due_days = 7", ""),
        GOOD.replace("due_days = 7", "due_days = -7"),
        GOOD.replace("action = 3", "action = true"),
        GOOD.replace("action = 3", "action = inf"),
        GOOD.replace('kind = "ct"', 'kind = "mri"'),
        GOOD + "colour = 1\n",
        GOOD.replace("on = 2026-01-31", 'on = "2026-01-31"'),
    ],
)
def test_any_mistake_refuses_the_file(text: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(Refusal) as refused:
        rules(tmp_path)
    assert refused.value.code == "bad_setting"
