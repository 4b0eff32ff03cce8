"""The course of straight and bent strands, and what has none."""

import numpy as np
import pytest

from vivomap.acquire.phantom.tensor import Bundle, place_of
from vivomap.core import Refusal
from vivomap.maths.solid import steps_of
from vivomap.maths.strand import lines, strand

CUBES = ((2.0, 0.0, 0.0), (0.0, 2.0, 0.0), (0.0, 0.0, 2.0))


def test_a_straight_rod_runs_evenly_from_end_to_end():
    rod = np.zeros((5, 6, 40), bool)
    rod[1:4, 1:5, 5:35] = True
    found = strand(rod, CUBES)
    true = (found.voxels[:, 2] - 5 + 0.5) / 30
    assert np.abs(found.along - true).max() < 0.02
    assert found.length_mm == pytest.approx(60, rel=0.01)
    assert found.apart == 0


@pytest.mark.parametrize("step", [2.0, 1.5])
def test_a_bent_bundle_runs_along_its_arc(step):
    bundle = Bundle(spacing_mm=step)
    place = place_of(bundle)
    found = strand(place.bundle, steps_of(place.affine))
    true = place.along[tuple(found.voxels.T)]
    apart = min(np.abs(found.along - t).mean() for t in (true, 1 - true))
    assert apart < 0.005
    assert found.length_mm == pytest.approx(np.pi / 2 * bundle.arc_mm, rel=0.02)


def test_it_begins_below():
    rod = np.zeros((30, 6, 6), bool)
    rod[2:28, 1:5, 1:5] = True
    steps = tuple(tuple(row) for row in np.array([[0, 0, 2.0], [0, 2.0, 0], [-2.0, 0, 0]]))  # slices run downwards
    found = strand(rod, steps)
    assert found.along[found.voxels[:, 0].argmax()] < 0.05


def test_lines_keep_their_place_in_the_cross_section():
    bundle = Bundle()
    place = place_of(bundle)
    paths = lines(strand(place.bundle, steps_of(place.affine)), steps_of(place.affine))
    rows = np.asarray(place.affine)
    at = paths @ rows[:3, :3].T + rows[:3, 3]
    ring = np.hypot(at[..., 0], at[..., 1])
    middle = len(paths) // 2
    assert paths.shape[1] > 100
    assert np.abs(ring - ring[middle]).mean() < 0.6
    assert np.abs(at[..., 2] - at[middle, :, 2]).mean() < 0.4
    angle = np.arctan2(at[..., 1], at[..., 0]) / (np.pi / 2)
    assert np.median(np.abs(angle[-1] - angle[0])) > 0.85


def test_a_bundle_with_a_gap_is_interrupted_and_one_without_length_has_no_course():
    rod = np.zeros((5, 6, 40), bool)
    rod[1:4, 1:5, 5:35] = True
    rod[:, :, 18:21] = False
    ball = np.sum((np.indices((15, 15, 15)) - 7) ** 2, axis=0) <= 36
    for mask, code in ((rod, "bundle_interrupted"), (ball, "no_course"), (rod & False, "empty_region")):
        with pytest.raises(Refusal) as refused:
            strand(mask, CUBES)
        assert refused.value.code == code


def test_a_speck_beside_it_is_left_out_and_counted():
    rod = np.zeros((5, 9, 40), bool)
    rod[1:4, 1:5, 5:35] = True
    rod[2, 7, 3] = True
    assert strand(rod, CUBES).apart == 1
