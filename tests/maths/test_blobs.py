import numpy as np
import pytest

from vivomap.acquire.phantom.solids import Solid, fill
from vivomap.maths.blobs import blobs

RADII = (3.0, 4.0, 5.5, 7.5)
SPACING = (2.0, 1.0, 1.0)
EVERYWHERE = np.ones((24, 48, 48), bool)
Z, Y, X = np.arange(24) * 2.0 - 24, np.arange(48) - 24.0, np.arange(48) - 24.0


def drawn(*solids: Solid) -> np.ndarray:
    volume = np.zeros(EVERYWHERE.shape)
    for solid in solids:
        fill(volume, (Z, Y, X), solid, 100.0)
    return volume


def test_a_ball_is_found_in_its_place_with_its_size_and_contrast() -> None:
    (found,) = blobs(drawn(Solid((3, -2, 4), (5.5, 5.5, 5.5))), SPACING, RADII, (30.0, 0.3), EVERYWHERE)
    assert found.at == (14, 22, 27)
    assert found.radius == 5.5
    assert found.contrast == pytest.approx(100, rel=0.1)
    assert found.roundness > 0.8


def test_a_tube_is_no_ball() -> None:
    tube = drawn(Solid((0, 0, 0), (3, 3, 60), straight=True))
    assert blobs(tube, SPACING, RADII, (30.0, 0.3), EVERYWHERE) == ()
    assert blobs(tube, SPACING, RADII, (30.0, 0.0), EVERYWHERE) != ()


def test_of_two_that_overlap_one_stays_and_two_apart_stay_two() -> None:
    near, far = Solid((-12, 0, 0), (4, 4, 4)), Solid((12, 0, 0), (5.5, 5.5, 5.5))
    assert len(blobs(drawn(near, far), SPACING, RADII, (30.0, 0.3), EVERYWHERE)) == 2


def test_only_inside_of_the_mask_is_looked() -> None:
    half = EVERYWHERE.copy()
    half[:, :, 24:] = False
    ball = drawn(Solid((10, 0, 0), (4, 4, 4)))
    assert blobs(ball, SPACING, RADII, (30.0, 0.3), half) == ()
