import json
from collections.abc import Callable
from pathlib import Path

import pytest

from vivomap.core import Refusal
from vivomap.maths.network.bundle import read_card
from vivomap.maths.network.card import checked_bytes


def test_a_card_is_read_from_its_file_or_its_folder(made: Callable[..., Path]) -> None:
    place = made()
    card = read_card(place)
    assert card == read_card(place.parent)
    assert (card.name, card.labels, card.input.patch) == ("bright", ("nodule",), (8, 16, 16))
    assert checked_bytes(card) == card.file.read_bytes()


@pytest.mark.parametrize(
    "fault",
    [
        {"labels": [""]},
        {"activation": "magic"},
        {"domain": ""},
        {"sha256": "abc"},
        {"file": "../bright.onnx"},
        {"input": {"patch": [0, 1, 1]}},
        {"input": {"spacing_mm": [1, 1]}},
        {"input": {"sd": [1, 0]}},
        {"input": {"normalise": "range", "low": 2, "high": 1}},
        {"input": {"axes": "LAS"}},
    ],
)
def test_a_card_that_says_what_cannot_be_is_refused(fault: dict[str, object], made: Callable[..., Path]) -> None:
    with pytest.raises(Refusal) as refused:
        read_card(made(**fault))
    assert refused.value.code == "bad_model"


def test_a_card_without_a_part_is_refused_and_so_is_what_is_no_card(made: Callable[..., Path], tmp_path: Path) -> None:
    place = made()
    told = json.loads(place.read_text())
    del told["sha256"]
    for text in (json.dumps(told), "[]", "{", "[" * 5000):
        place.write_text(text)
        with pytest.raises(Refusal) as refused:
            read_card(place)
        assert refused.value.code == "bad_model"
    with pytest.raises(Refusal) as refused:
        read_card(tmp_path / "elsewhere.json")
    assert refused.value.code == "file_absent"


def test_a_network_that_was_changed_is_not_loaded(made: Callable[..., Path]) -> None:
    card = read_card(made())
    card.file.write_bytes(card.file.read_bytes() + b"x")
    with pytest.raises(Refusal) as refused:
        checked_bytes(card)
    assert refused.value.code == "model_changed"


@pytest.mark.parametrize("name", ["bright.pt", "bright.pth", "bright.pkl", "bright.ts"])
def test_nothing_but_onnx_is_run(name: str, made: Callable[..., Path]) -> None:
    with pytest.raises(Refusal) as refused:
        read_card(made(file=name))
    assert refused.value.code == "model_not_run"
