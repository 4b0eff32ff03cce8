"""The catalogue of bad input, A01 to F07: each item comes to a running receiver or reader, and nothing gives way.

After each trial hold I1 to I7 (tests/badfiles/house.py); I8 is part of what a trial finds. `docs/bad-input.md` shows
the catalogue. To write it anew: VIVOMAP_WRITE_TABLE=1 pytest tests/test_badfiles.py
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from vivomap.core.errors import codes

from .badfiles.card import DISPOSITIONS, Trial
from .badfiles.house import House, begin, end
from .badfiles.register import CARDS, IDS

ROOT = Path(__file__).parents[1]
PAGE, MARK = ROOT / "docs" / "bad-input.md", "<!-- made from tests/badfiles -->\n"
TRIALS = [(card, trial) for card in CARDS for trial in card.trials]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = begin(tmp_path_factory.mktemp("house"))
    yield made
    end(made)


def marks(trial: Trial) -> list[pytest.MarkDecorator]:
    return [*([pytest.mark.long] if trial.long else []), *([pytest.mark.slow] if trial.slow else [])]


CASES = [
    pytest.param(number, trial, id=f"{card.id} {trial.says}", marks=marks(trial))
    for number, (card, trial) in enumerate(TRIALS)
]


@pytest.mark.parametrize(("number", "trial"), CASES)
def test_bad_input_becomes_what_its_card_says_and_harms_nothing(house: House, number: int, trial: Trial) -> None:
    before = house.listing()
    found = trial.deed(house, number)
    assert (found.disposition, not trial.code or trial.code in found.codes) == (trial.disposition, True), found
    house.check(found, before)


def test_each_of_the_76_items_has_a_card_and_each_card_a_trial_in_ci() -> None:
    assert [card.id for card in CARDS] == list(IDS)
    assert len(IDS) == 76
    for card in CARDS:
        assert [t for t in card.trials if not t.long], card.id
        assert {t.disposition for t in card.trials} <= set(DISPOSITIONS), card.id


def test_each_code_of_a_card_has_its_page() -> None:
    assert {t.code for _, t in TRIALS if t.code} <= set(codes())


@pytest.mark.parametrize("pointer", sorted({p for card in CARDS for p in card.also}))
def test_what_a_card_points_to_is_there(pointer: str) -> None:
    file, _, name = pointer.partition("::")
    assert f"def {name}(" in (ROOT / "tests" / file).read_text(encoding="utf-8")


def table() -> str:
    """The catalogue as the page shows it."""
    lines = []
    for card in CARDS:
        lines += [f"\n## {card.id}: {card.says}\n", "| what comes | becomes | code |", "| --- | --- | --- |"]
        lines += [f"| {_cell(t.says)} | {t.disposition} | {f'`{t.code}`' if t.code else ''} |" for t in card.trials]
        lines += [f"\n{card.note}"] if card.note else []
        lines += [f"\nAlso held by `{p}`." for p in card.also]
    return "\n".join(lines) + "\n"


def _cell(words: str) -> str:
    return words.replace("|", "\\|").replace("<", "&lt;")


def test_the_page_shows_the_catalogue() -> None:
    head, _, rest = PAGE.read_text(encoding="utf-8").partition(MARK)
    if os.environ.get("VIVOMAP_WRITE_TABLE"):
        rest = table()
        PAGE.write_text(head + MARK + rest, encoding="utf-8")
    assert rest == table(), "run this test with VIVOMAP_WRITE_TABLE=1"
