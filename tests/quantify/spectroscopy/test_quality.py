"""Width and noise: measured also where ratios are refused, with the spectrum as curve."""

from collections.abc import Callable
from typing import Any

import pytest

from vivomap.core import Curve
from vivomap.quantify.spectroscopy.quality import mrs_linewidth, mrs_snr

Make = Callable[..., Any]


def test_a_spectrum_that_gives_no_ratio_still_says_how_wide_it_is(seen: Make) -> None:
    wide = seen(lorentz=10.0, gauss=9.0, snr=60.0)
    found = mrs_linewidth(wide.mrs, wide.region, None)
    assert found.value > 0.1
    assert found.value == pytest.approx(wide.truth["mrs_linewidth"], abs=3 * found.uncertainty)


@pytest.mark.parametrize("snr", [10.0, 20.0, 60.0])
def test_noise_is_that_which_was_made(seen: Make, snr: float) -> None:
    plain = seen(snr=snr)
    found = mrs_snr(plain.mrs, plain.region, plain.water)
    assert found.value == pytest.approx(snr, abs=3 * found.uncertainty)


def test_spectrum_and_fit_are_curves_over_shift(seen: Make) -> None:
    plain = seen()
    spectrum, fit = (f(plain.mrs, plain.region, plain.water).detail for f in (mrs_snr, mrs_linewidth))
    assert isinstance(spectrum, Curve)
    assert isinstance(fit, Curve)
    assert (spectrum.x, spectrum.x_unit, spectrum.name, fit.name) == (fit.x, "[ppm]", "spectrum", "fit")
    assert max(fit.y) == pytest.approx(max(spectrum.y), rel=0.1)
