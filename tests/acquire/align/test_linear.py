"""The affine part: starts, mutual information, what one image tells of the other."""

import numpy as np
import pytest

from vivomap.acquire.align import linear
from vivomap.acquire.align.linear import laid, told
from vivomap.acquire.align.pyramid import pyramid, volume
from vivomap.acquire.phantom.warp import Body, Motion, moved
from vivomap.core import Refusal

BODY = Body(shape=(28, 40, 40), noise=5.0)


def test_a_body_that_lies_far_off_is_found_by_its_centre():
    motion = Motion(turn=(2.0, 0.0, 0.0), shift=(18.0, -12.0, 0.0))
    levels = pyramid(*map(volume, moved(BODY, motion)), True)
    found = laid(levels, "rigid")
    place = np.zeros((1, 3))
    apart = place @ found.transform[:3, :3].T + found.transform[:3, 3] - motion.done(place)
    assert np.linalg.norm(apart) < 0.1


def test_images_tell_more_of_each_other_where_they_belong():
    motion = Motion(shift=(6.0, 0.0, 0.0))
    levels = pyramid(*map(volume, moved(BODY, motion, other=True)), False)
    found = laid(levels, "rigid")
    assert told(levels[-1], found.transform) > told(levels[-1], np.eye(4)) + 0.05
    away = np.eye(4)
    away[0, 3] = 500.0
    assert told(levels[-1], away) == -1.0


def test_images_that_hardly_lie_in_each_other_are_refused(monkeypatch):
    levels = pyramid(*map(volume, moved(BODY, Motion())), True)
    found = laid(levels, "rigid")
    away = found.transform.copy()
    away[:3, 3] += 0.9 * np.array(BODY.shape)[::-1] * 2.0
    monkeypatch.setattr(linear, "_best", lambda levels: (found._replace(transform=away), []))
    with pytest.raises(Refusal, match="too little of one image") as refused:
        laid(levels, "rigid")
    assert refused.value.code == "not_alike"
