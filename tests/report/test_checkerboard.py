"""The page on which a person sees how well two images lie."""

from dataclasses import replace

import numpy as np

from vivomap.core import Alignment, Image, Voxels, affine_of
from vivomap.report.checkerboard import board, page

GRID = affine_of(np.diag([4.0, 2.0, 2.0, 1.0])[[2, 1, 0, 3]])
ONE = Image("ct", Voxels.of(np.indices((10, 40, 40))[2].astype(float)), "[hnsf'U]", GRID)
NONE = replace(ONE, voxels=Voxels.of(np.full((10, 40, 40), np.nan)))
FOUND = Alignment(None, affine_of(np.eye(4)), 0.31, "rigid", quality=(("distance_mm", 0.54),))


def test_squares_show_one_and_the_other_in_turn():
    seen = board(ONE, NONE, 0)
    assert seen.shape == (80, 80)
    assert seen[:20, :20].any()
    assert not seen[:20, 20:40].any()
    assert seen[20:40, 20:40].any()


def test_an_aligned_image_that_is_the_same_shows_no_squares():
    assert np.array_equal(board(ONE, ONE, 1), board(ONE, replace(ONE, day=None), 1))
    assert board(ONE, ONE, 0)[0].tolist() == sorted(board(ONE, ONE, 0)[0].tolist())


def test_the_page_says_the_residual_and_needs_nothing_else():
    text = page(ONE, ONE, FOUND)
    assert "0.31 mm" in text
    assert "0.54 mm" in text
    assert text.count("data:image/png") == 3
    assert "http" not in text
    assert "Research use only" in text
