"""Ratios of molecules: choline to NAA and to creatine, NAA and lactate to creatine, as seen at this TE and TR.

    q = A/B,   u² = gᵀ C g,   g = (w_A - q w_B)/B        C the covariance of the fit

Relaxation is not taken out: ratios at other echo or repetition times are other numbers.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vivomap.core import Biomarker, Estimate, Flag, Image, Refusal, Region
from vivomap.maths.spectroscopy.fit import Fitted
from vivomap.quantify.spectroscopy.signal import ASKED, CHOLINE, CREATINE, NAA, Heard, passed

RELATIVE = 0.2  # methods A8: CRLB of a major molecule
USUAL = {NAA: 1.4, CREATINE: 1.0, CHOLINE: 0.22, ("mI",): 0.75}  # of creatine's amplitude in brain (from memory)
SEEN = 2.0  # standard uncertainties from which a molecule is told from none
HEALTHY = "vivomap.acquire.phantom.spectroscopy:healthy"
NECROTIC = "vivomap.acquire.phantom.spectroscopy:necrotic"
SOURCE = "LCM with CRLB, methods A8; Cr, NAA, Cho by A8 [S17]; spins of Govindaraju 2000 (from memory)"
COVERAGE = "amounts below zero are not allowed, and the bound is not counted as knowledge"


def known(fitted: Fitted, molecules: tuple[str, ...], divides: bool = False) -> None:
    """Raises Refusal if a major molecule is in wide doubt.

    That is a CRLB above 20 %, unless the level is truly low: then the CRLB is below 20 % of its usual level. What
    divides must be above its own doubt in any case.
    """
    value, _ = fitted.total(*molecules)
    doubt, creatine = fitted.doubt(*molecules), fitted.total(*CREATINE)[0]
    low = not divides and doubt <= RELATIVE * USUAL[molecules] * creatine
    if doubt > RELATIVE * value and not low:
        found = f"{value:.3g} ± {doubt:.2g}"
        summary = f"MRS: {'+'.join(molecules)} is in too wide doubt"
        raise Refusal("fit_uncertain", summary, found=found, expected=f"CRLB below {RELATIVE:.0%}")


def unseen(fitted: Fitted, molecules: tuple[str, ...]) -> tuple[Flag, ...]:
    """A warning where a molecule cannot be told from none."""
    value, doubt = fitted.total(*molecules)[0], fitted.doubt(*molecules)
    reason = f"{'+'.join(molecules)} is {value:.3g} ± {doubt:.2g}: not told from none"
    return (Flag("not_detected", reason),) if value < SEEN * doubt else ()


def _ratio(heard: Heard, above: tuple[str, ...], below: tuple[str, ...]) -> Estimate:
    fitted = heard.fitted
    if above in USUAL:
        known(fitted, above)
    known(fitted, below, divides=True)
    (top, of_top), (bottom, of_bottom) = fitted.total(*above), fitted.total(*below)
    value = top / bottom
    slope = (of_top - value * of_bottom) / bottom
    doubt = float(np.sqrt(slope @ fitted.covariance @ slope))
    return Estimate(value, doubt, None, (*heard.flags, *unseen(fitted, above)), heard.settings)


def mrs_cho_naa(mrs: Image, region: Region, mrs_water: Image | None) -> Estimate:
    """Total choline to total NAA: it rises where cells multiply and neurons are lost."""
    return _ratio(passed(mrs, region, mrs_water), CHOLINE, NAA)


def mrs_cho_cr(mrs: Image, region: Region, mrs_water: Image | None) -> Estimate:
    """Total choline to total creatine."""
    return _ratio(passed(mrs, region, mrs_water), CHOLINE, CREATINE)


def mrs_naa_cr(mrs: Image, region: Region, mrs_water: Image | None) -> Estimate:
    """Total NAA to total creatine."""
    return _ratio(passed(mrs, region, mrs_water), NAA, CREATINE)


def mrs_lactate_cr(mrs: Image, region: Region, mrs_water: Image | None) -> Estimate:
    """Lactate to total creatine. A low level is a number, whatever its relative doubt."""
    return _ratio(passed(mrs, region, mrs_water), ("Lac",), CREATINE)


def _card(compute: Callable[[Image, Region, Image | None], Estimate], title: str, truth: str, better: str) -> Biomarker:
    """A ratio of two molecules in one fit: all but the molecules is the same."""
    return Biomarker(
        name=compute.__name__,
        unit="1",
        needs=("mrs", "region"),
        compute=compute,
        source=SOURCE,
        title=title,
        truth=truth,
        acquisition=ASKED,
        also=("mrs_water",),
        dimensions=2,
        better=better,
        coverage=COVERAGE,
    )


MRS_CHO_NAA = _card(mrs_cho_naa, "Choline to NAA", HEALTHY, "lower")
MRS_CHO_CR = _card(mrs_cho_cr, "Choline to creatine", HEALTHY, "lower")
MRS_NAA_CR = _card(mrs_naa_cr, "NAA to creatine", HEALTHY, "higher")
MRS_LACTATE_CR = _card(mrs_lactate_cr, "Lactate to creatine", NECROTIC, "lower")
