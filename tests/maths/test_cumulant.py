"""Two cumulants: exact without noise, and honest about their doubt."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vivomap.maths.cumulant import fit

B = np.array([0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0])


def signals(rate: float, kurtosis: float, s0: float = 1.0) -> np.ndarray:
    return s0 * np.exp(-B * rate + (B * rate) ** 2 * kurtosis / 6)


def test_the_published_signal():
    """D = 1, K = 1 at b = 2 leave 0.2636 of the signal (methods A4)."""
    assert signals(1.0, 1.0)[-1] == pytest.approx(0.2636, abs=5e-5)


@given(st.floats(0.3, 2.0), st.floats(-0.5, 2.0), st.floats(0.01, 1e5))
@settings(max_examples=40, deadline=None)
def test_noise_free_signals_give_both_whatever_their_scale(rate, kurtosis, s0):
    found = fit(signals(rate, kurtosis, s0)[:, None], B)
    assert found.rate[0] == pytest.approx(rate, rel=1e-6)
    assert found.kurtosis[0] == pytest.approx(kurtosis, abs=1e-6)
    assert found.s0[0] == pytest.approx(s0, rel=1e-6)


def test_what_moves_is_the_slope():
    clean = signals(1.0, 0.9)[:, None]
    found = fit(clean, B)
    for frame in range(len(B)):
        nudged = clean.copy()
        nudged[frame] *= 1 + 1e-5
        again = fit(nudged, B)
        assert (again.rate - found.rate)[0] / 1e-5 == pytest.approx(found.moves[1, frame, 0], rel=1e-2, abs=1e-4)
        assert (again.kurtosis - found.kurtosis)[0] / 1e-5 == pytest.approx(
            found.moves[2, frame, 0], rel=1e-2, abs=1e-3
        )


def test_a_voxel_that_does_not_fall_or_is_dark_has_none():
    rising, dark = signals(-0.5, 0.0), signals(1.0, 0.5)
    dark[3] = 0.0
    found = fit(np.stack((signals(1.0, 0.5), rising, dark), axis=1), B)
    assert [bool(v) for v in np.isnan(found.kurtosis)] == [False, True, True]
