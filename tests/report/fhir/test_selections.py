"""Which slices and which segment a lesion's numbers come from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vivomap.core import Voxels
from vivomap.report.dicom_seg import SEG_CLASS, grids
from vivomap.report.fhir.selections import selections
from vivomap.report.forms import Filed


def test_the_slices_are_those_that_hold_a_voxel_of_the_region_and_the_largest_holds_most(filed: Filed) -> None:
    (grid, *_) = grids(filed)
    segment = grid.segments[0]
    mask = segment.region.mask.array
    found = next(s for s in selections(filed) if s.lesion == segment.lesion and not s.segment)
    assert found.instances == tuple(u for u, plane in zip(grid.image.source, mask, strict=True) if plane.any())
    assert 1 < len(found.instances) < len(mask)
    assert found.largest == grid.image.source[int(mask.sum(axis=(1, 2)).argmax())]
    assert (found.series, found.study) == (grid.image.text("series_uid"), grid.image.text("study_uid"))


def test_the_segment_is_named_by_object_series_and_number(filed: Filed) -> None:
    (grid, *_) = grids(filed)
    found = [s for s in selections(filed) if s.segment]
    assert [(s.lesion, s.segment) for s in found] == [(s.lesion, s.number) for s in grid.segments]
    assert {(s.instances, s.series, s.sop_class) for s in found} == {((grid.uid,), grid.series, SEG_CLASS)}


def test_an_object_with_all_slices_is_the_one_selected_and_a_region_without_images_has_none(filed: Filed) -> None:
    study = filed.assessment.study
    whole = replace(study.images[0], source=(study.images[0].source[0],))
    one = replace(filed, assessment=replace(filed.assessment, study=replace(study, images=(whole,))))
    assert {s.instances for s in selections(one) if not s.segment} == {whole.source}
    empty = tuple(replace(r, mask=Voxels.of(np.zeros(r.mask.array.shape, bool))) for r in study.regions)
    gone = replace(filed, assessment=replace(filed.assessment, study=replace(study, regions=empty)))
    assert selections(gone) == ()
