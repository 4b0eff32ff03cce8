"""The basis: names, protons at time zero, lines where they belong."""

import numpy as np
import pytest

from vivomap.maths.spectroscopy.basis import Sampling, basis, summed
from vivomap.maths.spectroscopy.spins import Sequence

SAMPLING = Sampling(1024, 5e-4, 127.75)


def test_protons_add_up_at_time_zero() -> None:
    made = basis(("NAA", "Lac", "MM09"), SAMPLING, Sequence("FID", 0.0))
    assert np.abs(made.signals[:, 0]) == pytest.approx([6, 4, 3], abs=1e-3)
    assert made.sharp.tolist() == [True, True, False]


def test_a_line_lies_at_its_shift() -> None:
    made = basis(("Cr",), SAMPLING, Sequence("PRESS", 0.03, 0.015))
    heights = np.abs(np.fft.fft(made.signals[0] * np.exp(-20 * SAMPLING.times), 8192))
    ppm = 4.65 + np.fft.fftfreq(8192, 5e-4) / 127.75
    assert ppm[np.argmax(heights)] == pytest.approx(3.027, abs=0.003)


def test_a_sum_in_blocks_is_the_plain_sum() -> None:
    hz, amplitude = np.array([-300.0, 12.5]), np.array([1.0 + 0.5j, 2.0])
    plain = np.exp(2j * np.pi * np.outer(SAMPLING.times, hz)) @ amplitude
    assert np.allclose(summed(hz, amplitude, SAMPLING), plain)


def test_a_basis_is_kept_and_cannot_be_changed() -> None:
    made = basis(("NAA",), SAMPLING, Sequence("FID", 0.0))
    assert basis(("NAA",), SAMPLING, Sequence("FID", 0.0)) is made
    with pytest.raises(ValueError, match="read-only"):
        made.signals[0, 0] = 0
