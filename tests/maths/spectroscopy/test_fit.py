"""The fit, on sums of its own basis: what went in comes out, with the doubt that noise makes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vivomap.maths.spectroscopy.basis import Basis, Sampling, basis
from vivomap.maths.spectroscopy.fit import Fitted, Shape, axis_ppm, fit, spectrum, width_hz, window
from vivomap.maths.spectroscopy.guess import seen_of
from vivomap.maths.spectroscopy.spins import Sequence

SAMPLING = Sampling(1024, 8e-4, 123.2)
NAMES = ("NAA", "Cr", "GPC", "mI", "Lac")
AMOUNTS = np.array([10.0, 8.0, 1.5, 6.0, 0.0])
TRUE = Shape(0.2, 3.0, 4.0, 10.0)
FIRST = Shape(0.0, 0.0, 5.0, 12.5)


def made() -> Basis:
    return basis(NAMES, SAMPLING, Sequence("PRESS", 0.03, 0.015))


def signal(amounts: np.ndarray = AMOUNTS, noise: float = 0.0, seed: int = 0) -> np.ndarray:
    times = SAMPLING.times
    decay = np.exp(-np.pi * TRUE.lorentz * times - (np.pi * times) ** 2 * TRUE.gauss2 / (4 * np.log(2)))
    clean = (amounts @ made().signals) * decay * np.exp(1j * (TRUE.phase + 2 * np.pi * TRUE.shift * times))
    dice = np.random.default_rng(seed).normal(0, noise, (2, clean.size))
    return np.asarray(clean + dice[0] + 1j * dice[1])


def fitted(amounts: np.ndarray = AMOUNTS, noise: float = 0.01, seed: int = 0) -> Fitted:
    return fit(seen_of(signal(amounts, noise, seed), SAMPLING), made(), FIRST)


def test_amounts_and_shape_are_found_without_noise() -> None:
    found = fitted(noise=1e-6)
    assert found.amplitude == pytest.approx(AMOUNTS, abs=1e-3)
    assert found.shape == pytest.approx(TRUE, rel=1e-3)
    assert np.abs(found.baseline).max() < 0.01 * found.values.max()


@settings(max_examples=5)
@given(st.floats(0.1, 50))
def test_louder_is_more_of_each_and_nothing_else(factor: float) -> None:
    assert fitted(AMOUNTS * factor, 1e-6).amplitude == pytest.approx(AMOUNTS * factor, abs=1e-3 * factor)


def test_the_bound_grows_with_noise_and_says_how_far_amounts_scatter() -> None:
    many = [fitted(AMOUNTS + 2, 0.5, seed) for seed in range(40)]
    spread = np.std([m.amplitude for m in many], axis=0)
    stated = np.mean([np.sqrt(np.diag(m.covariance)) for m in many], axis=0)
    assert np.all((spread / stated > 0.7) & (spread / stated < 1.35))
    quiet = fitted(AMOUNTS + 2, 0.25)
    assert quiet.doubt("NAA") == pytest.approx(stated[0] / 2, rel=0.15)


def test_what_no_molecule_explains_widens_the_doubt() -> None:
    strange = signal(noise=0.05) + 5 * np.exp(2j * np.pi * SAMPLING.hz(2.5) * SAMPLING.times - 15 * SAMPLING.times)
    found = fit(seen_of(strange, SAMPLING), made(), FIRST)
    assert found.misfit > 2
    assert found.doubt("NAA") > 1.5 * fitted(noise=0.05).doubt("NAA")


def test_a_sum_has_the_doubt_of_the_sum() -> None:
    found = fitted(noise=0.2)
    alone = np.hypot(found.doubt("NAA"), found.doubt("mI"))
    together = found.covariance[0, 3]
    assert found.doubt("NAA", "mI") ** 2 == pytest.approx(alone**2 + 2 * together)
    assert found.total("NAA", "mI")[0] == pytest.approx(found.amplitude[0] + found.amplitude[3])


def test_width_is_that_of_a_voigt_line() -> None:
    assert (width_hz(6.0, 0.0), width_hz(0.0, 36.0)) == pytest.approx((6.0, 6.0), rel=1e-3)


def test_the_window_rises_and_the_transform_is_filled_to_twice_its_length() -> None:
    places = window(SAMPLING, (1.0, 3.0))
    ppm = axis_ppm(SAMPLING)[places]
    assert np.all(np.diff(ppm) > 0)
    assert (ppm.min() >= 1.0, ppm.max() <= 3.0) == (True, True)
    assert spectrum(signal()).size == 2048
