"""How much of a molecule is in tissue, mmol/L, by the water of the same voxel.

    C = (a_m / a_w) Σ f_i W_i R_i / ((1 - f_fluid) R_m),      R = exp(-TE/T2)(1 - exp(-TR/T1))     (Gasparovic 2006)

a_m and a_w are amplitudes for each proton, f_i the volume fractions of grey matter, white matter and fluid,
W_i their water in mol/L. Without fractions, water, TE or TR no level is given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from vivomap.core import REFUSED, Asked, Biomarker, Estimate, Flag, Image, Refusal, Region, Settings, limits
from vivomap.maths.spectroscopy.fit import Fitted
from vivomap.maths.spectroscopy.water import Strength, strength
from vivomap.quantify.spectroscopy.ratios import COVERAGE, HEALTHY, NECROTIC, SOURCE, USUAL, known, unseen
from vivomap.quantify.spectroscopy.signal import ASKED, CHOLINE, CREATINE, NAA, alike, passed, signal_of, step_of

FIELD_T = (2.5, 3.5)  # project: the relaxation times below are those of 3 T
# Water in mol/L, T1 and T2 in s at 3 T (from memory: Ernst 1993; Wansapura 1999; fluid as in Osprey)
TISSUE = {
    "grey_fraction": (43.3, 1.331, 0.110),
    "white_fraction": (36.1, 0.832, 0.0792),
    "fluid_fraction": (53.8, 3.817, 0.503),
}
# T1 and T2 in s at 3 T (from memory: Mlynarik 2001); the others as their mean
RELAXATION: dict[tuple[str, ...], tuple[float, float]] = {
    NAA: (1.47, 0.247),
    CREATINE: (1.46, 0.152),
    CHOLINE: (1.30, 0.207),
}
OTHERS = (1.30, 0.180)
MODEL_DOUBT = 0.04  # project: of the level, for water content and relaxation times that were not measured
WHOLE = 0.02  # by which fractions may miss 1
MOST_FLUID = 0.8  # project: above it little tissue is left to speak of
NEIGHBOURS = ("Glu", "Gln", "GABA")
OVERLAP = 0.5  # project: correlation from which a neighbour is named
UNSCALED = "unknown"
LONG = "methods A8: PRESS of 97 ms; at short echo times other molecules stand for 2HG"
S17 = "3 T PRESS test-retest in the anterior cingulate, wCV [S17 of the methods]"
DOUBT = f"{COVERAGE}; 4 % for relaxation and water content, which the phantom shares with the equation"
GLIOMA = "vivomap.acquire.phantom.spectroscopy:glioma"


class Scale(NamedTuple):
    """mmol/L of one unit of amplitude, its relative uncertainty, and what goes into provenance."""

    factor: float
    relative: float
    settings: Settings


def scale(mrs: Image, mrs_water: Image, region: Region, molecules: tuple[str, ...]) -> Scale:
    """What an amplitude is in mmol/L. Raises Refusal if fractions, times or a fitting water signal are not there."""
    field = mrs.number("spectrometer_mhz") / 42.577
    if not FIELD_T[0] <= field <= FIELD_T[1]:
        summary = "MRS: levels rest on relaxation times that are known here for 3 T"
        raise Refusal("tissue_unknown", summary, found=f"{field:.2f} T", expected="3 T")
    fractions = _fractions(mrs)
    water = _water(mrs, mrs_water, region)
    seen = sum(fractions[k] * TISSUE[k][0] * _left(mrs_water, TISSUE[k][1:]) for k in TISSUE)
    tissue = 1 - fractions["fluid_fraction"]
    kept = _left(mrs, RELAXATION.get(molecules, OTHERS))
    factor = 2 / water.value * 1000 * seen / tissue / kept
    settings: Settings = (*fractions.items(), ("water", water.value), ("kept", kept))
    return Scale(factor, float(np.hypot(water.uncertainty / water.value, MODEL_DOUBT)), settings)


def _left(image: Image, times: tuple[float, ...]) -> float:
    """What relaxation leaves of a signal."""
    t1, t2 = times
    return float(np.exp(-image.number("te_ms") / 1000 / t2) * (1 - np.exp(-image.number("tr_ms") / 1000 / t1)))


def _fractions(mrs: Image) -> dict[str, float]:
    """Grey matter, white matter and fluid of the voxel."""
    told = {name: mrs.setting(name) for name in TISSUE}
    if any(value is None or isinstance(value, str) for value in told.values()):
        summary = "MRS: how much grey matter, white matter and fluid the voxel holds is not known"
        raise Refusal("tissue_unknown", summary, expected="grey_fraction, white_fraction and fluid_fraction")
    shares = {name: float(value) for name, value in told.items() if value is not None}
    if abs(sum(shares.values()) - 1) > WHOLE or min(shares.values()) < 0 or shares["fluid_fraction"] > MOST_FLUID:
        found = ", ".join(f"{name} {value:.2f}" for name, value in shares.items())
        raise Refusal("tissue_unknown", "MRS: the fractions of the voxel cannot be used", found=found)
    return shares


def _water(mrs: Image, mrs_water: Image, region: Region) -> Strength:
    """How strong water is. Raises Refusal if the reference is not of this spectrum."""
    if not alike(mrs, mrs_water):
        found = f"{1e6 * step_of(mrs):.0f} and {1e6 * step_of(mrs_water):.0f} µs"
        raise Refusal("water_off", "MRS: spectrum and water reference were sampled differently", found=found)
    answer = strength(signal_of(mrs_water, region), step_of(mrs_water))
    if not answer.value > float(np.abs(signal_of(mrs, region)).max()):
        summary = "MRS: the water reference is no stronger than the spectrum without water"
        raise Refusal("water_off", summary, found=f"{answer.value:.3g}")
    factor = _factor(mrs, mrs_water)
    return Strength(answer.value * factor, answer.uncertainty * factor)


def _factor(mrs: Image, mrs_water: Image) -> float:
    """By how much the reference must be taken for the spectrum's scale. Raises Refusal if nobody says it.

    A site finds it once on a phantom of known content: files may hold sums or means of averages, and gains differ.
    """
    said = mrs_water.setting("water_factor")
    if isinstance(said, float) and said > 0:
        return said
    averages = mrs.setting("averages"), mrs_water.setting("averages")
    if UNSCALED in (mrs.text("amplitude_scale"), mrs_water.text("amplitude_scale")) or averages[0] != averages[1]:
        summary = "MRS: how spectrum and water reference are scaled to each other is not said"
        found = f"averages: {averages[0]} and {averages[1]}"
        raise Refusal("water_off", summary, found=found, expected="water_factor with the reference")
    return 1.0


def _level(mrs: Image, mrs_water: Image, region: Region, molecules: tuple[str, ...]) -> Estimate:
    heard = passed(mrs, region, mrs_water)
    if molecules in USUAL:
        known(heard.fitted, molecules)
    by = scale(mrs, mrs_water, region, molecules)
    amount, doubt = heard.fitted.total(*molecules)[0], heard.fitted.doubt(*molecules)
    flags = (*heard.flags, *unseen(heard.fitted, molecules))
    total = float(np.hypot(doubt, by.relative * amount)) * by.factor
    return Estimate(amount * by.factor, total, None, flags, (*heard.settings, *by.settings))


def mrs_naa(mrs: Image, mrs_water: Image, region: Region) -> Estimate:
    """NAA with NAAG, mmol/L of tissue."""
    return _level(mrs, mrs_water, region, NAA)


def mrs_cr(mrs: Image, mrs_water: Image, region: Region) -> Estimate:
    """Creatine with phosphocreatine, mmol/L of tissue."""
    return _level(mrs, mrs_water, region, CREATINE)


def mrs_cho(mrs: Image, mrs_water: Image, region: Region) -> Estimate:
    """Choline compounds, mmol/L of tissue."""
    return _level(mrs, mrs_water, region, CHOLINE)


def mrs_inositol(mrs: Image, mrs_water: Image, region: Region) -> Estimate:
    """Myo-inositol, mmol/L of tissue."""
    return _level(mrs, mrs_water, region, ("mI",))


def mrs_lactate(mrs: Image, mrs_water: Image, region: Region) -> Estimate:
    """Lactate, mmol/L of tissue. A low level is a number, whatever its relative doubt."""
    return _level(mrs, mrs_water, region, ("Lac",))


def mrs_2hg(mrs: Image, mrs_water: Image, region: Region) -> Estimate:
    """2-hydroxyglutarate, mmol/L of tissue; a neighbour that it could be taken for is named."""
    found = _level(mrs, mrs_water, region, ("2HG",))
    return found._replace(flags=(*found.flags, *_overlap(passed(mrs, region, mrs_water).fitted)))


def _overlap(fitted: Fitted) -> tuple[Flag, ...]:
    """A warning where 2HG and glutamate, glutamine or GABA could stand for each other."""
    doubt = np.sqrt(np.diag(fitted.covariance))
    place = {name: k for k, name in enumerate(fitted.names)}
    rows = {n: fitted.covariance[place["2HG"], place[n]] / doubt[place["2HG"]] / doubt[place[n]] for n in NEIGHBOURS}
    close = [f"{name} ({value:.2f})" for name, value in rows.items() if abs(value) > OVERLAP]
    reason = f"2HG cannot be told well from {', '.join(close)} (correlation of the fit)"
    return (Flag("lines_overlap", reason),) if close else ()


def _card(
    compute: Callable[[Image, Image, Region], Estimate], title: str, truth: str, better: str = "", wcv: float = 0.0
) -> Biomarker:
    """A level by water: all but the molecule is the same. `wcv` is that of the anterior cingulate, %."""
    name = compute.__name__
    return Biomarker(
        name=name,
        unit="mmol/L",
        needs=("mrs", "mrs_water", "region"),
        compute=compute,
        source=SOURCE,
        real_change=limits(name, "%", S17, anterior_cingulate=2.77 * wcv) if wcv else None,
        title=title,
        acquisition=ASKED,
        truth=truth,
        dimensions=2,
        better=better,
        coverage=DOUBT,
    )


MRS_NAA = _card(mrs_naa, "NAA", HEALTHY, "higher", 4.0)
MRS_CR = _card(mrs_cr, "Creatine", HEALTHY, "", 2.2)
MRS_CHO = _card(mrs_cho, "Choline", HEALTHY, "lower", 4.7)
MRS_INOSITOL = _card(mrs_inositol, "Myo-inositol", HEALTHY, "", 5.5)
MRS_LACTATE = _card(mrs_lactate, "Lactate", NECROTIC, "lower")
MRS_2HG = replace(
    _card(mrs_2hg, "2-hydroxyglutarate", GLIOMA, "lower"),
    acquisition=(*ASKED, Asked("mrs", "te_ms", LONG, REFUSED, "ms", low=90.0, high=105.0)),
)
