"""Relative cerebral blood volume (rCBV), corrected for leakage: how much blood tissue holds, over normal white matter.

Where the barrier leaks, contrast outside the vessels makes the signal brighter (T1) or darker (T2*), and the area under
ΔR2* is no longer that of blood. After Boxerman, Schmainda and Weisskoff, in every voxel

    ΔR2*(t) = K1 ref(t) - K2 ∫ref          A = ∫ΔR2* + K2 ∫∫ref          rCBV = A / mean A of white matter

with `ref` the mean of brain that does not leak. K2 is positive where T1 leakage prevails, negative for T2* leakage.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vivomap.core import (
    Biomarker,
    Estimate,
    Flag,
    Image,
    Refusal,
    Region,
    Settings,
)
from vivomap.core.image import Array
from vivomap.maths.sampling import Mean, region_mean
from vivomap.quantify.perfusion.series import ASKED, LEAKS, Inside, Series, parts, prepared, within

MODEL = 0.3  # project: the correction takes leakage as one-way and linear; see docs/decisions/0025
OTHER_TRANSIT = 0.0007  # 1/s, project: K2 over K1 that a transit time one second off looks like, from our phantom
SURE = 3.0  # project: z from which a drift is one
SEQUENCE = ("te_ms", "tr_ms", "flip_deg")  # what leakage does hangs on them
DRIFT = 0.05  # project: of the blood volume of white matter
BSW = "leakage: Boxerman, Schmainda and Weisskoff, AJNR 2006 (from memory); its limits: Leu, AJNR 2016;37:1440 (seen)"


class Blood(NamedTuple):
    """rCBV (voxel,) of the whole brain, the region's voxels and their mean, the doubt that these share, and of each.

    `shared` is what white matter and the correction may be wrong by: as much for all voxels of the region.
    """

    series: Series
    values: Array
    inside: Inside
    mean: Mean
    shared: float
    each: Array
    settings: Settings
    flags: tuple[Flag, ...]


def blood(dsc: Image, region: Region, nawm: Region) -> Blood:
    """What every relative blood volume starts from. Raises Refusal if white matter shows no bolus."""
    series = prepared(dsc)
    inside, normal = within(series, region, dsc, "rCBV"), within(series, nawm, dsc, "white matter")
    found, shared = parts(series), series.shared
    lesion, white = (mean_of(i, found.area) for i in (inside, normal))
    if white.value <= SURE * white.uncertainty:
        raise Refusal("bolus_absent", "rCBV: no bolus is seen in the white matter that it is held against")
    double = float(shared.over @ shared.running)
    correction = double * float(found.k2[inside.columns].mean())
    model = model_doubt(series, inside)
    scale = lesion.value / white.value * white.uncertainty
    settings: Settings = (
        ("voxels", float(lesion.voxels)),
        ("sd", lesion.spread / white.value),
        ("corrected_by", correction / white.value),
        ("white_matter_voxels", float(white.voxels)),
        ("baseline_frames", float(series.passage.baseline)),
        ("area_s", series.step * (shared.during.stop - 1 - shared.during.start)),
        *((name, value) for name, value in dsc.settings if name in SEQUENCE),
    )
    values = found.area / white.value
    mean = mean_of(inside, values)
    each = found.scatter * shared.spread(2) / white.value
    flags = (*inside.flags, *_drift(series, normal, white.value))
    return Blood(series, values, inside, mean, float(np.hypot(model, scale)) / white.value, each, settings, flags)


def model_doubt(series: Series, inside: Inside) -> float:
    """What the correction of a region's area for leakage may be wrong by, in the unit of the area (1).

    It is `MODEL` of its size, and what a transit time one second off the reference's would be taken for.
    """
    found, double = parts(series), float(series.shared.over @ series.shared.running)
    k1, k2 = (float(v[inside.columns].mean()) for v in (found.k1, found.k2))
    return double * float(np.hypot(MODEL * k2, OTHER_TRANSIT * k1))


def mean_of(inside: Inside, values: Array) -> Mean:
    """The mean of values (voxel,) of the whole series over a region."""
    volume = np.zeros(inside.lit.shape)
    volume[inside.lit] = values[inside.columns]
    return region_mean(volume, inside.lit, inside.place)


def _drift(series: Series, normal: Inside, area: float) -> tuple[Flag, ...]:
    """A warning if the white matter's signal drifts before the bolus, or if the white matter itself seems to leak."""
    curve = series.curves[:, normal.columns].mean(axis=1)
    before, shared = series.passage.before, series.shared
    at = np.arange(series.passage.baseline) - (series.passage.baseline - 1) / 2
    slope = float(at @ curve[before] / (at @ at))
    rest = curve[before] - curve[before].mean() - slope * at
    doubt = float(np.sqrt((rest @ rest) / max(at.size - 2, 1) / (at @ at)))
    gained = slope * float(shared.over @ (np.arange(curve.size) - (before.start + before.stop - 1) / 2))
    flags = []
    if abs(slope) > SURE * doubt and abs(gained) > DRIFT * area:
        reason = (
            f"the signal of white matter drifts before the bolus; carried on, {100 * gained / area:.0f} % of its CBV"
        )
        flags.append(Flag("baseline_drift", reason))
    moved = float(shared.weights[1] @ curve) * float(shared.over @ shared.running)
    if abs(moved) > LEAKS * area:
        reason = f"the white matter is itself corrected for leakage, by {100 * moved / area:.0f} % of its CBV"
        flags.append(Flag("reference_leaks", reason))
    return tuple(flags)


def rcbv(dsc: Image, region: Region, nawm: Region) -> Estimate:
    """Mean leakage-corrected rCBV of the region, with its map "rcbv" of the brain and the doubt of each voxel.

    In doubt are noise, place, the white matter, and the correction itself: `MODEL` of its size.
    """
    found = blood(dsc, region, nawm)
    doubt = float(np.hypot(found.mean.uncertainty, found.shared))
    chart = found.series.chart(dsc, "rcbv", "1", (found.values, found.each))
    return Estimate(found.mean.value, doubt, chart, found.flags, found.settings)


PHANTOM = "vivomap.acquire.phantom.perfusion:perfused"
STEADY = "conservative: what the model may be wrong by is doubted, and does not change from phantom to phantom"
RCBV = Biomarker(
    name="rcbv",
    unit="1",
    needs=("dsc", "region", "nawm"),
    compute=rcbv,
    source=BSW,
    title="rCBV, leakage-corrected",
    acquisition=ASKED,
    truth=PHANTOM,
    gives=("rcbv",),
    dimensions=2,
    coverage=STEADY,
    code=("126398", "DCM", "Relative Regional Blood Volume"),
)
