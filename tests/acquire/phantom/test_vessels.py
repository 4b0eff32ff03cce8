import numpy as np

from vivomap.acquire.phantom.vessels import HILA, branches, draw


def test_a_tree_grows_out_of_both_hila_and_thins() -> None:
    tree = branches(0)
    starts = {tuple(start) for start, *_ in tree}
    assert set(HILA) <= starts
    assert all(0 < thin < wide < 4 for _, _, wide, thin in tree)


def test_one_seed_grows_one_tree() -> None:
    assert branches(1)[5][1].tolist() == branches(1)[5][1].tolist()
    assert branches(1)[5][1].tolist() != branches(2)[5][1].tolist()


def test_a_branch_is_drawn_in_lung_alone() -> None:
    axis = np.arange(-30.0, 31.0, 1.0)
    branch = ((np.array([-20.0, 0, 0]), np.array([20.0, 0, 0]), 3.0, 2.0),)
    volume = np.zeros((61, 61, 61), np.float32)
    lungs = np.zeros_like(volume)
    lungs[:, :, 31:] = 1
    draw(volume, lungs, (axis, axis, axis), branch, 90.0)
    assert volume[30, 30, 40] == 90
    assert not volume[:, :, :31].any()
