"""Permeability where what leaks does not come back in the time that is seen, as through a nearly whole barrier.

    C(t) = Ktrans ∫ cp du + vp cp(t)      a straight line of C/cp over ∫cp/cp (Patlak)

It is linear in both numbers, so that the fit is exact and unbiased; where contrast returns it makes Ktrans too low, and
a flag says when Akaike's criterion clearly prefers the extended Tofts model and its Ktrans is higher.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from vivomap.core import Biomarker, Estimate, Flag, Image, Region
from vivomap.core.image import Array
from vivomap.maths.convolution import carried
from vivomap.maths.tofts import tofts
from vivomap.quantify.permeability.tissue import ASKED, averaged, charted, common_covariance, tissue

SOURCE = "Patlak model (methods A6); Patlak et al. 1983, from memory"
PER_MIN = 60.0
LOST = 1.2  # project: Ktrans is a fifth too low, or more
CLEARLY = 10.0  # of Akaike's criterion: less leaves the simpler model some support (Burnham and Anderson, from memory)


class Uptake(NamedTuple):
    """Ktrans (/min) and vp of each voxel (2, voxel), their doubts, what all share of it, and warnings."""

    values: Array
    doubts: Array
    shared: Array
    flags: tuple[Flag, ...]


def patlak(times: Array, plasma: Array, seen: Array) -> Array:
    """Ktrans (1/time) and vp of concentrations (voxel, time), as (2, voxel), by linear least squares."""
    shapes = np.stack((carried(times, plasma, np.zeros(1)).integral[0], plasma), axis=1)
    return np.asarray(np.linalg.pinv(shapes) @ seen.T)


@lru_cache(maxsize=4)
def uptake(dce: Image, t1: Image, artery: Region, region: Region) -> Uptake:
    """The fit of a region. Raises Refusal as `tissue` does."""
    ready = tissue(dce, t1, artery, region)
    times, plasma = ready.artery.times, ready.arriving
    values = patlak(times, plasma, ready.seen)
    middle = patlak(times, plasma, ready.mean[None])[:, 0]
    shapes = np.stack((carried(times, plasma, np.zeros(1)).integral[0], plasma), axis=1)

    def curve(at: Array, inflow: Array) -> Array:
        return np.asarray(middle[0] * carried(at, inflow, np.zeros(1)).integral[0] + middle[1] * inflow)

    shared = np.sqrt(np.diag(common_covariance(ready, shapes, curve)))
    rest, n = ready.mean - shapes @ middle, len(times)
    returning = tofts(times, plasma, ready.mean[None])
    likelier = n * np.log(float(rest @ rest) / float(returning.squares[0])) - 2 > CLEARLY
    better = likelier and float(returning.ktrans[0]) > LOST * middle[0]
    flag = Flag("contrast_returns", "contrast returns from this tissue: Patlak's Ktrans is too low here")
    scale = np.array([PER_MIN, 1.0])
    left = ready.seen - (shapes @ values).T
    each = np.sqrt((left**2).sum(axis=1) / (n - 2))
    own = np.linalg.norm(np.linalg.pinv(shapes) @ np.stack((ready.per_t1, ready.per_baseline), axis=1), axis=1)
    doubts = np.hypot(np.sqrt(np.diag(np.linalg.inv(shapes.T @ shapes)))[:, None] * each, own[:, None])
    return Uptake(values * scale[:, None], doubts * scale[:, None], shared * scale, (flag,) if better else ())


def _estimate(which: int, dce: Image, t1: Image, artery: Region, region: Region) -> Estimate:
    ready, found = tissue(dce, t1, artery, region), uptake(dce, t1, artery, region)
    mean, flags = averaged(dce, region, ready, found.values[which])
    kind = (("patlak_ktrans", "/min"), ("patlak_vp", "1"))[which]
    chart = charted(dce, ready, (found.values[which], found.doubts[which]), kind)
    doubt = float(np.hypot(mean.uncertainty, found.shared[which]))
    settings = (*ready.settings, ("sd", mean.spread))
    return Estimate(mean.value, doubt, chart, (*ready.flags, *flags, *found.flags), settings)


def patlak_ktrans(dce: Image, t1: Image, artery: Region, region: Region) -> Estimate:
    """Mean Ktrans by Patlak's line, /min, with its map. Raises Refusal if the series or the artery fails a gate."""
    return _estimate(0, dce, t1, artery, region)


def patlak_vp(dce: Image, t1: Image, artery: Region, region: Region) -> Estimate:
    """Mean plasma share by Patlak's line, with its map."""
    return _estimate(1, dce, t1, artery, region)


PHANTOM = "vivomap.acquire.phantom.permeability:barrier"
PATLAK_KTRANS = Biomarker(
    name="patlak_ktrans",
    unit="/min",
    needs=("dce", "t1", "artery", "region"),
    compute=patlak_ktrans,
    source=SOURCE,
    title="Ktrans, Patlak",
    acquisition=ASKED,
    truth=PHANTOM,
    gives=("patlak_ktrans",),
    dimensions=2,
    coverage="conservative: the delay is doubted as if Tofts' model had not found it from the same curve",
    code=("126312", "DCM", "Ktrans"),
)
PATLAK_VP = Biomarker(
    name="patlak_vp",
    unit="1",
    needs=("dce", "t1", "artery", "region"),
    compute=patlak_vp,
    source=SOURCE,
    title="vp, Patlak",
    acquisition=ASKED,
    truth=PHANTOM,
    gives=("patlak_vp",),
    dimensions=2,
    code=("126331", "DCM", "vp"),
)
