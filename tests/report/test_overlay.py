"""What is drawn over a slice."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from vivomap.core import Assessment, Flag
from vivomap.report.grey import window_of
from vivomap.report.overlay import SIDE, Frame, earlier_mask, overlay
from vivomap.report.pictures import View, pairs
from vivomap.report.plane import plane_of
from vivomap.report.story import Story

Case = tuple[Assessment, tuple[Assessment, ...]]
WHOLE = Frame(0.0, 0.0, 192 * 1.6)


def drawn(view: View, story: Story, frame: Frame = WHOLE) -> str:
    window = window_of(view.image, view.pixels(), "lung", 9.0)
    return "".join(overlay(view, story, plane_of(view.image.affine), frame, window))


def first(case: Case) -> tuple[Story, View]:
    story = Story.of(*case)
    return story, pairs(story, ())[0].views[-1]


def test_the_outline_lies_on_the_lesion_in_the_proportions_of_the_patient(two_visits: Case) -> None:
    story, view = first(two_visits)
    path = re.search(r'<path d="([^"]+)" class="line s1"', drawn(view, story))
    assert path
    points = np.array([[float(v) for v in pair.split()] for pair in re.findall(r"[\d.]+ [\d.]+", path[1])])
    inside = np.argwhere(view.region.mask.array[view.slice_])
    expected = (inside.mean(axis=0) + 0.5) * 1.6 * SIDE / WHOLE.side
    assert np.allclose((points.min(axis=0) + points.max(axis=0)) / 2, expected[::-1], atol=6)
    assert np.ptp(points[:, 0]) * WHOLE.side / SIDE > 0.8 * 25.5


def test_sides_letter_and_scale_are_there(two_visits: Case) -> None:
    said = drawn(*reversed(first(two_visits)))  # type: ignore[arg-type]
    assert all(f">{side}</text>" in said for side in ("R", "L", "A", "P"))
    assert said.index(">R<") < said.index(">L<")
    assert re.search(r">\d+ mm</text>", said)
    assert 'class="in"' in said


def test_ultrasound_has_no_sides_and_a_doubtful_spacing_no_scale(two_visits: Case) -> None:
    story, view = first(two_visits)
    image = replace(view.image, role="us", refusals=(Flag("spacing_not_trusted", "no scanner header", "mm"),))
    said = drawn(replace(view, image=image), story)
    assert ">R</text>" not in said
    assert " mm</text>" not in said


def test_the_earlier_region_falls_on_the_same_voxels_when_nothing_moved(four_visits: Case) -> None:
    story = Story.of(*four_visits)
    view = next(p for p in pairs(story, ()) if p.lesion == "lung_2").views[-1]
    plane = plane_of(view.image.affine)
    assert view.earlier is not None
    assert np.array_equal(earlier_mask(view, plane), plane.lay(view.earlier.mask.array[view.slice_]))
    assert 'class="before"' in drawn(view, story)


def test_a_neighbour_cut_by_the_frame_has_no_stray_letter(two_visits: Case) -> None:
    story, view = first(two_visits)
    corner = Frame(0.0, 0.0, 40.0)
    assert 'class="ring' not in drawn(view, story, corner)
