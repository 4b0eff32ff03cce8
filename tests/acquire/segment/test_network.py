import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from scipy.special import ndtr

from vivomap.acquire.phantom import nodules
from vivomap.acquire.phantom.click import clicked
from vivomap.acquire.segment import by_network, network
from vivomap.core import Affine, Image, Refusal, Voxels, affine_of
from vivomap.maths.network import Card, Input


@pytest.fixture
def card(tmp_path: Path) -> Callable[..., Card]:
    """A network that needs no torch: the mean of 27 voxels of the scaled CT, over a half (0.62: some -250 HU)."""
    kernel = numpy_helper.from_array(np.full((1, 1, 3, 3, 3), 40 / 27, np.float32), "kernel")
    bias = numpy_helper.from_array(np.array([-40 * 0.5], np.float32), "bias")
    nodes = [
        helper.make_node("Conv", ["image", "kernel", "bias"], ["logit"], pads=[1] * 6),
        helper.make_node("Sigmoid", ["logit"], ["chance"]),
    ]
    shape = [1, 1, "z", "y", "x"]
    ends = [[helper.make_tensor_value_info(n, TensorProto.FLOAT, shape)] for n in ("image", "chance")]
    graph = helper.make_graph(nodes, "soft", *ends, [kernel, bias])
    body = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(body)
    file = tmp_path / "soft.onnx"
    file.write_bytes(body.SerializeToString())

    def make(**more: Any) -> Card:
        given = Input("ct", "[hnsf'U]", (1.25, 0.8, 0.8), 0.1, "range", (16, 24, 24), -850.0, 40.0, **more)
        sealed = hashlib.sha256(file.read_bytes()).hexdigest()
        return Card(
            "soft", "1", file, sealed, given, ("nodule",), "none", "a phantom", "Apache-2.0", "a test", ("here",)
        )

    return make


def lone(seed: int = 2) -> Any:
    """The CT phantom of a click without its vessel, and the truth."""
    ((image,), (region,), truth), _ = clicked("ct", seed)
    return image, region, truth


def test_the_network_outlines_the_lesion_with_an_edge(card: Callable[..., Card]) -> None:
    image, true, _ = lone()
    (found,) = by_network(image, card())
    both = (found.region.mask.array & true.mask.array).sum()
    assert both > 0.9 * true.voxel_count
    assert found.region.edge_mm > 0.02
    assert found.region.source == (f"network:soft:1:{card().sha256[:12]}",)
    assert found.region.name == "nodule"
    assert found.region.flags[0].code == "domain_unstated"


@pytest.mark.parametrize("doubt", [0.8, 2.0, 6.0])  # mm: less than two voxels, and far more
def test_the_edge_is_as_wide_as_the_chances_say(doubt: float) -> None:
    """A ball whose radius is known to one standard deviation: half of the shell over the surface is u (1 + u²/3R²)."""
    radius, axis = 15.0, np.arange(-30.0, 31.0)
    far = np.sqrt(axis[:, None, None] ** 2 + axis[:, None] ** 2 + axis**2)
    grid = affine_of([[0, 0, 1, 0], [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1]])
    image = Image("ct", Voxels.of(far), "[hnsf'U]", grid)
    found = network._edge_mm(image, far <= radius, ndtr((radius - far) / doubt).astype(np.float32))
    assert found == pytest.approx(doubt * (1 + doubt**2 / (3 * radius**2)), rel=0.05)


def test_an_image_that_lies_the_other_way_gives_the_same_region(card: Callable[..., Card]) -> None:
    image, _, _ = lone()
    turned, affine = np.asarray(image.voxels.array)[::-1, :, ::-1], np.asarray(image.affine)
    z, _, x = image.shape
    flip = np.array([[-1, 0, 0, z - 1], [0, 1, 0, 0], [0, 0, -1, x - 1], [0, 0, 0, 1.0]])
    other = replace(image, voxels=Voxels.of(np.ascontiguousarray(turned)), affine=affine_of(affine @ flip))
    one, two = by_network(image, card())[0], by_network(other, card())[0]
    assert np.array_equal(one.region.mask.array, two.region.mask.array[::-1, :, ::-1])


def test_outside_of_its_domain_nothing_is_outlined(card: Callable[..., Card]) -> None:
    image, _, _ = lone()
    thick: Affine = affine_of(np.asarray(image.affine) @ np.diag([4, 1, 1, 1]))
    flair = clicked("mr", 0)[0][0][0]
    for other in (replace(image, affine=thick), flair, nodules.liver(0).image):
        with pytest.raises(Refusal) as refused:
            by_network(other, card(mean=(-800.0, 40.0), sd=(200.0, 60.0)))
        assert refused.value.code == "out_of_domain"


def test_an_image_that_lies_askew_is_refused(card: Callable[..., Card]) -> None:
    image, _, _ = lone()
    turn = np.eye(4)
    turn[:2, :2] = [[np.cos(0.3), -np.sin(0.3)], [np.sin(0.3), np.cos(0.3)]]
    with pytest.raises(Refusal) as refused:
        by_network(replace(image, affine=affine_of(turn @ np.asarray(image.affine))), card())
    assert refused.value.code == "tilted_slices"
