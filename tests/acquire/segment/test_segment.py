from dataclasses import replace

import numpy as np
import pytest

from vivomap.acquire.phantom.click import clicked
from vivomap.acquire.segment import Click, place_of, segment
from vivomap.core import Flag, Refusal, Voxels


def test_the_region_says_where_it_came_from_and_on_which_series() -> None:
    ((image,), _, _), at = clicked("suv", 1)
    image = replace(image, settings=(("series_uid", "1.2.3"),))
    region = segment(image, Click(at, reach_mm=45), "liver metastasis").region
    assert (region.name, region.finding, region.site, region.series) == ("liver metastasis", "lesion", "liver", "1.2.3")
    assert region.source[0].startswith("click:")
    assert region.edge_mm > 0


def test_a_place_in_mm_is_a_voxel() -> None:
    ((image,), _, _), _ = clicked("ct", 0)
    middle = (np.asarray(image.affine) @ (3, 4, 5, 1))[:3]
    assert place_of(tuple(middle), image) == pytest.approx((3, 4, 5))


@pytest.mark.parametrize("code", ["outside_image", "several_volumes", "nan_voxels", "no_calibration", "no_edge"])
def test_what_cannot_be_outlined_is_refused(code: str) -> None:
    ((image,), _, _), at = clicked("ct", 0)
    values = image.voxels.array.copy()
    if code == "outside_image":
        at = (9e3, 0.0, 0.0)
    elif code == "several_volumes":
        image = replace(image, voxels=Voxels.of(values[None]), frames=(0.0,))
    elif code == "nan_voxels":
        values[values.shape[0] // 2] = np.nan
        image = replace(image, voxels=Voxels.of(values))
    elif code == "no_calibration":
        image = replace(image, refusals=(Flag(code, "no mm", "mm"),))
    else:
        image = replace(image, voxels=Voxels.of(np.random.default_rng(0).normal(0, 1, values.shape)))
    with pytest.raises(Refusal) as refused:
        segment(image, Click(at))
    assert refused.value.code == code
