"""Trials are carried out for whole seeds, in the time that there is."""

from itertools import count

import pytest

from vivomap.quantify import cards
from vivomap.verify import runs
from vivomap.verify.runs import ALL, LEAST, LONGER, Plan, carry_out, crew, enough
from vivomap.verify.trial import Found

SIZE = cards()["volume"].truth
GROUPS, LEVELS = {SIZE: ("volume", "long_axis")}, {SIZE: (1.0,)}


def seeds(plan, pool=None, levels=LEVELS):
    return [found[0].trial.seed for found in carry_out(GROUPS, levels, plan, pool)]


def test_every_seed_is_tried_without_a_limit():
    assert seeds(Plan(5, None)) == [0, 1, 2, 3, 4]
    assert seeds(Plan(2, None), levels={SIZE: (1.0, 3.0)}) == [0, 0, 1, 1]


def test_when_time_is_up_the_first_seeds_are_still_tried(monkeypatch):
    clock = count(0, 100.0)
    monkeypatch.setattr(runs.time, "monotonic", lambda: next(clock))
    assert seeds(Plan(50, 15.0)) == list(range(LEAST))


def test_what_is_not_right_in_the_time_is_looked_at_with_more_seeds_and_nothing_else_is(monkeypatch):
    clock = count(0, LONGER / 10)  # ten looks at the clock are too long
    monkeypatch.setattr(runs.time, "monotonic", lambda: next(clock))
    groups = {SIZE: ("volume",), "beside": ("density",)}
    levels = {SIZE: (1.0,), "beside": (1.0,)}

    def deed(trial):
        return tuple(Found(card, trial, 1.0, 1.0) for card in trial.cards)

    def tried(plan, right):
        found = enough(groups, levels, plan, None, right, deed)
        return {g: [f.trial.seed for f in found if f.trial.phantom == g] for g in groups}

    quick = tried(Plan(50, 15.0), lambda card, found: True)
    assert quick[SIZE] == quick["beside"]
    again = tried(Plan(50, 15.0), lambda card, found: card != "volume")
    assert again["beside"] == quick["beside"]
    assert again[SIZE] == list(range(len(again[SIZE])))
    assert len(quick[SIZE]) < len(again[SIZE]) < ALL
    asked = tried(Plan(5, None), lambda card, found: False)  # so many seeds were asked for: they are what is judged
    assert asked[SIZE] == list(range(5))


@pytest.mark.slow  # two processes load the library
def test_two_processes_find_what_one_finds():
    with crew(2) as pool:
        beside = {
            f.trial.seed: f.value for some in carry_out(GROUPS, LEVELS, Plan(4, None, workers=2), pool) for f in some
        }
    alone = {f.trial.seed: f.value for some in carry_out(GROUPS, LEVELS, Plan(4, None), None) for f in some}
    assert beside == alone


def test_one_worker_needs_no_other_process():
    with crew(1) as pool:
        assert pool is None
