"""The phantom of hyperpolarised pyruvate against an exact solution of its equations between pulses."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from vivomap.acquire.phantom.hyperpolarised import Injection, found, injected


def test_between_pulses_it_solves_its_equations():
    scan = Injection(flips_deg=(0.0, 0.0), frames=12)
    rates = (1 / scan.t1_pyruvate_s + scan.kpl, 1 / scan.t1_lactate_s)

    def slopes(t, y):
        x = max(t - scan.arrival_s, 0) / scan.bolus_s
        return [x * x * math.exp(-x) - rates[0] * y[0], scan.kpl * y[0] - rates[1] * y[1]]

    times = np.arange(12) * scan.step_s
    true = solve_ivp(slopes, (0, times[-1]), [0, 0], t_eval=times, rtol=1e-10, atol=1e-12, max_step=0.1).y
    pyruvate, lactate, _ = found(scan)
    assert pyruvate == pytest.approx(true[0], rel=2e-4, abs=1e-6)
    assert lactate == pytest.approx(true[1], rel=2e-4, abs=3e-6)


@pytest.mark.parametrize(("angle", "ratio"), [(1e-6, 0.500), (20.0, 0.329)])
def test_when_all_has_faded_the_areas_are_as_methods_a13_has_them(angle, ratio):
    scan = Injection(t1_lactate_s=25.0, flips_deg=(angle, angle), frames=200)
    assert found(scan)[2] == pytest.approx(ratio, abs=1e-3)


def test_seeds_draw_relaxation_and_flips_and_keep_the_rate():
    truths = [injected(seed)[2] for seed in range(4)]
    assert {t["kpl"] for t in truths} == {0.02}
    assert len({t["lactate_ratio"] for t in truths}) == 4


def test_the_highest_lactate_of_a_voxel_is_twenty_times_its_noise():
    (_, noisy), (region,), _ = injected(0)
    (_, clean), _, _ = injected(0, 0.0)
    sd = (noisy.voxels.array - clean.voxels.array)[:, region.mask.array].std()
    top = clean.voxels.array.reshape(30, -1).mean(axis=1).max()
    assert top / sd == pytest.approx(20, rel=0.1)


def test_more_lactate_is_seen_with_smaller_pulses():
    small = replace(Injection(), flips_deg=(5.0, 5.0))
    assert found(small)[2] > found(Injection())[2]
