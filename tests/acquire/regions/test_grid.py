import numpy as np

from vivomap.acquire.regions import grid
from vivomap.core import Affine, Image, Voxels, affine_of


def affine(z: float = 3, y: float = 1, x: float = 2, origin: tuple[float, float, float] = (10, -20, 5)) -> Affine:
    rows = np.eye(4)
    rows[:3] = np.array([[0, 0, x, origin[0]], [0, y, 0, origin[1]], [z, 0, 0, origin[2]]])
    return affine_of(rows)


def image(shape: tuple[int, int, int] = (6, 7, 8)) -> Image:
    return Image("ct", Voxels.of(np.zeros(shape)), "1", affine())


def test_a_place_has_its_index() -> None:
    index = np.array([2.0, 3.5, 1.25])
    place = np.array([10 + 2 * 1.25, -20 + 3.5, 5 + 3 * 2])
    assert np.allclose(grid.indices(place[None], affine())[0], index)


def test_a_mask_whose_axes_run_the_other_way_is_laid_where_it_is() -> None:
    rng = np.random.default_rng(3)
    mask = rng.random((6, 7, 8)) > 0.7
    rows = np.asarray(affine())
    turned = affine_of(np.c_[rows[:, 2], -rows[:, 1], rows[:, 0], rows @ [0, 6, 0, 1]])
    other = mask[:, ::-1, :].transpose(2, 1, 0)
    placing = grid.fit(turned, other.shape, image())
    assert placing is not None
    laid = grid.lay([(other, placing)], (6, 7, 8))
    assert np.array_equal(laid.mask, mask)
    assert laid.outside == 0


def test_a_cropped_mask_is_laid_at_its_offset_and_what_is_beyond_is_counted() -> None:
    crop = affine(origin=(10 - 2, -20 + 3, 5))
    placing = grid.fit(crop, (2, 2, 2), image())
    assert placing is not None
    laid = grid.lay([(np.ones((2, 2, 2)), placing)], (6, 7, 8))
    assert laid.outside == 4
    assert laid.mask[:2, 3:5, 0].all()
    assert laid.mask.sum() == 4


def test_grids_with_other_steps_or_between_the_voxels_do_not_fit() -> None:
    assert grid.fit(affine(z=2.5), (6, 7, 8), image()) is None
    assert grid.fit(affine(origin=(10.5, -20, 5)), (6, 7, 8), image()) is None
    assert grid.fit(affine(x=2.01), (6, 7, 8), image()) is None
    assert grid.fit(affine(origin=(10.001, -20, 5)), (6, 7, 8), image()) is not None
