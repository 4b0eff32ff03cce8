import numpy as np
import pytest
from pydicom.dataset import Dataset

from vivomap.acquire.regions.contours import contours_of


def roi(data: object, kind: str = "CLOSED_PLANAR", uid: str = "1.2.3") -> Dataset:
    item, image, holder = Dataset(), Dataset(), Dataset()
    item.ContourGeometricType, image.ReferencedSOPInstanceUID = kind, uid
    item.ContourData, item.ContourImageSequence = data, [image]
    holder.ContourSequence = [item]
    return holder


def test_points_kind_and_slice_are_read() -> None:
    (one,) = contours_of(roi([0, 0, 5, 1, 0, 5, 1, 1, 5]))
    assert one.points is not None
    assert np.array_equal(one.points, [[0, 0, 5], [1, 0, 5], [1, 1, 5]])
    assert (one.kind, one.slice_uid) == ("CLOSED_PLANAR", "1.2.3")


@pytest.mark.parametrize("data", [[0, 0, 5, 1], [0, 0, 5, 1, 1, 5], []])
def test_what_is_no_surface_has_no_points(data: list[float]) -> None:
    assert contours_of(roi(data))[0].points is None


def test_an_roi_without_outlines_has_none() -> None:
    assert contours_of(Dataset()) == ()
