"""A change of texture is told with its limits and the volume, or not at all."""

import numpy as np
import pytest

from vivomap.core import Refusal
from vivomap.maths.robustness import screen
from vivomap.track.delta import deltas

SIZE = "RNU0"


def robust(subjects=60):
    rng = np.random.default_rng(0)

    def scanned(middle, own, sd):
        return middle * np.exp(rng.normal(0, own, (subjects, 1)) + rng.normal(0, sd, (subjects, 2)))

    made = {SIZE: scanned(1000, 0.6, 0.05), "entropy": scanned(4, 0.3, 0.03), "noisy": scanned(1, 0.1, 0.3)}
    made["skew"] = rng.normal(0, 1, (subjects, 1)) + rng.normal(0, 0.1, (subjects, 2))
    return screen(made, SIZE)


BEFORE = {SIZE: 1000.0, "entropy": 4.0, "skew": 0.1, "noisy": 1.0}


def told(**after):
    return deltas(BEFORE, {**BEFORE, **after}, robust(), "repeats.csv")


def test_the_volume_stands_beside_every_feature():
    found = told(entropy=5.0, RNU0=500.0)
    assert (found.volume.name, found.volume.verdict) == (SIZE, "smaller")
    assert {f.name: f.verdict for f in found.features} == {"entropy": "larger", "skew": "within measurement error"}
    assert found.features[0].real
    assert found.features[0].chance > 0.95
    assert "repeats.csv" in found.features[0].basis


def test_limits_are_those_of_the_repeated_scans():
    (entropy, skew) = told(entropy=4.1).features
    assert entropy.low == pytest.approx(4 * np.expm1(-2.77 * 0.03), rel=0.25)
    assert entropy.high == pytest.approx(4 * np.expm1(2.77 * 0.03), rel=0.25)
    assert (skew.low, skew.high) == pytest.approx((-0.277, 0.277), rel=0.25)
    assert not entropy.real


def test_what_does_not_repeat_is_named_with_its_reason():
    ((name, reason),) = told(noisy=9.0).left_out
    assert name == "noisy"
    assert reason.startswith("not repeatable: lower limit")


def test_a_feature_of_one_visit_alone_is_named():
    found = deltas({k: v for k, v in BEFORE.items() if k != "skew"}, BEFORE, robust(), "here")
    assert ("skew", "not read at both visits") in found.left_out


@pytest.mark.parametrize("which", [0, 1])
def test_without_volume_nothing_is_told(which):
    visits = [dict(BEFORE), dict(BEFORE)]
    del visits[which][SIZE]
    with pytest.raises(Refusal, match="without the volume") as refused:
        deltas(*visits, robust(), "here")
    assert refused.value.code == "no_volume"
