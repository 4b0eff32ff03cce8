"""A turn is found, and its doubt is that of many noisy tries."""

import numpy as np
from scipy import ndimage

from vivomap.maths.flow import Level
from vivomap.maths.laying import lay, motions

TEXTURE = ndimage.gaussian_filter(np.random.default_rng(0).normal(size=(24, 28, 32)), 2).astype(np.float32)
TEXTURE /= TEXTURE.std()
GROUND = np.eye(4)
GROUND[:3, :3] = np.diag([1.5, 1.0, 1.0])[:, ::-1]  # x, y, z from z, y, x


def level(shift: float, noise: float, seed: int) -> Level:
    rng = np.random.default_rng(seed)
    moving = ndimage.shift(TEXTURE, (0, 0, shift), order=3, mode="nearest")
    one, two = (v + noise * rng.normal(size=v.shape) for v in (TEXTURE, moving))
    weight = np.zeros_like(TEXTURE)
    weight[4:-4, 4:-4, 4:-4] = 1
    return Level(one.astype(np.float32), two.astype(np.float32), GROUND, GROUND, weight)


def test_a_shift_is_found_in_mm():
    laid = lay((level(0.6, 0.0, 0),), np.eye(4), "rigid")
    assert np.allclose(laid.transform @ [*laid.centre, 1], [*(laid.centre + 0.6 * GROUND[:3, 2]), 1], atol=0.02)


def test_the_doubt_is_the_scatter_of_many_noisy_tries():
    centre = None
    places, doubts = [], []
    for seed in range(10):
        laid = lay((level(0.5, 0.5, seed),), np.eye(4), "rigid")
        centre = laid.centre
        places.append((laid.transform @ [*centre, 1])[:3])
        doubts.append(laid.doubt(centre[None])[0])
    scatter, stated = np.std(places, axis=0, ddof=1), np.sqrt(np.mean(np.square(doubts), axis=0))
    ratio = np.linalg.norm(stated) / np.linalg.norm(scatter)
    assert 0.7 < ratio < 1.6


def test_rigid_motions_are_six_and_affine_ones_twelve():
    assert motions("rigid").shape == (6, 3, 4)
    assert motions("affine").shape == (12, 3, 4)
    turns = motions("rigid")[3:, :, 1:]
    assert np.allclose(turns, -turns.transpose(0, 2, 1))
