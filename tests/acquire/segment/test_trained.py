"""A small network that is trained here on phantoms, written as ONNX and run: from its card to the volume."""

import hashlib
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from onnx import TensorProto, helper, numpy_helper

from vivomap.acquire.phantom.click import clicked
from vivomap.acquire.segment import by_network
from vivomap.core import Refusal
from vivomap.maths.network import Card, Input

learning = pytest.importorskip("sklearn.neural_network", reason="training needs scikit-learn: pip install scikit-learn")

SIDE, HIDDEN, TRAINED, TRIED = 5, 12, range(100, 108), range(5)
LOW, HIGH = 0.0, 12.0  # SUV


def patches(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The neighbourhood of every voxel of a PET phantom, scaled, and whether it lies in the lesion."""
    ((image,), (region,), _), _ = clicked("suv", seed)
    scaled = np.clip((image.voxels.array - LOW) / (HIGH - LOW), 0, 1)
    around = sliding_window_view(np.pad(scaled, SIDE // 2), (SIDE,) * 3)  # as convolutions see the border: zeros
    return around.reshape(-1, SIDE**3), region.mask.array.ravel()


def trained(path: Path) -> Card:
    """Two layers learnt from eight phantoms, as convolutions that run over a whole patch."""
    told = [patches(seed) for seed in TRAINED]
    x, y = (np.concatenate(parts) for parts in zip(*told, strict=True))
    rng = np.random.default_rng(0)
    kept = np.concatenate([np.flatnonzero(y), rng.choice(np.flatnonzero(~y), 6 * int(y.sum()), replace=False)])
    net = learning.MLPClassifier((HIDDEN,), random_state=0, max_iter=60, early_stopping=True, tol=1e-4)
    net.fit(x[kept], y[kept])
    first = net.coefs_[0].T.reshape(HIDDEN, 1, SIDE, SIDE, SIDE).astype(np.float32)
    second = net.coefs_[1].T.reshape(1, HIDDEN, 1, 1, 1).astype(np.float32)
    stored = {"w1": first, "b1": net.intercepts_[0].astype(np.float32), "w2": second,
              "b2": net.intercepts_[1].astype(np.float32)}  # fmt: skip
    nodes = [
        helper.make_node("Conv", ["image", "w1", "b1"], ["felt"], pads=[SIDE // 2] * 6),
        helper.make_node("Relu", ["felt"], ["lit"]),
        helper.make_node("Conv", ["lit", "w2", "b2"], ["logit"]),
    ]
    ends = [[helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 1, "z", "y", "x"])] for n in ("image", "logit")]
    graph = helper.make_graph(nodes, "learnt", *ends, [numpy_helper.from_array(v, k) for k, v in stored.items()])
    body = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8).SerializeToString()
    path.write_bytes(body)
    images = [clicked("suv", seed)[0][0][0].voxels.array for seed in TRAINED]
    mean, sd = ([float(f(v)) for v in images] for f in (np.mean, np.std))
    spread = tuple((float(np.mean(v)), max(float(np.std(v)), 0.05)) for v in (mean, sd))
    given = Input("suv", "g/ml{SUVbw}", (3.0, 3.0, 3.0), 0.1, "range", (20, 20, 20), LOW, HIGH, *spread)
    sealed = hashlib.sha256(body).hexdigest()
    return Card(
        "learnt", "1", path, sealed, given, ("lesion",), "sigmoid", "PET phantoms", "Apache-2.0", "here", ("here",)
    )


@pytest.mark.long  # training
def test_what_a_network_learnt_from_phantoms_it_finds_in_others(tmp_path: Path) -> None:
    onnx.checker.check_model(str(trained(tmp_path / "learnt.onnx").file))
    card = trained(tmp_path / "learnt.onnx")
    for seed in TRIED:
        ((image,), (true,), _), _ = clicked("suv", seed)
        (found,) = by_network(image, card)
        both = np.count_nonzero(found.region.mask.array & true.mask.array)
        assert 2 * both / (found.region.voxel_count + true.voxel_count) > 0.9
        assert found.region.edge_mm > 0
    with pytest.raises(Refusal) as refused:
        by_network(clicked("ct", 0)[0][0][0], card)
    assert refused.value.code == "out_of_domain"
