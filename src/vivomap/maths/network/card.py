"""The card of a trained network: what goes in, in which form, what comes out, for whom it was made, and its hash.

A card is a JSON file beside the network, or the metadata of a MONAI bundle with a `vivomap` part. It is data: nothing
in it is run, and nothing but ONNX is loaded.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vivomap.core import Refusal

NORMALISATIONS = ("none", "range", "zscore")
AXES = ("LPS", "RAS")
ACTIVATIONS = ("none", "sigmoid", "softmax")
CARD = "model.json"
LARGEST = 4 << 20  # bytes of a card; project


@dataclass(frozen=True)
class Input:
    """What the network takes: role and unit of the image, grid steps (z, y, x) in mm, values, and patch (z, y, x).

    `normalise` is "none", "range" (from `low` and `high` to 0 and 1, cut off there) or "zscore" (of the image).
    `mean` and `sd` are those of the training images, in their unit, and their spread from image to image. `axes` is
    "LPS" for a network that takes (z, y, x) rising to left, posterior and superior, "RAS" for (x, y, z) of MONAI.
    """

    role: str
    unit: str
    spacing_mm: tuple[float, float, float]
    spacing_tolerance: float
    normalise: str
    patch: tuple[int, int, int]
    low: float = 0.0
    high: float = 1.0
    mean: tuple[float, float] | None = None  # mean over images, sd from image to image
    sd: tuple[float, float] | None = None
    axes: str = "LPS"


@dataclass(frozen=True)
class Card:
    """One network: its file with its hash, its input, the names of its output channels, and where it holds.

    `labels` give every channel its name, "" for what is nothing (the background). `domain` says in words what it was
    trained on, `validated_at` where it was shown to hold; an empty one is told with every result.
    """

    name: str
    version: str
    file: Path
    sha256: str
    input: Input
    labels: tuple[str, ...]
    activation: str
    domain: str
    licence: str
    source: str
    validated_at: tuple[str, ...] = ()


def document(place: Path) -> dict[str, Any]:
    """A JSON file that holds an object. Raises Refusal `file_absent` or `bad_model`."""
    if not place.is_file():
        raise Refusal("file_absent", "there is no model card", where=str(place), expected=CARD)
    if place.stat().st_size > LARGEST:
        raise Refusal("bad_model", "the model card is too large to be one", where=str(place))
    try:
        told = json.loads(place.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as broken:
        raise Refusal(
            "bad_model", "the model card is no JSON", where=str(place), found=type(broken).__name__
        ) from broken
    if not isinstance(told, dict):
        raise Refusal("bad_model", "the model card is no object with names", where=str(place))
    return told


def card_of(told: dict[str, Any], folder: Path) -> Card:
    """The card that plain data stand for; its file lies in the folder. Raises Refusal `bad_model`."""
    try:
        file = str(told["file"])
        card = Card(
            str(told["name"]),
            str(told["version"]),
            folder / file,
            str(told["sha256"]).lower(),
            _input(told["input"]),
            tuple(map(str, told["labels"])),
            str(told.get("activation", "none")),
            str(told["domain"]),
            str(told["licence"]),
            str(told["source"]),
            tuple(map(str, told.get("validated_at", ()))),
        )
    except (KeyError, TypeError, ValueError) as wrong:
        raise Refusal("bad_model", "the model card lacks a part, or it has another form", found=str(wrong)) from wrong
    _sound(card, file)
    return card


def checked_bytes(card: Card) -> bytes:
    """The network as it lies on disk, once its hash is what the card says. Raises Refusal `model_changed`."""
    if not card.file.is_file():
        raise Refusal("file_absent", f"the network of {card.name} is not there", where=str(card.file))
    body = card.file.read_bytes()
    found = hashlib.sha256(body).hexdigest()
    if found != card.sha256:
        summary = f"the network of {card.name} is not the one that its card names: it is not loaded"
        raise Refusal("model_changed", summary, where=str(card.file), found=found[:12], expected=card.sha256[:12])
    return body


def _input(told: dict[str, Any]) -> Input:
    z, y, x = (float(v) for v in told["spacing_mm"])
    a, b, c = (int(v) for v in told["patch"])
    return Input(
        str(told["role"]),
        str(told.get("unit", "")),
        (z, y, x),
        float(told.get("spacing_tolerance", 0.25)),
        str(told.get("normalise", "none")),
        (a, b, c),
        float(told.get("low", 0.0)),
        float(told.get("high", 1.0)),
        _pair(told.get("mean")),
        _pair(told.get("sd")),
        str(told.get("axes", "LPS")),
    )


def _pair(told: Any) -> tuple[float, float] | None:
    if told is None:
        return None
    middle, spread = (float(v) for v in told)
    return middle, spread


def _sound(card: Card, file: str) -> None:
    """Raises Refusal `bad_model` for a card that says what cannot be, or points out of its folder."""
    given = card.input
    numbers = (
        *given.spacing_mm,
        given.spacing_tolerance,
        given.low,
        given.high,
        *(given.mean or ()),
        *(given.sd or ()),
    )
    spreads = [pair[1] for pair in (given.mean, given.sd) if pair is not None]
    wrong = {
        "normalise": given.normalise not in NORMALISATIONS or (given.normalise == "range" and given.low >= given.high),
        "activation": card.activation not in ACTIVATIONS,
        "spacing_mm and numbers": not all(map(math.isfinite, numbers)) or min(given.spacing_mm) <= 0,
        "patch": min(given.patch) < 1,
        "mean and sd": any(spread <= 0 for spread in spreads),
        "labels": not any(card.labels),
        "sha256": len(card.sha256) != 64,
        "file": Path(file).is_absolute() or ".." in Path(file).parts,
        "axes": given.axes not in AXES,
        "domain, licence and source": not (card.domain and card.licence and card.source),
    }
    bad = [name for name, fault in wrong.items() if fault]
    if bad:
        raise Refusal("bad_model", f"the model card of {card.name} says what cannot be", found=", ".join(bad))
    if card.file.suffix != ".onnx":
        why = "only ONNX is run: other forms can hold programs of their own, and TorchScript needs another runner"
        raise Refusal("model_not_run", why, where=file, expected="a network exported to ONNX")
