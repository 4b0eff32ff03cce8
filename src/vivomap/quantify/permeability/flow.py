"""Flow and permeability apart: the two-compartment exchange model tells how much plasma comes and how much leaks.

    vp dcp/dt = Fp (ca - cp) + PS (ce - cp)      ve dce/dt = PS (cp - ce)      C = vp cp + ve ce

Fp and PS in /min (mL of plasma per mL of tissue and minute). Four numbers are more than one voxel's noise can tell
apart: each number is of the region's mean curve, and the map of each voxel is carried for its pattern alone.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from vivomap.core import Biomarker, Estimate, Image, Refusal, Region
from vivomap.core.image import Array
from vivomap.maths.convolution import carried
from vivomap.maths.exchange import exchange
from vivomap.quantify.permeability.tissue import ASKED, DELAYS_S, Tissue, arrived, charted, common_covariance, tissue

SOURCE = "two-compartment exchange model (methods A6); Sourbron and Buckley 2012, from memory"
PER_MIN = 60.0
LONGEST_STEP_S = 2.0  # project: flow is told by the first pass, which slower frames do not see
MOST_DOUBT = 1.0  # project: with a doubt as large as itself the region has no such number


class Flow(NamedTuple):
    """Fp and PS (/min), vp, ve of the mean curve, their uncertainties, and each voxel's with its own, as (4, voxel)."""

    values: Array
    uncertainty: Array
    maps: Array
    doubts: Array


@lru_cache(maxsize=4)
def reached(dce: Image, t1: Image, artery: Region, region: Region) -> Tissue:
    """The region with the delay that the exchange model finds: slow flow would look like a later arrival to Tofts'."""
    ready = tissue(dce, t1, artery, region)
    times, mean = ready.artery.times, ready.mean[None]
    delay, arriving = arrived(ready.artery, DELAYS_S, lambda inflow: float(exchange(times, inflow, mean).squares[0]))
    settings = (*(pair for pair in ready.settings if pair[0] != "delay_s"), ("delay_s", delay))
    return ready._replace(delay=delay, arriving=arriving, settings=settings)


@lru_cache(maxsize=4)
def flow(dce: Image, t1: Image, artery: Region, region: Region) -> Flow:
    """The fit of a region's mean curve and of its voxels.

    Raises Refusal as `tissue` does, if frames are too slow to see flow, or if the fit cannot tell the numbers apart.
    """
    ready = reached(dce, t1, artery, region)
    times, plasma = ready.artery.times, ready.arriving
    step = float(np.median(np.diff(times)))
    if step > LONGEST_STEP_S:
        summary = "flow: the time points lie too far apart to see the first pass"
        raise Refusal("time_steps_long", summary, found=f"{step:g} s", expected=f"{LONGEST_STEP_S:g} s or less")
    whole, each = exchange(times, plasma, ready.mean[None]), exchange(times, plasma, ready.seen)
    scale = np.array([PER_MIN, PER_MIN, 1.0, 1.0])
    values = np.array([whole.flow[0], whole.permeability[0], whole.vp[0], whole.ve[0]])
    if not (np.isfinite(values).all() and (values > 0).all()):
        raise _untold()
    slopes = _slopes(ready, values)
    shared = common_covariance(ready, slopes, lambda at, inflow: _curve(at, inflow, values))
    own = _own(ready, slopes)
    covariance = whole.covariance[0] * whole.squares[0] / (len(times) - 4) + shared + own / len(ready.seen)
    doubt = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    if not (doubt < MOST_DOUBT * values).all():
        raise _untold()
    maps = np.stack((each.flow, each.permeability, each.vp, each.ve)) * scale[:, None]
    fitted = np.maximum(np.einsum("vpp->pv", each.covariance), 0) * each.squares / (len(times) - 4)
    noises = np.sqrt(fitted + np.diag(own)[:, None])
    return Flow(values * scale, doubt * scale, np.where(np.isfinite(maps), maps, np.nan), noises * scale[:, None])


def _untold() -> Refusal:
    summary = "flow: the curve does not tell flow, leakage and the two volumes apart"
    return Refusal("fit_at_bounds", summary, expected="each with a doubt below its value")


def _slopes(ready: Tissue, values: Array) -> Array:
    """The slopes (time, 4) of the mean curve by its four numbers, by differences."""
    times = ready.artery.times
    slopes = np.empty((len(times), 4))
    for k, value in enumerate(values):
        more, less = values.copy(), values.copy()
        more[k], less[k] = value * 1.001, value * 0.999
        slopes[:, k] = (_curve(times, ready.arriving, more) - _curve(times, ready.arriving, less)) / (0.002 * value)
    return slopes


def _own(ready: Tissue, slopes: Array) -> Array:
    """The covariance (4, 4) that the noise of one voxel's T1 and baseline gives its numbers."""
    moves = np.linalg.pinv(slopes) @ np.stack((ready.per_t1, ready.per_baseline), axis=1)
    return np.asarray(moves @ moves.T)


def _curve(times: Array, plasma: Array, p: Array) -> Array:
    """The curve of Fp and PS (1/s), vp and ve."""
    fp, ps, vp, ve = np.maximum(p, 1e-12)
    tp, te, tb = vp / (fp + ps), ve / ps, vp / fp
    total = 1 / tp + 1 / te
    root = np.sqrt(max(total * total - 4 / (te * tb), 0.0))
    fast, slow = (total + root) / 2, (total - root) / 2
    share = (fast - 1 / tb) / max(fast - slow, 1e-12)
    parts = carried(times, plasma, np.array([slow, fast])).integral
    return np.asarray(fp * (share * parts[0] + (1 - share) * parts[1]))


def _estimate(which: int, dce: Image, t1: Image, artery: Region, region: Region) -> Estimate:
    ready, found = reached(dce, t1, artery, region), flow(dce, t1, artery, region)
    chart = charted(dce, ready, (found.maps[which], found.doubts[which]), ROLES[which])
    return Estimate(float(found.values[which]), float(found.uncertainty[which]), chart, ready.flags, ready.settings)


def plasma_flow(dce: Image, t1: Image, artery: Region, region: Region) -> Estimate:
    """Plasma flow Fp of the region's mean curve, /min, with its map. Raises Refusal if frames are too slow."""
    return _estimate(0, dce, t1, artery, region)


def exchange_ps(dce: Image, t1: Image, artery: Region, region: Region) -> Estimate:
    """Permeability–surface product PS of the region's mean curve, /min; Ktrans is Fp PS / (Fp + PS)."""
    return _estimate(1, dce, t1, artery, region)


def exchange_vp(dce: Image, t1: Image, artery: Region, region: Region) -> Estimate:
    """Plasma share of the region's mean curve."""
    return _estimate(2, dce, t1, artery, region)


def exchange_ve(dce: Image, t1: Image, artery: Region, region: Region) -> Estimate:
    """Share outside cells and vessels, of the region's mean curve."""
    return _estimate(3, dce, t1, artery, region)


STRAIGHT = "conservative: what a smooth curve between frames would change counts whole, and here it is the largest part"
ROLES = (("plasma_flow", "/min"), ("exchange_ps", "/min"), ("exchange_vp", "1"), ("exchange_ve", "1"))
PHANTOM = "vivomap.acquire.phantom.permeability:exchanging"
NEEDS = ("dce", "t1", "artery", "region")
PLASMA_FLOW = Biomarker(
    name="plasma_flow",
    unit="/min",
    needs=NEEDS,
    compute=plasma_flow,
    source=SOURCE,
    title="Plasma flow",
    acquisition=ASKED,
    truth=PHANTOM,
    gives=("plasma_flow",),
    dimensions=2,
    coverage=STRAIGHT,
)
EXCHANGE_PS = Biomarker(
    name="exchange_ps",
    unit="/min",
    needs=NEEDS,
    compute=exchange_ps,
    source=SOURCE,
    title="PS, exchange model",
    acquisition=ASKED,
    truth=PHANTOM,
    gives=("exchange_ps",),
    dimensions=2,
    coverage=STRAIGHT,
)
EXCHANGE_VP = Biomarker(
    name="exchange_vp",
    unit="1",
    needs=NEEDS,
    compute=exchange_vp,
    source=SOURCE,
    title="vp, exchange model",
    acquisition=ASKED,
    truth=PHANTOM,
    gives=("exchange_vp",),
    dimensions=2,
    coverage=STRAIGHT,
)
EXCHANGE_VE = Biomarker(
    name="exchange_ve",
    unit="1",
    needs=NEEDS,
    compute=exchange_ve,
    source=SOURCE,
    title="ve, exchange model",
    acquisition=ASKED,
    truth=PHANTOM,
    gives=("exchange_ve",),
    dimensions=2,
    coverage=STRAIGHT,
)
