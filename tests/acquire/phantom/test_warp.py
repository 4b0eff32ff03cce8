"""The phantom's own truth: a point of the still body shows in the moved one what it showed before."""

import numpy as np
import pytest

from vivomap.acquire.phantom.warp import Body, Motion, inside, lump, moved, other_kind, still

BODY = Body(shape=(24, 32, 32), noise=5.0)
MOTION = Motion(turn=(4.0, -3.0, 2.0), shift=(3.0, -2.0, 1.0), stretch=(1.02, 0.98, 1.01), wave_mm=1.0)


def test_the_truth_undoes_the_motion():
    place = BODY.points()[inside(BODY)]
    assert np.abs(MOTION.undone(MOTION.done(place)) - place).max() < 1e-6


def test_what_a_point_shows_goes_with_it():
    place = BODY.points()[inside(BODY)]
    assert np.allclose(BODY.scene(MOTION.undone(MOTION.done(place))), BODY.scene(place), atol=1e-3)


def test_a_motion_without_waves_keeps_straight_lines():
    line = np.linspace([-20.0, 0, 0], [20.0, 5, 3], 9)
    gone = still(MOTION).done(line)
    assert np.allclose(gone[4], (gone[0] + gone[8]) / 2, atol=1e-6)
    bent = MOTION.done(line)
    assert np.linalg.norm(bent[4] - (bent[0] + bent[8]) / 2) > 0.05


def test_noise_is_scaled():
    one, three = (moved(BODY, MOTION, noise)[0].voxels.array for noise in (1.0, 3.0))
    clean = BODY.scene(BODY.points())
    assert np.std(three - clean) == pytest.approx(3 * np.std(one - clean), rel=0.01)


def test_another_kind_shows_the_same_places_in_other_greys():
    hu = BODY.scene(BODY.points())[inside(BODY)]
    assert abs(np.corrcoef(hu, other_kind(hu))[0, 1]) < 0.9
    assert other_kind(np.array([-1000.0]))[0] == pytest.approx(0, abs=1)


def test_a_lump_has_the_same_flesh_on_both_images():
    one = lump(BODY, MOTION, np.zeros(3), 9.0).voxel_count
    two = lump(BODY, MOTION, np.zeros(3), 9.0, there=True).voxel_count
    assert two == pytest.approx(one, rel=0.12)
    assert two > 100
