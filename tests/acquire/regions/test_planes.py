import numpy as np
import pytest

from vivomap.acquire.regions.planes import Plane, own_grid
from vivomap.core import Refusal


def planes(*heights: float) -> list[Plane]:
    down, along = np.array([0, 0.5, 0]), np.array([0.25, 0, 0])
    return [Plane(i, 1, np.array([10, 20, h]), down, along, ()) for i, h in enumerate(heights)]


def test_planes_in_any_order_stand_on_one_grid() -> None:
    affine, index, depth = own_grid(planes(5.0, 0.0, 2.5), None)
    assert (index, depth) == ((2, 0, 1), 3)
    assert np.allclose(np.asarray(affine) @ [2, 0, 0, 1], [10, 20, 5, 1])
    assert np.allclose(np.linalg.norm(np.asarray(affine)[:3, :3], axis=0), [2.5, 0.5, 0.25])


def test_planes_may_be_missing_and_the_said_spacing_fills_in() -> None:
    assert own_grid(planes(0.0, 2.5, 10.0), None)[1:] == ((0, 1, 4), 5)
    assert own_grid(planes(0.0, 5.0), 2.5)[1:] == ((0, 2), 3)


@pytest.mark.parametrize("heights", [(0.0, 2.5, 6.0), (0.0,)])
def test_uneven_planes_and_one_without_spacing_are_refused(heights: tuple[float, ...]) -> None:
    with pytest.raises(Refusal) as refused:
        own_grid(planes(*heights), None)
    assert refused.value.code == "bad_segmentation"


def test_planes_that_slide_sideways_are_refused() -> None:
    slid = planes(0.0, 2.5, 5.0)
    slid[2] = Plane(2, 1, np.array([11, 20, 5.0]), slid[0].down, slid[0].along, ())
    with pytest.raises(Refusal):
        own_grid(slid, None)
