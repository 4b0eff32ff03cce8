"""The voxel: its noise, its water and its truth are what it says."""

import numpy as np
import pytest

from vivomap.acquire.phantom import spectroscopy as phantom
from vivomap.acquire.phantom.spectroscopy import Voxel, height, kept, line, seen


def test_creatine_stands_as_high_over_noise_as_asked() -> None:
    voxel = Voxel(residual=0.0)
    noisy, still = (seen(v)[0][0].voxels.array.ravel() for v in (voxel, Voxel(residual=0.0, snr=0.0)))
    noise = np.fft.fft(noisy - still).real.std()
    assert height(voxel) / noise == pytest.approx(20, rel=0.05)


def test_three_times_the_noise_is_three_times_the_noise() -> None:
    calm, loud = (seen(Voxel(), 1, n)[0][1].voxels.array.ravel()[-400:].std() for n in (1.0, 3.0))
    assert loud == pytest.approx(3 * calm, rel=0.01)


def test_the_line_has_six_hertz() -> None:
    voxel = Voxel(samples=2**16)
    shape = np.fft.fft(line(voxel)).real
    half = np.abs(np.fft.fftfreq(2**16, voxel.dwell)[shape > shape.max() / 2]).max()
    assert 2 * half == pytest.approx(6.0, abs=0.1)


def test_truth_holds_every_number_and_relaxation_moves_ratios_only() -> None:
    short, long = (seen(Voxel(echoes=(t, t)))[2] for t in (0.015, 0.072))
    assert short["mrs_naa"] == long["mrs_naa"] == 12.0
    assert long["mrs_naa_cr"] > short["mrs_naa_cr"]
    voxel = Voxel()
    assert short["mrs_cho_cr"] == pytest.approx(1.8 * kept("GPC", voxel) / (8 * kept("Cr", voxel)))


def test_water_is_hundreds_of_times_all_else() -> None:
    (mrs, water), (region,), _ = seen(Voxel(residual=0.0))
    ratio = np.abs(water.voxels.array[0]).item() / np.abs(mrs.voxels.array[0]).item()
    assert ratio > 200
    assert (water.affine, region.voxel_count) == (mrs.affine, 1)


@pytest.mark.parametrize("dose", [0.0, 8.0])
def test_the_dose_is_what_was_asked(dose: float) -> None:
    assert phantom.dosed(dose)[2]["mrs_2hg"] == dose


def test_the_others_are_a_glioma_and_necrosis() -> None:
    assert phantom.glioma()[2]["mrs_2hg"] == 5.0
    assert phantom.necrotic()[2]["mrs_lactate"] == 8.0
