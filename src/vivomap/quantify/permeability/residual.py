"""How far the concentrations of a voxel lie from the extended Tofts model: whether its numbers can be believed there.

    r = sqrt(sum (C - model)² / (frames - 3))      mmol/L

It is the noise where the model holds, and more where it does not: at vessels, in moving tissue, where water exchanges.
"""

import numpy as np

from vivomap.core import FLAGGED, NOT_COMPARABLE, REFUSED, Asked, Biomarker, Estimate, Image, Region
from vivomap.quantify.permeability.leakage import TOFTS, leak
from vivomap.quantify.permeability.tissue import averaged, charted, tissue

UNEXPLAINED = 0.02  # project: of a residual, what an artery with noise of its own adds to it


def tofts_residual(dce: Image, t1: Image, artery: Region, region: Region) -> Estimate:
    """Mean residual of the region's voxels, mmol/L, with its map. Raises Refusal as `ktrans` does."""
    ready, fitted = tissue(dce, t1, artery, region), leak(dce, t1, artery, region)
    mean, flags = averaged(dce, region, ready, fitted.residual)
    each = fitted.residual / np.sqrt(2 * (len(ready.artery.times) - 3))
    chart = charted(dce, ready, (fitted.residual, each), ("tofts_residual", "mmol/L"))
    doubt = float(np.hypot(mean.uncertainty, UNEXPLAINED * mean.value))
    return Estimate(mean.value, doubt, chart, (*ready.flags, *flags), (*fitted.settings, ("sd", mean.spread)))


ASKED = (
    Asked("dce", "frame_s", "methods A0: 5 s preferred", FLAGGED, "s", high=5.0, told="time_steps_coarse"),
    Asked("dce", "frame_s", "methods A0: 10 s at most", REFUSED, "s", high=10.0, told="time_steps_long"),
    Asked("dce", "field_t", "relaxivity and T1 move with the field", NOT_COMPARABLE, "T", apart=0.1),
    Asked("dce", "flip_deg", "the flip angle scales the concentration (project)", FLAGGED, "deg", apart=2.0),
)
TOFTS_RESIDUAL = Biomarker(
    name="tofts_residual",
    unit="mmol/L",
    needs=("dce", "t1", "artery", "region"),
    compute=tofts_residual,
    source=TOFTS,
    title="Residual of the extended Tofts model",
    acquisition=ASKED,
    truth="vivomap.acquire.phantom.permeability:enhancing",
    gives=("tofts_residual",),
    dimensions=2,
    coverage="conservative: a fiftieth of it is held for the noise of the artery, whatever that is",
    better="lower",
)
