import numpy as np
import pytest

from vivomap.acquire.phantom import nodules
from vivomap.acquire.propose.candidate import Candidate, middle_of, outline_of, round_region
from vivomap.core import Image, Voxels, affine_of

FLAT = Image(
    "ct",
    Voxels.of(np.zeros((10, 20, 20))),
    "[hnsf'U]",
    affine_of([[0, 0, 1, 5], [0, 1, 0, 0], [2, 0, 0, 0], [0, 0, 0, 1]]),
)


def test_the_middle_of_a_voxel_is_a_place_in_mm() -> None:
    assert middle_of(FLAT, (3, 4, 5)) == (10.0, 4.0, 6.0)


def test_a_round_region_is_a_ball_even_at_the_border() -> None:
    ball = round_region(FLAT, (14.0, 10.0, 10.0), 4.0, "x")
    assert ball.voxel_count * 2.0 == pytest.approx(4 / 3 * np.pi * 64, rel=0.1)
    assert ball.edge_mm == 2.0
    assert 0 < round_region(FLAT, (5.0, 0.0, 0.0), 4.0, "x").voxel_count < ball.voxel_count / 4


def test_a_proposal_gets_the_outline_of_a_click() -> None:
    made = nodules.lung(0, noise=0.5)
    lesion = max(made.lesions[1:], key=lambda s: s.volume)
    rough = round_region(made.image, lesion.centre, 3.0, "x")
    found = outline_of(made.image, Candidate("nodule", 1.0, "round", lesion.centre, 6.0, rough), "nodule")
    assert found.millilitres * 1000 == pytest.approx(lesion.volume, rel=0.15)
    assert found.region.edge_mm < rough.edge_mm


def test_where_there_is_no_edge_it_keeps_its_ball_and_says_so() -> None:
    noisy = Image("ct", Voxels.of(np.random.default_rng(0).normal(0, 1, (10, 20, 20))), "[hnsf'U]", FLAT.affine)
    ball = round_region(noisy, (14.0, 10.0, 10.0), 4.0, "x")
    found = outline_of(noisy, Candidate("nodule", 1.0, "round", (14.0, 10.0, 10.0), 8.0, ball), "nodule")
    assert found.region == ball
    assert "rough" in found.reason
