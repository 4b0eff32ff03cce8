"""Which images a tensor is fitted to, and in which directions they were weighted."""

from dataclasses import replace

import numpy as np
import pytest

from vivomap.acquire.phantom.tensor import Bundle, spread_directions, whole
from vivomap.core import Refusal
from vivomap.quantify.tensor.gradients import directions_of, used_frames


def test_directions_are_read_in_the_order_of_the_images():
    (dwi,), _, _ = whole(Bundle(directions=40))
    vectors = directions_of(dwi)
    assert vectors.shape == (43, 3)
    assert vectors[3:] == pytest.approx(spread_directions(40), abs=1e-6)
    kept, b, units = used_frames(dwi)
    assert list(kept) == list(range(43))
    assert list(b) == list(dwi.frames)
    assert np.linalg.norm(units, axis=1) == pytest.approx(np.repeat((0.0, 1.0), (3, 40)))


def test_opposite_directions_count_once():
    (dwi,), _, _ = whole(Bundle(directions=34))
    said = dwi.text("directions").split(";")
    turned = [" ".join(str(-float(v)) for v in each.split()) for each in said[3:20]]
    doubled = replace(dwi, settings=(("directions", ";".join((*said[:20], *turned))),))
    with pytest.raises(Refusal) as refused:
        used_frames(doubled)
    assert refused.value.code == "few_directions"
    assert "17 directions" in str(refused.value.found)


def test_a_series_that_does_not_say_them_for_every_image_is_refused():
    (dwi,), _, _ = whole()
    for said in ((), (("directions", "0 0 0;1 0 0"),)):
        with pytest.raises(Refusal) as refused:
            directions_of(replace(dwi, settings=said))
        assert refused.value.code == "no_directions"
