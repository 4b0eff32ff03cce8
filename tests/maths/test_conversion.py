"""Pyruvate to lactate: against the closed form of a pulse of pyruvate that only fades."""

import math

import numpy as np
import pytest

from vivomap.maths.conversion import area, converted, made, pulses

KPL, R1P, R1L = 0.02, 1 / 30, 1 / 25


def closed(times, angle=0.0, kpl=KPL):
    """What pulses find of both after a pulse input P0 = 1, each flip turning its share: flips act as extra decay."""
    keep = math.cos(math.radians(angle))
    p, lactate, found = 1.0, 0.0, []
    for k, t in enumerate(times):
        if k:
            h = t - times[k - 1]
            grown = kpl * p * (math.exp(-(R1P + kpl) * h) - math.exp(-R1L * h)) / (R1L - R1P - kpl)
            p, lactate = p * math.exp(-(R1P + kpl) * h), lactate * math.exp(-R1L * h) + grown
        found.append((p, lactate))
        p, lactate = p * keep, lactate * keep
    pyruvate, made_of_it = np.array(found).T
    return pyruvate[None], made_of_it[None]


@pytest.mark.parametrize("angle", [5.0, 10.0, 20.0, 30.0])
@pytest.mark.parametrize("kpl", [0.002, 0.02, 0.05])
def test_the_rate_of_the_closed_form_is_found(angle, kpl):
    times = np.arange(0, 90, 3.0)
    flips = pulses(np.full(30, angle), 1.0)
    pyruvate, lactate = closed(times, angle, kpl)
    found = converted(times, (pyruvate * flips.shown, lactate * flips.shown), (flips, flips), R1L)
    assert found.rate[0] == pytest.approx(kpl, rel=4e-3 if kpl < 0.05 else 8e-3)
    assert np.abs(found.rest).max() < 2e-3 * (lactate * flips.shown).max()


def test_lactate_that_was_there_at_first_is_not_taken_for_made():
    times = np.arange(0, 90, 3.0)
    flips = pulses(np.full(30, 20.0), 1.0)
    pyruvate, lactate = closed(times, 20.0)
    late = slice(5, None)
    shown = flips.shown[late]
    part = pulses(np.full(25, 20.0), 1.0)
    signals = (pyruvate[:, late] * shown, lactate[:, late] * shown)
    assert converted(times[late], signals, (part, part), R1L).rate[0] == pytest.approx(KPL, rel=4e-3)


@pytest.mark.parametrize(("angle", "ratio"), [(0.0, 0.500), (20.0, 0.329)])
def test_the_ratio_of_areas_is_that_of_methods_a13(angle, ratio):
    times = np.arange(0, 900, 3.0)
    flips = pulses(np.full(300, max(angle, 1e-6)), 1.0)
    pyruvate, lactate = closed(times, angle)
    found = area(times, lactate, flips)[0] / area(times, pyruvate, flips)[0]
    assert found == pytest.approx(ratio, abs=3e-3)
    assert ratio == pytest.approx(KPL / (R1L - math.log(math.cos(math.radians(angle))) / 3), abs=5e-4)


def test_several_excitations_use_up_as_much_as_their_product():
    assert pulses(np.array([10.0]), 3.0).left[0] == pytest.approx(math.cos(math.radians(10)) ** 3)
    assert pulses(np.array([30.0]), 1.0).shown[0] == pytest.approx(0.5)


def test_what_is_there_at_first_fades_alone():
    times = np.array([0.0, 3.0, 6.0])
    flips = pulses(np.full(3, 20.0), 1.0)
    product, first = made(times, np.zeros((1, 3)), flips, flips, R1L)
    assert not product.any()
    assert first[1] == pytest.approx(math.cos(math.radians(20)) * math.exp(-3 * R1L))
