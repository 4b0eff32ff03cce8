from dataclasses import replace

import numpy as np
import pytest

from vivomap.acquire.phantom import nodules
from vivomap.acquire.propose.lung import closed, lungs
from vivomap.core import Refusal, Voxels


def test_the_lungs_hold_their_nodules_and_not_the_air_around() -> None:
    made = nodules.lung(1)
    found = lungs(made.image)
    for ball in made.lesions:
        x, y, z = ball.centre
        place = np.linalg.solve(np.asarray(made.image.affine), (x, y, z, 1.0))[:3].round().astype(int)
        assert found[tuple(place)]
    assert not found[:, 0].any()
    assert not found[:, :, -1].any()
    assert 250 < found.sum() * made.image.voxel_mm3 / 1000 < 1000


def test_without_air_there_is_no_lung() -> None:
    made = nodules.liver(0).image
    with pytest.raises(Refusal) as refused:
        lungs(replace(made, voxels=Voxels.of(np.maximum(made.voxels.array, -100))))
    assert refused.value.code == "organ_not_found"


def test_closing_fills_a_dent_and_keeps_the_outside() -> None:
    mask = np.zeros((3, 40, 40), bool)
    mask[:, 5:35, 5:35] = True
    mask[:, 18:22, 5:12] = False
    found = closed(mask, (1.0, 1.0, 1.0), 4.0)
    assert found[1, 20, 8]
    assert not found[1, 2, 2]
