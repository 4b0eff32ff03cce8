"""How good a spectrum is: the width of its lines and the height of creatine over the noise. They are never refused."""

from __future__ import annotations

from vivomap.core import Biomarker, Curve, Estimate, Image, Region
from vivomap.core.image import Array
from vivomap.maths.spectroscopy.fit import Fitted
from vivomap.quantify.spectroscopy.ratios import COVERAGE, HEALTHY, SOURCE
from vivomap.quantify.spectroscopy.signal import ASKED, fitted


def mrs_linewidth(mrs: Image, region: Region, mrs_water: Image | None) -> Estimate:
    """Full width at half maximum of the common Voigt line, ppm, with the fitted spectrum as curve."""
    heard = fitted(mrs, region, mrs_water)
    curve = _curve("fit", heard.fitted, heard.fitted.model)
    return Estimate(heard.quality.width, heard.quality.width_doubt, curve, heard.flags, heard.settings)


def mrs_snr(mrs: Image, region: Region, mrs_water: Image | None) -> Estimate:
    """Height of the creatine line at 3.03 ppm over the standard deviation of the noise, with the spectrum as curve.

    The transform is not apodised; noise is that of its real part, far from every line.
    """
    heard = fitted(mrs, region, mrs_water)
    curve = _curve("spectrum", heard.fitted, heard.fitted.values)
    return Estimate(heard.quality.snr, heard.quality.snr_doubt, curve, heard.flags, heard.settings)


def _curve(name: str, found: Fitted, values: Array) -> Curve:
    """A spectrum over its noise by shift."""
    height = tuple(round(float(v), 3) for v in values / found.noise)
    return Curve(name, tuple(round(float(p), 4) for p in found.ppm), height, "[ppm]", "1")


MRS_LINEWIDTH = Biomarker(
    name="mrs_linewidth",
    unit="[ppm]",
    needs=("mrs", "region"),
    compute=mrs_linewidth,
    source=SOURCE,
    title="Width of the lines",
    acquisition=ASKED,
    coverage=COVERAGE,
    truth=HEALTHY,
    also=("mrs_water",),
    dimensions=2,
    better="lower",
)
MRS_SNR = Biomarker(
    name="mrs_snr",
    unit="1",
    needs=("mrs", "region"),
    compute=mrs_snr,
    source=SOURCE,
    title="Creatine over noise",
    acquisition=ASKED,
    coverage="its doubt is a share of it and so falls as noise rises; that of the noise is rounded up",
    truth=HEALTHY,
    also=("mrs_water",),
    dimensions=2,
    better="higher",
)
