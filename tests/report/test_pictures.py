"""Which slices are shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vivomap.core import Alignment, Assessment, Refusal, Voxels, affine_of
from vivomap.report.pictures import pairs
from vivomap.report.story import Story

Case = tuple[Assessment, tuple[Assessment, ...]]


def test_each_lesion_has_the_slice_of_its_largest_section_at_both_visits(two_visits: Case) -> None:
    found = pairs(Story.of(*two_visits), ("lung_2",))
    assert [p.lesion for p in found] == ["lung_2", "lung_1", "node_1"]
    for pair in found:
        assert len(pair.views) == 2
        for view in pair.views:
            sections = view.region.mask.array.sum(axis=(1, 2))
            assert sections[view.slice_] == sections.max() > 0
        assert [v.visit for v in pair.views] == [two_visits[1][0], two_visits[0]]


def test_a_vanished_lesion_is_shown_where_it_lay_in_the_same_frame_of_reference(four_visits: Case) -> None:
    gone = next(p for p in pairs(Story.of(*four_visits), ()) if p.lesion == "lung_2")
    before, now = gone.views
    assert now.empty
    assert now.slice_ == before.slice_
    assert now.earlier is before.region


def elsewhere(case: Case) -> Assessment:
    """The later visit in a frame of reference of its own."""
    now = case[0]
    images = tuple(
        replace(i, settings=tuple((k, v) for k, v in i.settings if k != "frame_of_reference")) for i in now.study.images
    )
    return replace(now, study=replace(now.study, images=images))


def test_without_a_shared_frame_there_is_no_earlier_outline_and_no_guess(four_visits: Case) -> None:
    found = pairs(Story.of(elsewhere(four_visits), four_visits[1]), ())
    assert all(view.earlier is None for pair in found for view in pair.views)
    assert len(next(p for p in found if p.lesion == "lung_2").views) == 1


def test_an_alignment_places_the_earlier_outline_with_its_residual(four_visits: Case) -> None:
    moved = np.eye(4)
    moved[2, 3] = 8.0  # the earlier visit lies 8 mm, two slices, lower
    now = elsewhere(four_visits)
    first_day = four_visits[1][0].study.day
    assert first_day is not None
    aligned = replace(now, study=replace(now.study, alignments=(Alignment(first_day, affine_of(moved), 0.6),)))
    gone = next(p for p in pairs(Story.of(aligned, four_visits[1]), ()) if p.lesion == "lung_2")
    assert gone.views[1].slice_ == gone.views[0].slice_ + 2
    assert gone.views[1].residual_mm == 0.6


def absent(digest: str) -> np.ndarray:
    raise Refusal("voxels_absent", f"the voxels {digest[:12]} are not at hand")


def test_voxels_that_are_not_at_hand_are_a_note_and_the_rest_goes_on(two_visits: Case) -> None:
    now, (before,) = two_visits
    images = tuple(replace(i, voxels=Voxels.known(i.voxels.digest, absent)) for i in before.study.images)
    found = pairs(Story.of(now, (replace(before, study=replace(before.study, images=images)),)), ())
    assert found
    assert all("voxels_absent" in pair.note and len(pair.views) == 1 for pair in found)


def test_a_table_has_no_pictures(table_only: Case) -> None:
    assert pairs(Story.of(*table_only), ()) == ()


def test_the_role_that_the_number_was_read_from_is_shown(pet: Case) -> None:
    (pair,) = pairs(Story.of(*pet), ())
    assert [view.image.role for view in pair.views] == ["suv", "suv"]
