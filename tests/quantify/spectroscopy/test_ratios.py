"""Ratios: right within their doubt, refused where a major molecule is not known, given where it is truly low."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from vivomap.acquire.phantom import spectroscopy as phantom
from vivomap.core import Biomarker, Image, Missing, Refusal, Study
from vivomap.quantify import measure_one
from vivomap.quantify.spectroscopy.ratios import (
    MRS_CHO_CR,
    MRS_CHO_NAA,
    MRS_LACTATE_CR,
    MRS_NAA_CR,
    known,
    mrs_cho_naa,
    mrs_lactate_cr,
    mrs_naa_cr,
    unseen,
)
from vivomap.quantify.spectroscopy.signal import CHOLINE, NAA, passed
from vivomap.verify.trial import Trial, attempt

Make = Callable[..., Any]


@pytest.mark.parametrize("card", [MRS_CHO_NAA, MRS_CHO_CR, MRS_NAA_CR, MRS_LACTATE_CR], ids=lambda c: c.name)
def test_without_a_spectrum_a_ratio_is_missing_with_its_reason(card: Biomarker, seen: Make) -> None:
    plain = seen()
    claim = measure_one(card, Study("p", None, (plain.water,), (plain.region,)), plain.region)
    assert isinstance(claim, Missing)
    assert claim.code == "not_imaged"


def test_lactate_that_points_down_is_measured_as_lactate() -> None:
    (mrs, water), (region,), truth = phantom.necrotic(1)
    found = mrs_lactate_cr(mrs, region, water)
    assert found.value == pytest.approx(truth["mrs_lactate_cr"], abs=2 * found.uncertainty)
    spectrum = np.fft.fft(mrs.voxels.array.ravel() * np.exp(-1j * np.angle(water.voxels.array.ravel())))
    ppm = 4.65 + np.fft.fftfreq(2048, 5e-4) / 127.75
    assert spectrum.real[np.abs(ppm - 1.31) < 0.05].min() < -3 * np.abs(spectrum.real[np.abs(ppm - 0.5) < 0.2]).max()


def test_no_lactate_is_a_number_near_zero_that_says_so(seen: Make) -> None:
    plain = seen()
    found = mrs_lactate_cr(plain.mrs, plain.region, plain.water)
    assert 0 <= found.value < 2 * found.uncertainty
    assert "not_detected" in [f.code for f in found.flags]


def test_naa_that_is_truly_low_is_a_number_and_divides_nothing(seen: Make) -> None:
    """A relative bound above 20 % alone refuses nothing; what divides must be known."""
    content = {**phantom.HEALTHY, "NAA": 0.4}
    gone = seen(content=content, macromolecules=0.0, echoes=(0.072, 0.072), snr=40.0)
    found = mrs_naa_cr(gone.mrs, gone.region, gone.water)
    assert found.value == pytest.approx(gone.truth["mrs_naa_cr"], abs=2 * found.uncertainty)
    assert found.uncertainty > 0.2 * found.value
    with pytest.raises(Refusal) as refusal:
        mrs_cho_naa(gone.mrs, gone.region, gone.water)
    assert refusal.value.code == "fit_uncertain"


def test_a_major_molecule_in_wide_doubt_is_refused(seen: Make) -> None:
    noisy = seen(content={**phantom.HEALTHY, "mI": 1.5}, snr=7.0)
    heard = passed(noisy.mrs, noisy.region, None)
    doubtful = [m for m in (NAA, CHOLINE, ("mI",)) if heard.fitted.doubt(*m) > 0.2 * heard.fitted.total(*m)[0]]
    for molecules in doubtful:
        with pytest.raises(Refusal) as refusal:
            known(heard.fitted, molecules, divides=True)
        assert refusal.value.code == "fit_uncertain"
    assert doubtful


def test_what_is_there_is_not_called_unseen(seen: Make) -> None:
    plain = seen()
    assert unseen(passed(plain.mrs, plain.region, None).fitted, NAA) == ()


def test_noise_widens_the_doubt(seen: Make) -> None:
    calm, noisy = (seen(noise=n) for n in (1.0, 2.0))
    first, last = (mrs_naa_cr(s.mrs, s.region, s.water).uncertainty for s in (calm, noisy))
    assert last == pytest.approx(2 * first, rel=0.25)


def bias(maker: str, name: str, seeds: int) -> tuple[float, float]:
    """Mean relative error of a number over seeds, and the standard error of that mean."""
    found = [f for s in range(seeds) for f in attempt(Trial(f"{phantom.__name__}:{maker}", (name,), s))]
    apart = np.array([f.value / f.truth - 1 for f in found if f.value is not None and f.truth])
    assert len(apart) == seeds
    return float(apart.mean()), float(apart.std(ddof=1) / np.sqrt(seeds))


@pytest.mark.slow  # ten fits of a quarter of a second
@pytest.mark.parametrize(("maker", "name"), [("healthy", "mrs_naa_cr"), ("healthy", "mrs_cho_cr")])
def test_amounts_are_biased_by_less_than_three_per_cent(maker: str, name: str) -> None:
    """Methods A8: Voigt lines of 6 Hz, SNR 20."""
    error, doubt = bias(maker, name, 10)
    assert abs(error) < 0.03 + 2 * doubt


EVERY = {
    "healthy": ("mrs_cho_naa", "mrs_cho_cr", "mrs_naa_cr", "mrs_naa", "mrs_cr", "mrs_cho", "mrs_inositol"),
    "glioma": ("mrs_2hg",),
    "necrotic": ("mrs_lactate", "mrs_lactate_cr"),
}


@pytest.mark.long  # 1,000 phantoms, minutes
@pytest.mark.parametrize("maker", EVERY)
def test_intervals_hold_the_truth_and_bias_stays_below_three_per_cent(maker: str) -> None:
    found = [f for s in range(1000) for f in attempt(Trial(f"{phantom.__name__}:{maker}", EVERY[maker], s))]
    for name in EVERY[maker]:
        mine = [f for f in found if f.card == name]
        assert np.mean([f.held for f in mine]) >= 0.93
        apart = [f.value / f.truth - 1 for f in mine if f.value is not None and f.truth]
        assert abs(np.mean(apart)) < 0.03


def test_image_is_the_carrier(seen: Make) -> None:
    plain = seen()
    claim = measure_one(MRS_NAA_CR, Study("p", None, (plain.mrs, plain.water), (plain.region,)), plain.region)
    assert isinstance(plain.mrs, Image)
    assert claim.provenance.inputs[0] == plain.mrs.voxels.digest  # type: ignore[union-attr]
    assert dict(claim.provenance.settings)["te_ms"] == 30.0  # type: ignore[union-attr]
