"""A small network that needs no torch: it smooths over 3 x 3 x 3 voxels and says with which chance that is bright."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

BRIGHT, STEEP = 0.5, 20.0


def network(path: Path, weight: np.ndarray | None = None) -> None:
    """out = sigmoid(STEEP (mean of 27 voxels - BRIGHT)), same size as the patch."""
    kernel = np.full((1, 1, 3, 3, 3), 1 / 27, np.float32) if weight is None else weight
    stored = [
        numpy_helper.from_array(kernel, "kernel"),
        numpy_helper.from_array(np.float32(BRIGHT), "bright"),
        numpy_helper.from_array(np.float32(STEEP), "steep"),
    ]
    nodes = [
        helper.make_node("Conv", ["image", "kernel"], ["mean"], pads=[1] * 6),
        helper.make_node("Sub", ["mean", "bright"], ["above"]),
        helper.make_node("Mul", ["above", "steep"], ["logit"]),
        helper.make_node("Sigmoid", ["logit"], ["chance"]),
    ]
    shape = [1, 1, "z", "y", "x"]
    given = [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)]
    made = [helper.make_tensor_value_info("chance", TensorProto.FLOAT, shape)]
    graph = helper.make_graph(nodes, "bright", given, made, stored)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString())


def told(place: Path, **more: Any) -> dict[str, Any]:
    image = {"role": "ct", "unit": "[hnsf'U]", "spacing_mm": [2.0, 1.0, 1.0], "normalise": "range", "low": -1000,
             "high": 200, "patch": [8, 16, 16], "mean": [-700, 60], "sd": [330, 40]}  # fmt: skip
    return {
        "name": "bright",
        "version": "1",
        "file": place.name,
        "sha256": hashlib.sha256(place.read_bytes()).hexdigest(),
        "input": {**image, **more.pop("input", {})},
        "labels": ["nodule"],
        "domain": "chest CT of a phantom",
        "licence": "Apache-2.0",
        "source": "made in a test",
        "validated_at": ["phantom"],
        **more,
    }


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Path]:
    """Writes a network with its card, fields of which may be given; gives the card's path."""

    def write(**more: Any) -> Path:
        network(tmp_path / "bright.onnx")
        card = tmp_path / "model.json"
        card.write_text(json.dumps(told(tmp_path / "bright.onnx", **more)), encoding="utf-8")
        return card

    return write
