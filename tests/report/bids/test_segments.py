"""Every region with a voxel is in exactly one label image of its grid."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vivomap.core import Region, Study, Voxels, affine_of
from vivomap.report.bids.segments import WIDE, layers

EYE = affine_of(np.eye(4))


def region(name: str, mask: np.ndarray, shift: float = 0.0) -> Region:
    place = np.eye(4)
    place[0, 3] = shift
    return Region(name, Voxels.of(mask), affine=affine_of(place))


@given(st.lists(st.lists(st.booleans(), min_size=8, max_size=8), max_size=6))
def test_each_region_can_be_taken_out_again(masks: list[list[bool]]) -> None:
    drawn = [region(str(k), np.reshape(m, (2, 2, 2))) for k, m in enumerate(masks)]
    found = {}
    for layer in layers(Study("P", None, (), tuple(drawn))):
        for index, one in enumerate(layer.regions, 1):
            assert one.name not in found
            found[one.name] = layer.labels == index
    assert set(found) == {r.name for r in drawn if r.voxel_count}
    assert all(np.array_equal(found[r.name], r.mask.array) for r in drawn if r.voxel_count)


def test_regions_of_two_grids_are_never_in_one_image() -> None:
    mask = np.ones((2, 2, 2), bool)
    assert len(layers(Study("P", None, (), (region("a", mask), region("b", mask, 5.0))))) == 2


def test_more_regions_than_a_byte_counts_have_wider_labels() -> None:
    drawn = []
    for k in range(WIDE + 1):
        mask = np.zeros((WIDE + 1, 1, 1), bool)
        mask[k] = True
        drawn.append(region(str(k), mask))
    (layer,) = layers(Study("P", None, (), tuple(drawn)))
    assert layer.labels.dtype == np.uint16
    assert layer.labels.max() == WIDE + 1
