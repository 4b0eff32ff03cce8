"""The whole of it: every card has its row, what is asked for is given, and the full proof writes its table."""

import os
from pathlib import Path

import pytest

from vivomap.core import Refusal
from vivomap.quantify import cards
from vivomap.verify import ALL, Plan, families, verify
from vivomap.verify.evidence import coverage_table
from vivomap.verify.numbers import family

ROOT = Path(__file__).parents[2]


def test_every_card_has_its_family_and_every_family_can_be_asked_for():
    assert {*map(family, cards().values()), "criteria", "change"} <= set(families())


def test_one_biomarker_or_its_family_is_given():
    alone = verify("density", Plan(2, None))
    assert [(r.family, r.biomarker) for r in alone.rows] == [("size", "density")]
    heard = []
    whole = verify("enhancement", Plan(3, None), lambda done, total: heard.append((done, total)))
    mine = {name for name, card in cards().items() if family(card) == "enhancement"}
    assert {r.biomarker for r in whole.rows} == mine
    assert whole.ok
    assert heard == [(0, 1), (1, 1)]


def test_a_set_that_is_not_at_hand_is_listed(monkeypatch):
    monkeypatch.delenv("VIVOMAP_DATA", raising=False)
    monkeypatch.setattr("vivomap.verify.cards", dict)
    found = verify("permeability", Plan(1, None))
    assert {a.name for a in found.absent} == {"OSIPI tissue curves", "OSIPI arteries"}
    assert found.ok


def test_an_unknown_family_is_refused():
    with pytest.raises(Refusal) as refused:
        verify("tea leaves")
    assert refused.value.code == "unknown_name"


def test_the_table_of_coverage_has_a_line_for_each_phantom_row():
    lines = coverage_table(verify("density", Plan(3, None))).splitlines()
    assert [line for line in lines if line.startswith("| `density`")]
    assert "of 3" in "".join(lines)


@pytest.mark.long  # 1,000 seeds of every phantom: hours
@pytest.mark.timeout(0)
@pytest.mark.parametrize("name", sorted({family(c) for c in cards().values()}))
def test_the_stated_intervals_hold_the_truth_as_often_as_they_say(name, data, monkeypatch):
    monkeypatch.setenv("VIVOMAP_DATA", str(data))
    found = verify(name, Plan(ALL, None, workers=os.cpu_count() or 1))
    folder = ROOT / "docs" / "coverage"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.md").write_text(coverage_table(found), "utf-8")
    assert [(r.biomarker, r.reason) for r in found.rows if not r.ok] == []
