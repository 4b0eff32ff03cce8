"""Signal recovery and time to peak against closed forms."""

import numpy as np
import pytest

from vivomap.acquire.phantom.perfusion import BRIGHTER, DARKER, NONE, Brain, perfused
from vivomap.core import Refusal


@pytest.mark.parametrize("leak", [NONE, BRIGHTER, DARKER])
def test_the_recovery_of_the_signal_is_found(leak, ask):
    phantom = perfused(Brain(leak=leak))
    found = ask("signal_recovery", phantom)
    assert abs(found.value - phantom[2]["signal_recovery"]) < 3 * found.uncertainty
    assert found.value == pytest.approx(phantom[2]["signal_recovery"], abs=0.5)


def test_t1_leakage_raises_the_recovery_and_t2_leakage_lowers_it(ask):
    brighter, none, darker = (ask("signal_recovery", perfused(Brain(leak=k))).value for k in (BRIGHTER, NONE, DARKER))
    assert brighter > none + 10 > darker + 20


@pytest.mark.parametrize("arrival", [30.0, 30.5, 31.0])
@pytest.mark.parametrize("mtt", [3.0, 5.0, 9.0])
def test_the_time_to_peak_is_found_between_the_frames(arrival, mtt, ask):
    phantom = perfused(Brain(arrival=arrival, mtt=(5.0, 4.0, mtt)))
    found = ask("time_to_peak", phantom)
    assert abs(found.value - phantom[2]["time_to_peak"]) < 2 * found.uncertainty


def test_the_curves_are_told_in_the_time_of_the_series(noisy, ask):
    for name, unit in (("signal_recovery", "1"), ("time_to_peak", "/s")):
        curve = ask(name, noisy).detail
        assert (curve.x, curve.x_unit, curve.y_unit) == (noisy[0][0].frames, "s", unit)
        assert len(curve.y) == 80


def test_a_region_without_a_bolus_has_neither(noisy, with_series, ask):
    (dsc,), (lesion, *_), _ = noisy
    array = np.array(dsc.voxels.array)
    array[:, lesion.mask.array] = 1000 + np.random.default_rng(0).normal(0, 10, array[:, lesion.mask.array].shape)
    for name in ("signal_recovery", "time_to_peak"):
        with pytest.raises(Refusal) as refused:
            ask(name, with_series(noisy, array=array))
        assert refused.value.code == "bolus_absent"
