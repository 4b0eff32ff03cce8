from collections.abc import Callable

import pytest

from vivomap.acquire.dicom.diffusion import b_value, doubts
from vivomap.acquire.dicom.plane import Plane

Make = Callable[..., Plane]


@pytest.mark.parametrize(
    ("facts", "b"),
    [
        ({"DiffusionBValue": "800.0", "SiemensB": "50"}, 800),
        ({"SiemensB": "50"}, 50),
        ({"GEB": "1000\\8\\0\\0"}, 1000),
        ({"GEB": "1000000800\\8\\0\\0"}, 800),
        ({"PhilipsB": "0.0"}, 0),
        ({"UnitedB": "600.0"}, 600),
        ({}, None),
    ],
)
def test_every_maker_is_understood(facts: dict[str, str], b: float | None, plane: Make) -> None:
    assert b_value(plane(**facts)) == b
    assert doubts(plane(**facts)) == ()


def test_an_unsigned_element_is_read_with_a_warning(plane: Make) -> None:
    one = plane(SiemensBUnsigned="1000")
    assert b_value(one) == 1000
    assert [f.code for f in doubts(one)] == ["b_unsigned"]
