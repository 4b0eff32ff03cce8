"""How much of an agent tissue holds in balance with blood, or with a reference: VT and DVR of dynamic PET, after Logan.

    ∫C / C = VT ∫P / C + b                        blood P, a region of the series ("blood_pool")
    ∫C / C = DVR (∫R + R / k2') / C + b           reference R, the region that the tracer's file names

Both are numbers of a region: in single voxels noise makes Logan's slope too low. Where k2' of the reference is not in
the tracer's file its term is left out, which is right once R and C fall alike, and is said.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vivomap.core import Biomarker, Estimate, Flag, Image, Refusal, Region
from vivomap.core.image import Array
from vivomap.maths.graphical import Line, logan
from vivomap.quantify.molecular.ratio import checked
from vivomap.quantify.molecular.series import ASKED, Drawn, Series, drawn, plasma_of, ready

SOURCE = "Logan plot, Logan et al. 1990 and 1996, from memory; frames as means over time"
Fitted = Callable[[Array, Array], Line]  # of tissue and of what drives it, each (frame,)


def _slope(fitted: Fitted, tissue: Drawn, driver: Drawn) -> tuple[float, float, Line]:
    """The slope, its standard uncertainty from the noise of every frame of both curves, and the line."""
    line = fitted(tissue.curve, driver.curve)
    total = 0.0
    for k in range(len(tissue.curve)):
        here = np.arange(len(tissue.curve)) == k
        total += (fitted(tissue.curve + here * tissue.doubt[k], driver.curve).slope - line.slope) ** 2
        total += (fitted(tissue.curve, driver.curve + here * driver.doubt[k]).slope - line.slope) ** 2
    return line.slope, float(np.sqrt(total)), line


def _lit(series: Series, tissue: Drawn) -> None:
    """Raises Refusal `no_uptake` if the tissue is dark in a frame of the straight part: nothing is divided by it."""
    if (tissue.curve[series.straight] <= 0).any():
        raise Refusal("no_uptake", "kinetics: the region holds no tracer in the frames of the straight part")


def logan_vt(pet_dynamic: Image, blood_pool: Region, region: Region) -> Estimate:
    """The distribution volume VT of the region, mL of plasma in a mL of tissue.

    Raises Refusal if the tracer, the frames or their decay are not known, or a region is too small or dark.
    """
    series = ready(pet_dynamic)
    plasma, flags = plasma_of(pet_dynamic, drawn(pet_dynamic, series, blood_pool))
    tissue = drawn(pet_dynamic, series, region)
    _lit(series, tissue)
    matrix, part = series.matrix, series.straight

    def fitted(curve: Array, blood: Array) -> Line:
        return logan((matrix @ curve)[part], curve[part], (matrix @ blood)[part])

    value, doubt, line = _slope(fitted, tissue, plasma)
    settings = (*series.settings, ("intercept_min", line.intercept))
    return Estimate(value, doubt, None, (*series.flags, *flags), settings)


def logan_dvr(pet_dynamic: Image, reference_region: Region, region: Region) -> Estimate:
    """The ratio DVR of the region's distribution volume to that of the tracer's reference.

    Raises Refusal if the tracer, the frames or their decay are not known, or a region is too small or dark.
    """
    series = ready(pet_dynamic)
    checked(series.known, reference_region)
    reference, tissue = (drawn(pet_dynamic, series, r) for r in (reference_region, region))
    _lit(series, tissue)
    kinetics = series.known.tracer.kinetics
    said = pet_dynamic.setting("reference_k2")
    rate = float(said) if said is not None else kinetics.reference_k2 if kinetics else 0.0
    matrix, part = series.matrix, series.straight

    def fitted(curve: Array, other: Array) -> Line:
        driven = matrix @ other + (other / rate if rate else 0.0)
        return logan((matrix @ curve)[part], curve[part], driven[part])

    value, doubt, line = _slope(fitted, tissue, reference)
    without = Flag("constant_assumed", "k2' of the reference is not known: its term was left out")
    settings = (*series.settings, ("reference_k2", rate), ("intercept_min", line.intercept))
    return Estimate(value, doubt, None, (*series.flags, *(() if rate else (without,))), settings)


LOGAN_VT = Biomarker(
    name="logan_vt",
    unit="1",
    needs=("pet_dynamic", "blood_pool", "region"),
    compute=logan_vt,
    source=SOURCE,
    title="Distribution volume VT, Logan",
    truth="vivomap.acquire.phantom.kinetics:balanced",
    acquisition=ASKED,
    dimensions=2,
)
LOGAN_DVR = Biomarker(
    name="logan_dvr",
    unit="1",
    needs=("pet_dynamic", "reference_region", "region"),
    compute=logan_dvr,
    source=SOURCE,
    title="Distribution volume ratio, Logan",
    truth="vivomap.acquire.phantom.kinetics:balanced",
    acquisition=ASKED,
    dimensions=2,
)
