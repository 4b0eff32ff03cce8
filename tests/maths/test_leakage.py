"""K1, K2 and the corrected area against curves that were made from them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivomap.maths.leakage import Shared, split

STEP, FRAMES, BEFORE = 1.5, 80, slice(0, 20)
T = np.arange(FRAMES) * STEP
REFERENCE = np.where(T > 30, (np.maximum(T - 30, 0) / 6) ** 3 * np.exp(3 - (T - 30) / 2), 0.0) + 0.4 * (T > 33)


def shared(curve=REFERENCE):
    return Shared(curve, STEP, slice(19, 50), BEFORE)


@given(st.floats(0.2, 4), st.floats(-0.02, 0.02))
def test_a_curve_made_of_the_reference_and_its_integral_gives_its_parts_exactly(k1, k2):
    whole = shared()
    found = split((k1 * whole.curve - k2 * whole.running)[:, None], whole)
    assert found.k1[0] == pytest.approx(k1)
    assert found.k2[0] == pytest.approx(k2, abs=1e-12)
    assert found.area[0] == pytest.approx(k1 * (whole.over @ whole.curve))
    assert found.scatter[0] == pytest.approx(0, abs=1e-6)


def test_a_curve_as_its_own_reference_corrects_nothing():
    whole = shared()
    leaking = 1.6 * whole.curve - 0.008 * whole.running
    own = shared(leaking)
    naive = split(leaking[:, None], own).area[0]
    truth = 1.6 * (whole.over @ whole.curve)
    assert naive == pytest.approx(own.over @ leaking)
    assert abs(naive / truth - 1) > 0.1
    assert split(leaking[:, None], whole).area[0] == pytest.approx(truth)


def test_the_doubt_of_an_area_is_the_scatter_of_many():
    whole, rng = shared(), np.random.default_rng(1)
    noise = rng.normal(0, 0.3, (FRAMES, 20_000))
    curves = 1.6 * whole.curve[:, None] + noise - noise[BEFORE].mean(axis=0)
    found = split(curves, whole)
    for row, values in enumerate((found.k1, found.k2, found.area)):
        assert values.std() == pytest.approx(0.3 * whole.spread(row), rel=0.03)
    assert np.median(found.scatter) == pytest.approx(0.3, rel=0.03)


def test_single_precision_gives_the_same_as_double():
    whole, rng = shared(), np.random.default_rng(2)
    curves = whole.curve[:, None] * rng.uniform(0.5, 3, 100) + rng.normal(0, 0.2, (FRAMES, 100))
    single, double = split(curves.astype(np.float32), whole), split(curves, whole)
    assert single.area.dtype == np.float32
    for a, b in zip(single, double, strict=True):
        assert np.allclose(a, b, rtol=2e-3, atol=1e-5)
