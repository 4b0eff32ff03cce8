import numpy as np
import pytest

from vivomap.acquire.phantom.chest import CONTRAST_CT, paint

Z, XY = np.arange(-90, 66, 12.0), np.arange(-143, 144, 3.0)


@pytest.fixture(scope="module")
def chest() -> np.ndarray:
    return paint(0, (Z, XY, XY), CONTRAST_CT)


def at(chest: np.ndarray, x: float, y: float, z: float) -> float:
    k, j, i = (int(np.argmin(np.abs(axis - v))) for axis, v in ((Z, z), (XY, y), (XY, x)))
    return float(np.median(chest[k, j - 1 : j + 2, i - 1 : i + 2]))


def test_organs_lie_where_a_reader_expects_them(chest: np.ndarray) -> None:
    assert at(chest, -70, 0, 30) < -750  # right lung
    assert at(chest, 70, 10, 18) < -750  # left lung
    assert at(chest, -60, 0, -66) == pytest.approx(112, abs=30)  # liver: on the patient's right
    assert at(chest, 23, 36, -6) == pytest.approx(168, abs=30)  # descending aorta: left of the spine
    assert at(chest, 0, 50, 0) > 120  # spine: at the back
    assert at(chest, 0, -140, 0) == -1000  # air before the chest


def test_a_chest_is_air_fat_and_organs(chest: np.ndarray) -> None:
    inside = chest > -1000
    assert 0.3 < inside.mean() < 0.6
    assert chest.min() > -1010
    assert chest.max() < 600
    assert 0.1 < ((chest > -900) & (chest < -700)).mean() < 0.4


def test_the_same_seed_paints_the_same_chest(chest: np.ndarray) -> None:
    assert np.array_equal(paint(0, (Z, XY, XY), CONTRAST_CT), chest)
    assert not np.array_equal(paint(1, (Z, XY, XY), CONTRAST_CT), chest)


def test_no_texture_leaves_flat_organs() -> None:
    flat = paint(0, (Z, XY, XY), {**CONTRAST_CT, "texture": 0})
    assert at(flat, -60, 0, -66) == pytest.approx(112, abs=1e-3)
