"""Runs an ONNX network over a volume: patch by patch, blended by a Gaussian weight, the same bytes each time.

Every voxel's output is the mean over the patches that hold it, each weighted by

    w(d) = exp(-d² / (2 (L / 8)²))

along each axis, d voxels from the middle of a patch that is L long. One thread, no graph rewriting that reorders sums.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vivomap.core import Refusal
from vivomap.core.image import Array
from vivomap.maths.network.card import Card, checked_bytes

RUNTIME = "onnxruntime"
OVERLAP = 0.5  # of a patch; project
SPREAD = 8.0  # patch lengths over the sd of the weight; project
FAINTEST = 1e-3  # of the weight, so that corners count; project

Floats = NDArray[np.float32]
Told = Callable[[int, int], None]


def predict(card: Card, values: Array, told: Told = lambda done, total: None) -> Floats:
    """Chances (label, z, y, x) of a volume (z, y, x). The caller has checked its domain.

    Raises Refusal `library_absent`, `model_changed`, or `bad_model` if the network gives another form.
    """
    session = _session(card)
    prepared = _normalised(card, values)
    size = card.input.patch
    padded, start = _padded(prepared, size)
    total = np.zeros((len(card.labels), *padded.shape), np.float64)
    weight = np.zeros(padded.shape, np.float64)
    bell = _bell(size)
    places = list(_places(padded.shape, size))
    for done, place in enumerate(places):
        told(done, len(places))
        total[(slice(None), *place)] += bell * _output(session, card, padded[place])
        weight[place] += bell
    told(len(places), len(places))
    inner = tuple(slice(s, s + n) for s, n in zip(start, values.shape, strict=True))
    return _chances(card, total[(slice(None), *inner)] / weight[inner])


def _session(card: Card) -> Any:
    if importlib.util.find_spec(RUNTIME) is None:
        hint = "pip install 'vivomap[models]'"
        raise Refusal(
            "library_absent", f"a network needs {RUNTIME}, which is not installed", where=card.name, hint=hint
        )
    runtime: Any = importlib.import_module(RUNTIME)
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.use_deterministic_compute = True
    options.log_severity_level = 4
    try:
        return runtime.InferenceSession(checked_bytes(card), options, providers=["CPUExecutionProvider"])
    except Refusal:
        raise
    except Exception as broken:  # whatever the runtime finds wrong with a file
        found = type(broken).__name__
        raise Refusal(
            "bad_model", f"the network of {card.name} cannot be loaded", where=card.file.name, found=found
        ) from broken


def _normalised(card: Card, values: Array) -> Floats:
    given, own = card.input, np.asarray(values, np.float64)
    if given.normalise == "range":
        own = np.clip((own - given.low) / (given.high - given.low), 0, 1)
    elif given.normalise == "zscore":
        own = (own - own.mean()) / max(float(own.std()), 1e-9)
    return own.astype(np.float32)


def _padded(values: Floats, size: tuple[int, int, int]) -> tuple[Floats, tuple[int, ...]]:
    """The volume, at least as large as a patch, its edges repeated; and where it begins."""
    lack = [max(s - n, 0) for s, n in zip(size, values.shape, strict=True)]
    pads = [(v // 2, v - v // 2) for v in lack]
    return np.pad(values, pads, mode="edge"), tuple(a for a, _ in pads)


def _places(shape: tuple[int, ...], size: tuple[int, int, int]) -> Iterator[tuple[slice, slice, slice]]:
    """The patches, half of one further each time, the last at the border."""
    starts = [
        sorted({*range(0, n - s, max(int(s * (1 - OVERLAP)), 1)), n - s}) for n, s in zip(shape, size, strict=True)
    ]
    for z, y, x in product(*starts):
        yield slice(z, z + size[0]), slice(y, y + size[1]), slice(x, x + size[2])


def _bell(size: tuple[int, int, int]) -> NDArray[np.float64]:
    z, y, x = (np.exp(-(((np.arange(n) - (n - 1) / 2) / (n / SPREAD)) ** 2) / 2) for n in size)
    return np.asarray(np.maximum(z[:, None, None] * y[:, None] * x, FAINTEST))


def _output(session: Any, card: Card, patch: Floats) -> Floats:
    (first,) = session.get_inputs()
    try:
        given = np.ascontiguousarray(_turned(patch, card.input.axes))
        found = np.asarray(session.run(None, {first.name: given[None, None]})[0], np.float32)
    except Exception as broken:  # whatever the runtime says of a patch
        raise Refusal("bad_model", f"{card.name} does not take such a patch", found=type(broken).__name__) from broken
    wanted = (1, len(card.labels), *given.shape)
    if found.shape != wanted or not np.isfinite(found).all():
        raise Refusal("bad_model", f"{card.name} gives another form", found=str(found.shape), expected=str(wanted))
    return np.stack([_back(each, card.input.axes) for each in found[0]])


def _turned(patch: Floats, axes: str) -> Floats:
    """A patch (z, y, x) as the network's axes lie."""
    return patch if axes == "LPS" else patch.transpose(2, 1, 0)[::-1, ::-1]


def _back(patch: Floats, axes: str) -> Floats:
    """What a network gave, as (z, y, x)."""
    return patch if axes == "LPS" else patch[::-1, ::-1].transpose(2, 1, 0)


def _chances(card: Card, outputs: NDArray[np.float64]) -> Floats:
    if card.activation == "sigmoid":
        return (0.5 * (1 + np.tanh(outputs / 2))).astype(np.float32)
    if card.activation == "softmax":
        raised = np.exp(outputs - outputs.max(axis=0))
        return np.asarray(raised / raised.sum(axis=0), np.float32)
    if outputs.min() < -1e-5 or outputs.max() > 1 + 1e-5:
        found = f"{outputs.min():.3g} to {outputs.max():.3g}"
        raise Refusal("bad_model", f"{card.name} gives no chances, and its card names no activation", found=found)
    return np.clip(outputs, 0, 1).astype(np.float32)
