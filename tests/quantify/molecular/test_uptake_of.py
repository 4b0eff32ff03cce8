"""Means of regions and their ratio."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivomap.core import Image, Refusal, Region, Voxels
from vivomap.quantify.molecular.uptake_of import mean_of, ratio, reference_of

AFFINE = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))


def made(value, size=4):
    image = Image("suv", Voxels.of(np.full((6, 6, 6), value)), "g/ml{SUVbw}", AFFINE)
    mask = np.zeros((6, 6, 6), bool)
    mask[1 : 1 + size, 1 : 1 + size, 1 : 1 + size] = True
    return image, Region("liver", Voxels.of(mask), "liver", "", AFFINE)


@given(st.floats(0.1, 50), st.floats(0.1, 50), st.floats(0, 0.2), st.floats(0, 0.2))
def test_the_doubt_of_a_ratio_adds_relative_doubts(a, b, x, y):
    value, doubt = ratio((a, x * a), (b, y * b))
    assert (value, doubt) == pytest.approx((a / b, a / b * np.hypot(x, y)))


def test_a_mean_is_a_mean():
    assert mean_of(*made(2.5)).value == pytest.approx(2.5)


@pytest.mark.parametrize(
    ("value", "size", "code"), [(0.0, 4, "no_uptake"), (-1.0, 4, "no_uptake"), (1.0, 2, "too_few_voxels")]
)
def test_a_reference_that_is_small_or_dark_is_refused(value, size, code):
    with pytest.raises(Refusal) as refused:
        reference_of(*made(value, size))
    assert refused.value.code == code
