import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vivomap.core import Refusal
from vivomap.maths.network.bundle import read_card
from vivomap.maths.network.run import predict

from .conftest import network

ORIENT = {"_target_": "Orientationd", "keys": "image", "axcodes": "RAS"}
SCALE = {"_target_": "ScaleIntensityRanged", "a_min": -1000, "a_max": 200, "b_min": 0.0, "b_max": 1.0, "clip": True}
SPACE = {"_target_": "Spacingd", "keys": "image", "pixdim": [1.0, 1.5, 2.0]}
LOAD = {"_target_": "LoadImaged", "keys": "image"}


def bundle(folder: Path, steps: list[dict[str, Any]], after: tuple[dict[str, Any], ...] = (), **ours: Any) -> Path:
    """A bundle as MONAI writes one, with an ONNX network that leans towards lower x."""
    weight = np.zeros((1, 1, 3, 3, 3), np.float32)
    weight[0, 0, 0, 1, 1] = 1.0  # MONAI's first axis is x, rising to the right
    network(folder / "models" / "model.onnx", weight)
    sealed = hashlib.sha256((folder / "models" / "model.onnx").read_bytes()).hexdigest()
    told = {
        "version": "0.1.0",
        "name": "lean",
        "intended_use": "a phantom",
        "authors": "made in a test",
        "copyright": "Apache-2.0",
        "network_data_format": {
            "inputs": {"image": {"modality": "CT", "num_channels": 1}},
            "outputs": {"pred": {"channel_def": {"0": "lesion"}}},
        },
        "vivomap": {"sha256": sealed, **ours},
    }
    plan = {
        "preprocessing": {"_target_": "Compose", "transforms": steps},
        "inferer": {"_target_": "SlidingWindowInferer", "roi_size": [12, 10, 8]},
        "postprocessing": {"_target_": "Compose", "transforms": list(after)},
    }
    (folder / "configs").mkdir(parents=True, exist_ok=True)
    (folder / "configs" / "metadata.json").write_text(json.dumps(told))
    (folder / "configs" / "inference.json").write_text(json.dumps(plan))
    return folder


def test_a_bundle_is_read_as_data_with_its_axes_turned(tmp_path: Path) -> None:
    card = read_card(bundle(tmp_path, [LOAD, ORIENT, SPACE, SCALE]))
    assert (card.input.role, card.input.spacing_mm, card.input.patch) == ("ct", (2.0, 1.5, 1.0), (8, 10, 12))
    assert (card.input.normalise, card.input.low, card.input.high, card.input.axes) == ("range", -1000, 200, "RAS")


def test_a_network_of_monai_sees_right_anterior_and_superior_rise(tmp_path: Path) -> None:
    """It answers one voxel further right than the bright one it looks at: in LPS at the next lower x."""
    card = read_card(bundle(tmp_path, [LOAD, ORIENT, SPACE, SCALE]))
    values = np.full((8, 10, 12), -1000.0)
    values[3, 4, 6] = 200.0
    found = predict(card, values)[0]
    assert np.unravel_index(found.argmax(), found.shape) == (3, 4, 5)


def test_the_activation_comes_from_the_steps_afterwards(tmp_path: Path) -> None:
    after = ({"_target_": "Activationsd", "sigmoid": True}, {"_target_": "AsDiscreted", "threshold": 0.5})
    assert read_card(bundle(tmp_path, [ORIENT, SPACE, SCALE], after)).activation == "sigmoid"


@pytest.mark.parametrize(
    "steps",
    [
        [SPACE, SCALE],
        [ORIENT, SPACE, {"_target_": "scripts.mine.Prepared"}],
        [ORIENT, SPACE, {"_target_": "NormalizeIntensityd", "nonzero": True}],
        [ORIENT, SPACE, {"_target_": "NormalizeIntensityd", "subtrahend": 40.0, "divisor": 12.0}],
    ],
    ids=["no orientation", "a step of their own", "a part of the image", "numbers of its own"],
)
def test_a_bundle_that_asks_for_more_than_is_known_is_refused(steps: list[dict[str, Any]], tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        read_card(bundle(tmp_path, steps))
    assert refused.value.code == "model_not_run"


def test_a_bundle_of_torchscript_is_refused_and_so_is_one_without_a_hash(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        read_card(bundle(tmp_path, [ORIENT, SPACE, SCALE], sha256=""))
    assert "sha256" in refused.value.hint
    (tmp_path / "models" / "model.onnx").rename(tmp_path / "models" / "model.ts")
    with pytest.raises(Refusal) as refused:
        read_card(tmp_path)
    assert refused.value.code == "model_not_run"


def test_a_list_of_hashes_in_the_bundle_does_too(tmp_path: Path) -> None:
    place = bundle(tmp_path, [ORIENT, SPACE, SCALE], sha256="")
    sealed = hashlib.sha256((place / "models" / "model.onnx").read_bytes()).hexdigest()
    (place / "models" / "SHA256SUMS").write_text(f"{sealed}  model.onnx\n")
    assert read_card(place).sha256 == sealed
