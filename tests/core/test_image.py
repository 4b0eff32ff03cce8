"""Voxels in patient space."""

import pickle

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from vivomap.core import Flag, Image, Refusal, Region, Voxels, affine_of, same_grid
from vivomap.core.image import digest

GRID = affine_of(np.array([[0, 0, 0.7, -10], [0, 0.8, 0, -20], [2.5, 0, 0, 5], [0, 0, 0, 1]]))


def image(array: np.ndarray, **more: object) -> Image:
    return Image("ct", Voxels.of(array), "[hnsf'U]", GRID, **more)  # type: ignore[arg-type]


def test_voxels_cannot_be_changed() -> None:
    voxels = Voxels.of(np.zeros((2, 2, 2)))
    with pytest.raises(ValueError):
        voxels.array[0, 0, 0] = 1


def test_equal_content_is_one_value_whatever_its_layout() -> None:
    array = np.arange(24, dtype="<i2").reshape(2, 3, 4)
    assert Voxels.of(array) == Voxels.of(np.asfortranarray(array.astype(">i2")))
    assert digest(array) != digest(array.astype("<i4"))
    assert digest(array) != digest(array.reshape(4, 3, 2))


def test_voxels_are_fetched_when_first_looked_at() -> None:
    array, asked = np.ones((1, 2, 3)), []

    def fetch(name: str) -> np.ndarray:
        asked.append(name)
        return array

    voxels = Voxels.known(digest(array), fetch)
    assert not asked
    assert voxels.array.sum() == 6
    assert voxels.array is voxels.array
    assert asked == [digest(array)]


def test_voxels_go_to_a_worker_and_come_back_equal() -> None:
    voxels = Voxels.of(np.arange(6).reshape(1, 2, 3))
    assert pickle.loads(pickle.dumps(voxels)) == voxels  # noqa: S301 (our own bytes, between our own processes)


def test_spacing_and_volume_come_from_the_affine() -> None:
    one = image(np.zeros((4, 5, 6)))
    assert one.shape == (4, 5, 6)
    assert one.spacing_mm == pytest.approx((2.5, 0.8, 0.7))
    assert one.voxel_mm3 == pytest.approx(1.4)


def test_a_frame_has_its_own_source() -> None:
    uids = tuple("abcdef")
    series = image(
        np.arange(2 * 3 * 4, dtype="i2").reshape(2, 3, 2, 2), frames=(0.0, 90.0), frame_unit="s", source=uids
    )
    second = series.at(1)
    assert second.source == ("d", "e", "f")
    assert second.voxels.array.shape == (3, 2, 2)
    assert second.number("frame") == 90


def test_what_is_denied_is_not_trusted_and_says_why() -> None:
    tilted = image(np.zeros((2, 3, 4)), refusals=(Flag("tilted", "the gantry was tilted", "volume"),))
    tilted.trusted("region", "mm")
    with pytest.raises(Refusal) as refused:
        tilted.trusted("region", "volume")
    assert (refused.value.code, refused.value.summary) == ("tilted", "the gantry was tilted")


def test_a_setting_that_is_absent_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        image(np.zeros((1, 1, 1))).number("b")
    assert refused.value.code == "setting_absent"


@given(st.floats(-0.5, 0.5))
def test_grids_are_the_same_only_where_their_corners_meet(shift: float) -> None:
    assume(abs(abs(shift) - 1e-3) > 1e-6)
    one = image(np.zeros((3, 4, 5)))
    moved = np.asarray(GRID) + np.array([[0, 0, 0, shift]] + [[0] * 4] * 3)
    other = Region("r", Voxels.of(np.zeros((3, 4, 5), bool)), affine=affine_of(moved))
    assert same_grid(one, other) == (abs(shift) < 1e-3)
