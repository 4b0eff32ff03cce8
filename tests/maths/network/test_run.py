import hashlib
import importlib.util
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from vivomap.core import Refusal
from vivomap.maths.network import predict, read_card
from vivomap.maths.network.run import _bell, _places

from .conftest import BRIGHT, STEEP


def scene(shape: tuple[int, int, int] = (19, 37, 30)) -> np.ndarray:
    rng = np.random.default_rng(1)
    values = rng.normal(-850, 30, shape)
    values[8:13, 14:22, 10:20] = 100
    return values


def expected(values: np.ndarray) -> np.ndarray:
    scaled = np.clip((values + 1000) / 1200, 0, 1).astype(np.float32)
    return 1 / (1 + np.exp(-STEEP * (ndimage.uniform_filter(scaled, 3, mode="constant") - BRIGHT)))


def test_the_network_gives_what_its_formula_says_in_every_patch(made: Callable[..., Path]) -> None:
    values = scene()
    found = predict(read_card(made()), values)
    assert found.shape == (1, *values.shape)
    inner = (slice(1, -1),) * 3
    apart = np.abs(found[0][inner] - expected(values)[inner])
    assert apart.max() < 0.1  # the edges of patches see no neighbours
    assert apart.mean() < 1e-3


def test_the_same_image_gives_the_same_bytes(made: Callable[..., Path]) -> None:
    card = read_card(made())
    assert predict(card, scene()).tobytes() == predict(card, scene()).tobytes()


def test_an_image_smaller_than_a_patch_keeps_its_size(made: Callable[..., Path]) -> None:
    assert predict(read_card(made()), scene((5, 30, 30))[:, :9]).shape == (1, 5, 9, 30)


def test_patches_cover_every_voxel_and_the_middle_of_a_patch_counts_most() -> None:
    weight = np.zeros((19, 37, 30))
    for place in _places(weight.shape, (8, 16, 16)):
        weight[place] += _bell((8, 16, 16))
    assert weight.min() > 0
    bell = _bell((8, 16, 16))
    assert bell[4, 8, 8] == bell.max()
    assert bell.min() >= 1e-3


def test_softmax_makes_chances_of_two_channels(made: Callable[..., Path]) -> None:
    with pytest.raises(Refusal, match="another form"):
        predict(read_card(made(labels=["", "nodule"], activation="softmax")), scene())


def test_outputs_that_are_no_chances_are_refused(made: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    card = read_card(made())
    monkeypatch.setattr(
        "vivomap.maths.network.run._output", lambda session, card, patch: 7.0 * np.ones((1, *patch.shape))
    )
    with pytest.raises(Refusal, match="no chances"):
        predict(card, scene())


def test_without_the_runtime_it_is_refused_with_what_to_install(
    made: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(Refusal) as refused:
        predict(read_card(made()), scene())
    assert refused.value.code == "library_absent"
    assert "models" in refused.value.hint


def test_a_file_that_is_no_network_is_refused(made: Callable[..., Path]) -> None:
    place = made()
    card = read_card(place)
    card.file.write_bytes(b"no network")
    with pytest.raises(Refusal) as refused:
        predict(replace(card, sha256=hashlib.sha256(b"no network").hexdigest()), scene())
    assert refused.value.code == "bad_model"
