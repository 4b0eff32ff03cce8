"""K1 and K2 against leakage in both directions."""

import numpy as np
import pytest

from vivomap.acquire.phantom.perfusion import BRIGHTER, DARKER, NONE, Brain, perfused


@pytest.mark.parametrize(("leak", "sign"), [(BRIGHTER, 1), (DARKER, -1)])
def test_the_sign_of_k2_tells_which_leakage_prevails(leak, sign, ask):
    found = ask("leakage_k2", perfused(Brain(leak=leak)))
    assert sign * found.value > 3 * found.uncertainty
    assert abs(found.value) == pytest.approx(0.0075, abs=0.0025)


def test_without_leakage_k2_is_nothing_within_its_doubt(ask):
    phantom = perfused(Brain(leak=NONE))
    for where in ("lesion", "nawm"):
        found = ask("leakage_k2", phantom, where)
        assert abs(found.value) < 2 * found.uncertainty


def test_k2_grows_with_what_leaks(ask):
    values = [ask("leakage_k2", perfused(Brain(snr=0, leak=replace_rate(k)))).value for k in (0.01, 0.02, 0.04)]
    assert np.diff(values, prepend=0.0).max() < 0


def replace_rate(ktrans):
    return DARKER.__class__(ktrans / 60, DARKER.kep, DARKER.r1, DARKER.r2)


def test_the_maps_are_of_the_brain(noisy, ask):
    for name, role, unit in (("leakage_k1", "k1", "1"), ("leakage_k2", "k2", "/s")):
        found = ask(name, noisy)
        assert (found.detail.role, found.detail.unit) == (role, unit)
        values, doubts = (frame[noisy[1][1].mask.array] for frame in found.detail.voxels.array)
        assert values.std() == pytest.approx(np.median(doubts), rel=0.1)
        assert found.detail.voxels.array[0][noisy[1][0].mask.array].mean() == pytest.approx(found.value, rel=1e-3)
