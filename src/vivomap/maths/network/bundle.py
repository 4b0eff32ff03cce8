"""MONAI bundles: their metadata and inference settings, read as data. Only a network in ONNX inside of one is run.

A bundle is a folder with `configs/metadata.json` and `models/`. Its `_target_` entries name Python that MONAI would
call; none is called here. What they ask for is translated where it is one of a few known transforms, else refused.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from vivomap.core import Refusal
from vivomap.maths.network.card import CARD, Card, card_of, document

METADATA = Path("configs") / "metadata.json"
INFERENCE = Path("configs") / "inference.json"
ROLES = {"CT": "ct", "MR": "mr", "MRI": "mr", "PT": "suv", "PET": "suv"}
IGNORED = ("LoadImage", "EnsureChannelFirst", "EnsureType", "CastToType", "ToTensor")
ACTS = {"AsDiscrete", "Invert", "SaveImage"}


def read_card(path: Path) -> Card:
    """The card of a file, or of a folder that holds `model.json` or is a MONAI bundle.

    Raises Refusal `file_absent`, or `bad_model` where the card lacks something or says what cannot be.
    """
    if path.is_dir() and is_bundle(path):
        return bundled(path)
    place = path / CARD if path.is_dir() else path
    return card_of(document(place), place.parent)


def is_bundle(folder: Path) -> bool:
    """Whether a folder is a MONAI bundle."""
    return (folder / METADATA).is_file()


def bundled(folder: Path) -> Card:
    """The card of a bundle. Raises Refusal `bad_model`, or `model_not_run` for what only MONAI itself could run."""
    told, plan = document(folder / METADATA), document(folder / INFERENCE)
    files = sorted((folder / "models").glob("*.onnx"))
    if len(files) != 1:
        there = ", ".join(sorted(p.name for p in (folder / "models").glob("*"))) or "nothing"
        summary = "the bundle holds no single ONNX network, and TorchScript and checkpoints are not loaded"
        raise Refusal("model_not_run", summary, where=str(folder), found=there, expected="models/model.onnx")
    ours = told.get("vivomap", {})
    if not isinstance(ours, dict):
        raise Refusal("bad_model", "the part `vivomap` of the metadata is no object", where=str(METADATA))
    try:
        form = told["network_data_format"]
        image, out = next(iter(form["inputs"].values())), next(iter(form["outputs"].values()))
        made: dict[str, Any] = {
            "name": told.get("name") or folder.name,
            "version": told["version"],
            "file": f"models/{files[0].name}",
            "sha256": ours.get("sha256") or _sealed(folder, files[0]),
            "labels": _labels(out),
            "activation": _activation(plan),
            "domain": told.get("intended_use") or told.get("description", ""),
            "licence": told.get("copyright") or ours.get("licence", ""),
            "source": told.get("authors", "") or told.get("data_source", ""),
            "validated_at": ours.get("validated_at", ()),
            "input": {**_input(image, plan), **ours.get("input", {})},
        }
    except (KeyError, TypeError, StopIteration, AttributeError) as wrong:
        raise Refusal("bad_model", "the metadata of the bundle lack a part", found=str(wrong)) from wrong
    return card_of(made, folder)


def _sealed(folder: Path, file: Path) -> str:
    """The hash that the bundle's own list gives its network. Raises Refusal `bad_model` if nothing names it."""
    listed = folder / "models" / "SHA256SUMS"
    lines = listed.read_text(encoding="utf-8").splitlines() if listed.is_file() else ()
    for line in lines:
        digest, _, name = line.strip().partition(" ")
        if name.strip(" *") == file.name:
            return digest
    now = hashlib.sha256(file.read_bytes()).hexdigest()
    hint = f'once you trust it, say "vivomap": {{"sha256": "{now}"}} in configs/metadata.json'
    raise Refusal(
        "bad_model", "nothing says which hash the network of the bundle must have", where=str(file), hint=hint
    )


def _labels(out: dict[str, Any]) -> tuple[str, ...]:
    channels = out["channel_def"]
    names = [str(channels[str(k)]) for k in range(len(channels))]
    return tuple("" if name.lower() in ("background", "bg") else name for name in names)


def _input(image: dict[str, Any], plan: dict[str, Any]) -> dict[str, Any]:
    """Spacing, values and patch, from the transforms and the inferer of the plan (MONAI's axes are x, y, z)."""
    made: dict[str, Any] = {"role": ROLES.get(str(image.get("modality", "")).upper(), "")}
    for step in _steps(plan):
        kind = str(step.get("_target_", "")).rpartition(".")[2].removesuffix("d")
        if kind == "Spacing":
            made["spacing_mm"] = list(step["pixdim"])[::-1]
        elif kind == "Orientation" and step.get("axcodes") == "RAS":
            made["axes"] = "RAS"
        elif kind == "ScaleIntensityRange":
            if not step.get("clip") or (step["b_min"], step["b_max"]) != (0.0, 1.0):
                raise Refusal("model_not_run", "values are scaled otherwise than to 0 and 1 with a cut", found=kind)
            made |= {"normalise": "range", "low": step["a_min"], "high": step["a_max"]}
        elif kind == "NormalizeIntensity":
            if step.get("subtrahend") is not None or step.get("divisor") is not None:
                raise Refusal("model_not_run", "values are normalised by numbers of the bundle's own", found=kind)
            if step.get("nonzero") or (step.get("channel_wise") is False and image.get("num_channels", 1) > 1):
                raise Refusal("model_not_run", "values are normalised over a part of the image", found=kind)
            made["normalise"] = "zscore"
        elif kind and kind not in IGNORED:
            raise Refusal("model_not_run", "the bundle prepares its image in a way that is not known here", found=kind)
    if "axes" not in made:
        raise Refusal("model_not_run", "the bundle does not say how its images lie", expected="Orientation to RAS")
    made["patch"] = list(plan["inferer"]["roi_size"])[::-1]
    return made


def _steps(plan: dict[str, Any]) -> list[dict[str, Any]]:
    transforms = plan.get("preprocessing", {}).get("transforms", [])
    return [step for step in transforms if isinstance(step, dict) and not step.get("_disabled_")]


def _activation(plan: dict[str, Any]) -> str:
    """Which function turns outputs into chances. Raises Refusal for a step afterwards that is not known."""
    found = "none"
    for step in plan.get("postprocessing", {}).get("transforms", []):
        kind = str(step.get("_target_", "")).rpartition(".")[2].removesuffix("d")
        if kind == "Activations":
            found = "softmax" if step.get("softmax") else "sigmoid" if step.get("sigmoid") else "none"
        elif kind not in ACTS:
            raise Refusal("model_not_run", "the bundle treats its output in a way that is not known here", found=kind)
    return found
