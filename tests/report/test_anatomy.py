"""The anatomy under a map: an image of the same place, whatever its grid."""

from dataclasses import replace

import numpy as np

from vivomap.acquire import read
from vivomap.core import Image, Voxels, affine_of
from vivomap.report.anatomy import anatomy, grey_slice
from vivomap.report.forms import Filed
from vivomap.report.maps import charts


def with_images(filed: Filed, *images: Image) -> Filed:
    study = replace(filed.assessment.study, images=images)
    return replace(filed, assessment=replace(filed.assessment, study=study))


def test_the_lowest_b_value_on_the_same_grid_comes_first(adc_visit: Filed) -> None:
    (chart,) = charts(adc_visit)
    shown = anatomy(chart, adc_visit)
    assert (shown.role, shown.setting("frame")) == ("dwi", 50.0)


def test_the_ct_of_the_same_frame_of_reference_comes_next_and_the_map_itself_last(suv_visit: Filed, small) -> None:
    (chart,) = charts(suv_visit)
    suv = suv_visit.assessment.study.images[0]
    assert anatomy(chart, suv_visit) is chart.image
    ct = read(small.visit(0))[0].images[0]
    apart = tuple((k, v) for k, v in ct.settings if k != "frame_of_reference")
    ours = replace(ct, settings=(*apart, ("frame_of_reference", suv.text("frame_of_reference"))))
    elsewhere = replace(ct, settings=(*apart, ("frame_of_reference", "1.2.3")))
    assert anatomy(chart, with_images(suv_visit, suv, elsewhere, ours)) is ours
    assert anatomy(chart, with_images(suv_visit, suv, elsewhere)) is chart.image


def test_another_grid_is_sampled_where_the_voxels_of_the_map_lie(suv_visit: Filed) -> None:
    (chart,) = charts(suv_visit)
    affine = np.asarray(chart.image.affine)
    finer = affine @ np.diag([0.5, 2.0, 0.5, 1.0])
    z, y, x = np.mgrid[:20, :18, :80]
    places = np.einsum("ij,jzyx->izyx", finer, np.stack([z, y, x, np.ones(z.shape)]))
    ramp = 100 * places[0] - 40 * places[2]  # HU that rise to the left and fall to the head
    ct = replace(chart.image, role="ct", voxels=Voxels.of(ramp), unit="[hnsf'U]", affine=affine_of(finer))
    grey = grey_slice(ct, chart, 4, "lung").astype(float)
    rows, columns = np.mgrid[: grey.shape[0], : grey.shape[1]]
    here = np.einsum("ij,jyx->iyx", affine, np.stack([np.full(rows.shape, 4), rows, columns, np.ones(rows.shape)]))
    level = np.clip((100 * here[0] - 40 * here[2] + 1350) / 1500, 0, 1) * 255  # the lung window, -1350 to 150 HU
    inside = columns < 39
    assert np.abs(grey - level)[inside].max() <= 1
    assert not grey_slice(ct, chart, 12, "lung").any()  # the finer image ends at the tenth slice
