from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vivomap.core import Refusal
from vivomap.maths.network import Card, Seen, check, read_card

SEEN = Seen("ct", "[hnsf'U]", (2.0, 1.0, 1.0), np.random.default_rng(0).normal(-700, 330, (9, 20, 20)))


@pytest.fixture
def card(made: Callable[..., Path]) -> Card:
    return read_card(made())


def test_an_image_as_in_training_passes_without_a_word(card: Card) -> None:
    assert check(card, SEEN) == ()


@pytest.mark.parametrize(
    "other",
    [
        replace(SEEN, role="mr"),
        replace(SEEN, unit="1"),
        replace(SEEN, spacing_mm=(5.0, 1.0, 1.0)),
        replace(SEEN, values=SEEN.values + 500),
        replace(SEEN, values=SEEN.values * 3),
    ],
    ids=["kind", "unit", "grid", "mean", "spread"],
)
def test_another_kind_unit_grid_or_other_values_are_refused(other: Seen, card: Card) -> None:
    with pytest.raises(Refusal) as refused:
        check(card, other)
    assert refused.value.code == "out_of_domain"
    assert refused.value.found
    assert refused.value.expected


def test_a_voxel_without_a_number_is_refused(card: Card) -> None:
    holed = SEEN.values.copy()
    holed[0, 0, 0] = np.nan
    with pytest.raises(Refusal, match="no number"):
        check(card, replace(SEEN, values=holed))


def test_a_card_that_does_not_say_says_so_with_the_result(made: Callable[..., Path]) -> None:
    card = read_card(made(validated_at=[], input={"mean": None, "sd": None}))
    assert [flag.code for flag in check(card, SEEN)] == ["domain_unstated", "model_unproven"]
