"""How much leaks, and which way: K1 and K2 of the leakage model.

ΔR2*(t) = K1 ref(t) - K2 ∫ref        K2 in 1/s: above 0 leakage makes the signal brighter (T1), below 0 darker (T2*)
"""

from __future__ import annotations

import numpy as np

from vivomap.core import Biomarker, Estimate, Image, Region
from vivomap.maths.leakage import Parts
from vivomap.quantify.perfusion.series import ASKED, Inside, Series, parts, prepared, within
from vivomap.quantify.perfusion.volume import BSW, OTHER_TRANSIT, STEADY, mean_of

K2_MODEL = 0.1  # project: of K2, for leakage that is neither one-way nor linear
TRANSIT_K1 = 0.05  # project: of K1, what a transit time one second off does to it in our phantom


def leakage_k2(dsc: Image, region: Region) -> Estimate:
    """Mean K2 of the region, 1/s, with its map "k2". A transit time other than the reference's looks like leakage."""
    series, inside, found = _leak(dsc, region)
    mean = mean_of(inside, found.k2)
    transit = OTHER_TRANSIT * float(found.k1[inside.columns].mean())
    chart = series.chart(dsc, "k2", "/s", (found.k2, found.scatter * series.shared.spread(1)))
    doubt = float(np.sqrt(mean.uncertainty**2 + transit**2 + (K2_MODEL * mean.value) ** 2))
    settings = (("voxels", float(mean.voxels)), ("sd", mean.spread))
    return Estimate(mean.value, doubt, chart, inside.flags, settings)


def leakage_k1(dsc: Image, region: Region) -> Estimate:
    """Mean K1 of the region, the reference curve that it holds, with its map "k1"."""
    series, inside, found = _leak(dsc, region)
    mean = mean_of(inside, found.k1)
    transit = TRANSIT_K1 * abs(mean.value)
    chart = series.chart(dsc, "k1", "1", (found.k1, found.scatter * series.shared.spread(0)))
    doubt = float(np.hypot(mean.uncertainty, transit))
    settings = (("voxels", float(mean.voxels)), ("sd", mean.spread))
    return Estimate(mean.value, doubt, chart, inside.flags, settings)


def _leak(dsc: Image, region: Region) -> tuple[Series, Inside, Parts]:
    series = prepared(dsc)
    return series, within(series, region, dsc, "leakage"), parts(series)


DARKENED = "vivomap.acquire.phantom.perfusion:darkened"
LEAKAGE_K2 = Biomarker(
    name="leakage_k2",
    unit="/s",
    needs=("dsc", "region"),
    compute=leakage_k2,
    source=BSW,
    title="Leakage K2",
    acquisition=ASKED,
    truth=DARKENED,
    gives=("k2",),
    dimensions=2,
    coverage=STEADY,
)
LEAKAGE_K1 = Biomarker(
    name="leakage_k1",
    unit="1",
    needs=("dsc", "region"),
    compute=leakage_k1,
    source=BSW,
    title="Leakage K1",
    acquisition=ASKED,
    truth=DARKENED,
    gives=("k1",),
    dimensions=2,
    coverage=STEADY,
)
