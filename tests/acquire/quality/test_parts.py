"""The parts of a phantom are found where they are, and nothing else is taken for one."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from vivomap.acquire import read
from vivomap.acquire.phantom.checks import INSERTS, VIALS, write
from vivomap.acquire.quality.parts import parts_of
from vivomap.core import Image, Voxels
from vivomap.quantify import cards, measure_one


@pytest.mark.parametrize(
    ("kind", "card", "truth"),
    [
        (
            "ct",
            "density",
            {
                "water": 0,
                "air": -1000,
                **dict(zip(("insert 1", "insert 2", "insert 3"), (-120, 130, 900), strict=True)),
            },
        ),
        ("diffusion", "fitted_adc", {f"vial {n}": v[2] for n, v in enumerate(VIALS, 1)}),
        ("uptake", "suv_mean", {"cylinder": 1.0}),
    ],
)
def test_every_part_is_found_and_measures_its_truth(
    kind: str, card: str, truth: dict[str, float], tmp_path: Path
) -> None:
    (study,) = read([write(kind, tmp_path, date(2026, 1, 5))])
    parts = {p.name: p for p in parts_of(kind, study.images[0])}
    assert parts.keys() == truth.keys()
    assert len(INSERTS) == 3
    for name, value in truth.items():
        found = measure_one(cards()[card], study, parts[name])
        assert abs(found.value - value) <= 3 * found.uncertainty + 1e-9  # type: ignore[union-attr]
        assert found.uncertainty <= max(0.06 * abs(value), 6)  # type: ignore[union-attr]


def image(role: str, array: np.ndarray, frames: tuple[float, ...] = ()) -> Image:
    affine = ((3.0, 0.0, 0.0, 0.0), (0.0, 3.0, 0.0, 0.0), (0.0, 0.0, 5.0, 0.0), (0.0, 0.0, 0.0, 1.0))
    turned = tuple(tuple(row[k] for k in (2, 1, 0, 3)) for row in affine)
    return Image(role, Voxels.of(array), "1", turned, frames, "s/mm2" if frames else "")  # type: ignore[arg-type]


def test_a_block_is_no_cylinder() -> None:
    square = np.full((6, 50, 50), -1000.0)
    square[:, 5:45, 5:45] = 0.0
    assert parts_of("ct", image("ct", square)) == ()
    hot = np.zeros((6, 50, 50))
    hot[:, 5:45, 5:45] = 1.0
    assert parts_of("uptake", image("suv", hot)) == ()


def test_a_disc_of_a_few_voxels_has_no_inside_to_measure() -> None:
    rows, columns = np.indices((20, 20)) - 9.5
    disc = np.where(np.hypot(rows, columns) < 2.6, 0.0, -1000.0)
    few = image("ct", np.stack([disc] * 6))
    far = tuple(tuple(v * (2.0 if k < 3 else 1.0) for k, v in enumerate(row)) for row in few.affine)
    assert parts_of("ct", replace(few, affine=far)) == ()  # type: ignore[arg-type]


def test_a_round_patient_is_no_water() -> None:
    rows, columns = np.mgrid[:60, :60] - 30.0
    round_ = np.hypot(rows, columns) < 25
    body = np.where(round_, np.random.default_rng(0).normal(0, 150, (6, 60, 60)), -1000.0)
    assert parts_of("ct", image("ct", body)) == ()
    uptake = np.where(round_, np.random.default_rng(1).gamma(2, 1, (6, 60, 60)), 0.0)
    assert parts_of("uptake", image("suv", uptake)) == ()


def test_an_empty_image_holds_no_part() -> None:
    nothing = np.zeros((4, 20, 20))
    assert parts_of("uptake", image("suv", nothing)) == ()
    assert parts_of("ct", image("ct", nothing - 1000)) == ()
    assert parts_of("diffusion", image("dwi", np.stack([nothing, nothing]), (0.0, 500.0))) == ()


def test_one_vial_alone_is_the_water() -> None:
    rows, columns = np.mgrid[:40, :40] - 20.0
    vial = np.broadcast_to(np.where(np.hypot(rows, columns) < 9, 1000.0, 0.0), (4, 40, 40))
    found = parts_of("diffusion", image("dwi", np.stack([vial, 0.4 * vial]), (0.0, 500.0)))
    assert [p.name for p in found] == ["water"]
