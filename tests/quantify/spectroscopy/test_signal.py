"""One spectrum: its gates, what it is freed of, and what it does not depend on."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from vivomap.core import Refusal, Voxels, affine_of
from vivomap.quantify.spectroscopy.signal import CREATINE, NAA, alike, fitted, passed, sequence_of, signal_of

Make = Callable[..., Any]


def test_neither_phase_nor_frequency_moves_an_amount(seen: Make, with_signal: Make) -> None:
    plain = seen(residual=0.0)
    signal = plain.mrs.voxels.array.ravel()
    turned = with_signal(plain.mrs, signal * np.exp(2j + 2j * np.pi * 5 * np.array(plain.mrs.frames)))
    first, last = (passed(i, plain.region, None).fitted.total(*NAA)[0] for i in (plain.mrs, turned))
    assert last == pytest.approx(first, rel=0.01)


def test_eddy_currents_are_taken_off_by_the_water(seen: Make, with_signal: Make) -> None:
    plain = seen()
    eddy = np.exp(3j * np.exp(-np.array(plain.mrs.frames) / 0.03))
    mrs, water = (with_signal(i, i.voxels.array.ravel() * eddy) for i in (plain.mrs, plain.water))
    bad, good = fitted(mrs, plain.region, None), fitted(mrs, plain.region, water)
    assert good.fitted.misfit < 1.2 < bad.fitted.misfit
    assert dict(good.settings)["eddy_currents"] == "phase of water"
    assert good.fitted.total(*NAA)[0] == pytest.approx(12 * 0.93 * 0.658, rel=0.1)


def test_what_the_scanner_corrected_is_not_corrected_again(seen: Make, saying: Make) -> None:
    plain = seen()
    said = saying(plain.mrs, eddy_currents="by the scanner")
    assert dict(fitted(said, plain.region, plain.water).settings)["eddy_currents"] == "by the scanner"


def test_voxels_of_a_region_are_brought_together(seen: Make) -> None:
    """Four voxels, each with a frequency of its own, have the signal of one and half of its noise."""
    one = seen(residual=0.0, snr=10.0)
    parts = [seen(seed, residual=0.0, snr=10.0).mrs.voxels.array for seed in range(4)]
    wide = replace(one.mrs, voxels=Voxels.of(np.concatenate(parts, axis=3)))
    region = replace(one.region, mask=Voxels.of(np.ones((1, 1, 4), bool)))
    alone, together = passed(one.mrs, one.region, None), passed(wide, region, None)
    assert together.quality.snr == pytest.approx(2 * alone.quality.snr, rel=0.15)
    assert together.fitted.total(*CREATINE)[0] == pytest.approx(8 * 0.93 * 0.614, rel=0.06)


def test_wide_lines_are_refused(seen: Make) -> None:
    wide = seen(lorentz=10.0, gauss=9.0, snr=60.0)
    with pytest.raises(Refusal) as refusal:
        passed(wide.mrs, wide.region, None)
    assert refusal.value.code == "line_too_wide"


def test_noise_is_refused(seen: Make) -> None:
    noisy = seen(snr=3.0)
    with pytest.raises(Refusal) as refusal:
        passed(noisy.mrs, noisy.region, None)
    assert refusal.value.code in ("spectrum_noisy", "fit_uncertain")


@pytest.mark.parametrize("word", ["te_ms", "tr_ms", "sequence", "spectrometer_mhz", "nucleus"])
def test_what_is_not_said_is_refused(seen: Make, saying: Make, word: str) -> None:
    plain = seen()
    with pytest.raises(Refusal) as refusal:
        passed(saying(plain.mrs, **{word: None}), plain.region, None)
    assert refusal.value.code == "setting_absent"


def test_another_nucleus_and_an_impossible_echo_time_are_refused(seen: Make, saying: Make) -> None:
    plain = seen()
    for word, value in (("nucleus", "31P"), ("te_ms", 5000.0), ("sequence", "LASER")):
        with pytest.raises(Refusal):
            passed(saying(plain.mrs, **{word: value}), plain.region, None)


def test_steam_needs_its_mixing_time(seen: Make, saying: Make) -> None:
    steam = saying(seen().mrs, sequence="STEAM")
    with pytest.raises(Refusal, match="tm_ms"):
        sequence_of(steam)
    assert sequence_of(saying(steam, tm_ms=10.0)).mixing == pytest.approx(0.01)


def test_an_image_without_a_signal_over_time_is_refused(seen: Make) -> None:
    plain = seen()
    for array in (np.abs(plain.mrs.voxels.array), np.zeros_like(plain.mrs.voxels.array)):
        with pytest.raises(Refusal) as refusal:
            signal_of(replace(plain.mrs, voxels=Voxels.of(array)), plain.region)
        assert refusal.value.code == "no_signal"


def test_a_spectrum_of_something_else_is_refused(seen: Make, with_signal: Make) -> None:
    plain = seen()
    dice = np.random.default_rng(0).normal(0, 1, (2, 2048))
    with pytest.raises(Refusal) as refusal:
        fitted(with_signal(plain.mrs, dice[0] + 1j * dice[1]), plain.region, None)
    assert refusal.value.code == "fit_uncertain"


def test_water_that_was_sampled_otherwise_corrects_nothing(seen: Make) -> None:
    plain = seen()
    other = replace(plain.water, frames=tuple(2 * t for t in plain.water.frames))
    assert not alike(plain.mrs, other)
    assert dict(fitted(plain.mrs, plain.region, other).settings)["eddy_currents"] == "not corrected"


def test_an_unknown_molecule_is_said_and_widens_the_doubt(seen: Make, with_signal: Make) -> None:
    plain = seen()
    times = np.array(plain.mrs.frames)
    drug = 25 * np.exp(2j * np.pi * (2.55 - 4.65) * 127.75 * times - 20 * times)
    strange = passed(with_signal(plain.mrs, plain.mrs.voxels.array.ravel() + drug), plain.region, None)
    assert [f.code for f in strange.flags] == ["fit_misfit"]
    assert dict(strange.settings)["misfit"] == strange.fitted.misfit > 2
    calm = passed(plain.mrs, plain.region, None)
    assert strange.fitted.doubt(*NAA) > 1.5 * calm.fitted.doubt(*NAA)


def test_the_place_of_the_voxel_does_not_matter(seen: Make) -> None:
    plain = seen()
    away = affine_of(np.array(plain.mrs.affine) + np.array([[0, 0, 0, 50.0]] * 3 + [[0, 0, 0, 0]]))
    moved = replace(plain.mrs, affine=away)
    assert fitted(moved, plain.region, None).quality == fitted(plain.mrs, plain.region, None).quality
