"""The kernels against what is known of each: sums, moments that vanish, closed forms."""

import numpy as np
import pytest

from vivomap.core import Refusal
from vivomap.maths.filters.kernels import LAWS, gabor, laplacian_of_gaussian, laws, wavelet


@pytest.mark.parametrize("name", LAWS)
def test_a_laws_line_has_length_one_and_all_but_the_levels_sum_to_nothing(name):
    line, _ = laws(name + "L5")
    assert line @ line == pytest.approx(1)
    assert bool(abs(line.sum()) < 1e-12) is (name not in ("L3", "L5"))


def test_the_laplacian_of_a_gaussian_sees_a_parabola_and_no_slope():
    kernel = laplacian_of_gaussian(2.0, 3, 6.0)
    z, y, x = np.mgrid[tuple(slice(-(n // 2), n // 2 + 1) for n in kernel.shape)]
    assert (kernel * x**2).sum() == pytest.approx(2, rel=1e-3)
    assert (kernel * (x + y + z)).sum() == pytest.approx(0, abs=1e-9)
    assert kernel.sum() == pytest.approx(0, abs=1e-5)


def test_a_gabor_wave_runs_along_its_orientation():
    kernel = gabor(4.0, 8.0, 0.5, np.pi / 2)
    middle = len(kernel) // 2
    assert kernel[middle, middle] == 1
    assert kernel[middle + 4, middle].real == pytest.approx(-np.exp(-(4**2) / 32))
    assert kernel[middle, middle + 4].real == pytest.approx(np.exp(-(2**2) / 32))
    assert np.abs(kernel[0]).max() < 1e-10


@pytest.mark.parametrize(("name", "moments"), [("haar", 1), ("db2", 2), ("db3", 3), ("db10", 10), ("coif1", 2)])
def test_wavelets_are_orthonormal_and_their_moments_vanish(name, moments):
    low, high = wavelet(name)
    for line in (low, high):
        for shift in range(0, len(line), 2):
            assert line[shift:] @ line[: len(line) - shift] == pytest.approx(float(shift == 0), abs=1e-7)
    assert low @ high == pytest.approx(0, abs=1e-7)
    place = np.arange(len(high)) / len(high)
    assert [float(high @ place**k) for k in range(moments)] == pytest.approx([0.0] * moments, abs=1e-7)


def test_the_second_daubechies_line_is_its_closed_form():
    s = 3**0.5
    assert wavelet("db2")[0][::-1] == pytest.approx(np.array([1 + s, 3 + s, 3 - s, 1 - s]) / (4 * 2**0.5))


@pytest.mark.parametrize("name", ["db0", "db11", "db", "sym4", "dbx"])
def test_a_wavelet_that_is_not_there_is_refused(name):
    with pytest.raises(Refusal, match="wavelet"):
        wavelet(name)


@pytest.mark.parametrize("names", ["L5", "L5X5E5", "L5E5S5R5", "L5E"])
def test_laws_lines_that_are_not_there_are_refused(names):
    with pytest.raises(Refusal, match="Laws"):
        laws(names)
