"""How far the concentrations of a voxel lie from the extended Tofts model: whether its numbers can be believed there.

    r = sqrt(sum (C - model)² / (frames - 3))      mmol/L

It is the noise where the model holds, and more where it does not: at vessels, in moving tissue, where water exchanges.
"""

import numpy as np

from vivomap.core import Biomarker, Estimate, Image, Region
from vivomap.quantify.permeability.leakage import TOFTS, leak
from vivomap.quantify.permeability.tissue import ASKED, averaged, charted, tissue

UNEXPLAINED = 0.02  # project: of a residual, what an artery with noise of its own adds to it


def tofts_residual(dce: Image, t1: Image, artery: Region, region: Region) -> Estimate:
    """Mean residual of the region's voxels, mmol/L, with its map. Raises Refusal as `ktrans` does."""
    ready, fitted = tissue(dce, t1, artery, region), leak(dce, t1, artery, region)
    mean, flags = averaged(dce, region, ready, fitted.residual)
    each = fitted.residual / np.sqrt(2 * (len(ready.artery.times) - 3))
    chart = charted(dce, ready, (fitted.residual, each), ("tofts_residual", "mmol/L"))
    doubt = float(np.hypot(mean.uncertainty, UNEXPLAINED * mean.value))
    return Estimate(mean.value, doubt, chart, (*ready.flags, *flags), (*fitted.settings, ("sd", mean.spread)))


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
