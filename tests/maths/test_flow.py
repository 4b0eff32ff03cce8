"""A warp of a field of random texture is found again."""

import numpy as np
from scipy import ndimage

from vivomap.maths.flow import Level, finer, flow, spread


def test_a_smooth_warp_is_found():
    texture = ndimage.gaussian_filter(np.random.default_rng(0).normal(size=(30, 34, 38)), 2).astype(np.float32)
    place = np.indices(texture.shape)
    wave = 1.2 * np.sin(2 * np.pi * place[2] / 38)
    moving = ndimage.map_coordinates(texture, [place[0], place[1] - wave, place[2]], order=3, mode="nearest")
    level = Level(texture, moving.astype(np.float32), np.eye(4), np.eye(4), np.ones_like(texture))
    found = flow((level,), np.eye(4), (15,))
    inner = (slice(None), *(slice(6, -6),) * 3)
    assert np.abs(found[1] - wave)[inner[1:]].max() < 0.35
    assert np.sqrt(np.mean((found[1] - wave)[inner[1:]] ** 2)) < 0.15
    assert np.abs(found[0])[inner[1:]].max() < 0.2


def test_a_straight_field_stays_straight_on_a_finer_grid():
    coarse = np.broadcast_to(((np.arange(6) + 0.5) * 2)[:, None, None], (6, 5, 4)).astype(np.float32)
    fine = spread(coarse, (12, 10, 8), (2.0, 2.0, 2.0), (1.0, 1.0, 1.0))
    assert np.allclose(fine[1:-1, 0, 0], np.arange(12)[1:-1] + 0.5, atol=1e-5)
    field = np.stack((coarse,) * 3)
    assert np.allclose(finer(field, (12, 10, 8), (2, 2, 2), (1, 1, 1))[0], 2 * fine, atol=1e-5)


def test_flat_images_do_not_move():
    flat = np.zeros((8, 8, 8), np.float32)
    found = flow((Level(flat, flat, np.eye(4), np.eye(4), np.ones_like(flat)),), np.eye(4), (3,))
    assert np.abs(found).max() == 0
