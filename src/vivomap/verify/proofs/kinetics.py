"""Kinetics and hyperpolarised carbon against closed forms and the acceptance numbers of methods A13."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vivomap.acquire.phantom import hyperpolarised, kinetics
from vivomap.core import Image, Voxels
from vivomap.quantify.hyperpolarised import kpl, lactate_ratio
from vivomap.quantify.molecular.logan import logan_dvr, logan_vt
from vivomap.quantify.molecular.patlak import patlak_ki
from vivomap.verify.proof import Given, Proof

CLOSED = "closed form of tissues on Feng's blood curve, without noise"
A13 = "methods A13"
VOXELS = 400  # at least, whose mean rate shows the bias


def _later(pet: Image, minutes: float) -> Image:
    return replace(pet, settings=(*pet.settings, ("straight_from_min", minutes)))


def trapping(seed: int, noise: float) -> Given:
    """Ki from 40 min on, of two tissues, without noise."""
    (pet,), (lesion, blood), truth = kinetics.trapped(seed, 0.0)
    return Given(truth["patlak_ki"], patlak_ki(_later(pet, 40.0), blood, lesion).value)


def balance(seed: int, noise: float) -> Given:
    """VT of one tissue, without noise."""
    (pet,), (lesion, blood, _), truth = kinetics.balanced(seed, 0.0)
    return Given(truth["logan_vt"], logan_vt(pet, blood, lesion).value)


def ratio_to_reference(seed: int, noise: float) -> Given:
    """DVR of one tissue to another, without blood and without noise."""
    (pet,), (lesion, _, reference), truth = kinetics.balanced(seed, 0.0)
    return Given(truth["logan_dvr"], logan_dvr(pet, reference, lesion).value)


def bias(seed: int, noise: float) -> Given:
    """Mean kPL of many single voxels at SNR 20, relaxation and flip angles known, per cent of the truth."""
    rates: list[float] = []
    scan = hyperpolarised.Injection()
    for k in range(10):
        (pyruvate, lactate), (region,), _ = hyperpolarised.injected(0, 0.0, scan)
        rng = np.random.default_rng((seed, k))
        sd = float(lactate.voxels.array.reshape(scan.frames, -1).mean(axis=1).max()) / hyperpolarised.SNR
        images = [_noisy(image, sd, rng) for image in (pyruvate, lactate)]
        chart = kpl(images[0], images[1], region).detail
        assert isinstance(chart, Image)
        rates += chart.voxels.array[0][region.mask.array].tolist()
    assert len(rates) >= VOXELS
    return Given(100.0, float(100 * np.mean(rates) / scan.kpl))


def _noisy(image: Image, sd: float, rng: np.random.Generator) -> Image:
    values = image.voxels.array
    return replace(image, voxels=Voxels.of(values + sd * rng.standard_normal(values.shape)))


def _ratio(angle: float) -> float:
    scan = hyperpolarised.Injection(t1_lactate_s=25.0, flips_deg=(angle, angle), frames=140)
    (pyruvate, lactate), (region,), _ = hyperpolarised.injected(0, 0.0, scan)
    return lactate_ratio(pyruvate, lactate, region).value


def unpulsed(seed: int, noise: float) -> Given:
    """The ratio of areas where pulses use nothing up."""
    return Given(0.500, _ratio(0.01))


def pulsed(seed: int, noise: float) -> Given:
    """The ratio of areas with 20 degrees every 3 s."""
    return Given(0.329, _ratio(20.0))


KI = Proof("patlak_closed_form", "molecular", "/min", CLOSED, trapping, tolerance=1e-4)
VT = Proof("logan_vt_closed_form", "molecular", "1", CLOSED, balance, tolerance=5e-3)
DVR = Proof("logan_dvr_closed_form", "molecular", "1", CLOSED, ratio_to_reference, tolerance=2e-3)
BIAS = Proof("kpl_bias_at_snr_20", "hyperpolarised", "%", f"{A13}: below 5 %", bias, tolerance=5.0)
STILL = Proof("area_ratio_without_pulses", "hyperpolarised", "1", A13, unpulsed, tolerance=2e-3)
PULSED = Proof("area_ratio_with_pulses", "hyperpolarised", "1", A13, pulsed, tolerance=2e-3)
