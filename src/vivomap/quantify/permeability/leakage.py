"""Permeability by the extended Tofts model: Ktrans how fast contrast leaks, ve the room it leaks into, vp the plasma.

    C(t) = Ktrans ∫ cp(u) exp(-kep (t - u)) du + vp cp(t)      kep = Ktrans / ve

Ktrans and kep in /min, ve and vp as shares of the tissue. Each number is the mean of its map over the region. Where no
artery is drawn, the population's stands in, and its numbers have names of their own: numbers with one artery and
another cannot be compared.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
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
from vivomap.maths.convolution import carried
from vivomap.maths.tofts import HIGHEST, Tofts, tofts
from vivomap.quantify.permeability.arterial import PARKER
from vivomap.quantify.permeability.tissue import ASKED, Tissue, averaged, charted, common_covariance, tissue

TOFTS = "extended Tofts model (methods A6; Tofts et al. 1999, from memory), exact convolution"
PER_MIN = 60.0
UNITS = {"ktrans": "/min", "ve": "1", "vp": "1", "kep": "/min"}


class Leak(NamedTuple):
    """Maps (voxel,) of one region by name, of their uncertainty, of the residual; doubt shared by all; settings."""

    maps: dict[str, Array]
    doubts: dict[str, Array]
    residual: Array
    shared: dict[str, float]
    settings: Settings


@lru_cache(maxsize=4)
def leak(dce: Image, t1: Image, artery: Region | None, region: Region) -> Leak:
    """The fit of every voxel of a region; NaN where a fit ended on the upper bound of a parameter."""
    ready = tissue(dce, t1, artery, region)
    found = tofts(ready.artery.times, ready.arriving, ready.seen)
    leaks = found.ktrans > 0
    ve = np.divide(found.ktrans, found.kep, out=np.full(len(leaks), np.nan), where=leaks & (found.kep > 0))
    failed = (found.ktrans >= HIGHEST[0]) | (found.kep >= HIGHEST[1]) | (found.vp >= HIGHEST[2]) | (leaks & ~(ve < 1))
    if failed.all():
        summary = "permeability: the extended Tofts model does not hold in any voxel of the region"
        raise Refusal("fit_at_bounds", summary, found="100%", expected="fits within the bounds of tissue")
    kep = np.where(leaks, found.kep * PER_MIN, np.nan)
    plain = {"ktrans": found.ktrans * PER_MIN, "ve": ve, "vp": found.vp, "kep": kep}
    maps = {name: np.where(failed, np.nan, values) for name, values in plain.items()}
    doubts, shared = _doubts(ready, found, failed)
    residual = np.sqrt(found.squares / (len(ready.artery.times) - 3))
    settings: Settings = (*ready.settings, ("at_bounds", float(np.count_nonzero(failed))), *_model_choice(ready))
    return Leak(maps, doubts, np.where(failed, np.nan, residual), shared, settings)


def _doubts(ready: Tissue, found: Tofts, failed: Array) -> tuple[dict[str, Array], dict[str, float]]:
    """The uncertainty of each voxel's numbers (the fit's, and its T1's and baseline's), and what all voxels share."""
    times, plasma = ready.artery.times, ready.arriving
    whole = tofts(times, plasma, ready.mean[None])
    middle = np.array([whole.ktrans[0], whole.kep[0], whole.vp[0]])
    slopes = _slopes(times, plasma, middle)
    common = common_covariance(ready, slopes, lambda at, inflow: _curve(at, inflow, middle))
    moves = np.linalg.pinv(slopes) @ np.stack((ready.per_t1, ready.per_baseline), axis=1)
    own, noise = moves @ moves.T, found.squares / (len(times) - 3)
    each, shared = {}, {}
    for name, (k, e, p) in _turns(found.ktrans, found.kep).items():
        fitted = k * k * found.var_ktrans + e * e * found.var_kep + 2 * k * e * found.covariance + p * p * found.var_vp
        at = np.array([float(np.nanmedian(np.where(failed, np.nan, v))) for v in (k, e, p)])
        each[name] = np.where(failed, np.nan, np.sqrt(np.maximum(fitted * noise + at @ own @ at, 0.0)))
        shared[name] = float(np.sqrt(at @ common @ at))
    return each, shared


def _curve(times: Array, plasma: Array, p: Array) -> Array:
    return np.asarray(p[0] * carried(times, plasma, p[1:2]).integral[0] + p[2] * plasma)


def _slopes(times: Array, plasma: Array, p: Array) -> Array:
    """The slopes of the curve (time, 3) by Ktrans, kep and vp."""
    flow = carried(times, plasma, p[1:2])
    return np.stack((flow.integral[0], p[0] * flow.slope[0], plasma), axis=1)


def _turns(ktrans: Array, kep: Array) -> dict[str, tuple[Array, Array, Array]]:
    """How each number turns with Ktrans (/s), kep (/s) and vp."""
    none, one = np.zeros(len(kep)), np.ones(len(kep))
    safe = np.maximum(kep, 1e-9)
    return {
        "ktrans": (PER_MIN * one, none, none),
        "ve": (1 / safe, -ktrans / safe**2, none),
        "vp": (none, none, one),
        "kep": (none, PER_MIN * one, none),
    }


def _model_choice(ready: Tissue) -> Settings:
    """Which model Akaike's criterion prefers for the mean curve, and the share of its variance that ours explains."""
    times, plasma, mean = ready.artery.times, ready.arriving, ready.mean
    uptake = np.stack((carried(times, plasma, np.zeros(1)).integral[0], plasma), axis=1)
    rest = mean - uptake @ np.linalg.lstsq(uptake, mean, rcond=None)[0]
    extended = float(tofts(times, plasma, mean[None]).squares[0])
    plain = float(tofts(times, plasma, mean[None], extended=False).squares[0])
    squares = {"extended Tofts": (extended, 3), "Tofts": (plain, 2), "Patlak": (float(rest @ rest), 2)}
    scores = {name: len(mean) * np.log(max(s, 1e-30) / len(mean)) + 2 * k for name, (s, k) in squares.items()}
    about = mean - mean.mean()
    return (("preferred_model", min(scores, key=lambda n: scores[n])), ("r2", 1 - extended / float(about @ about)))


def _estimate(name: str, dce: Image, t1: Image, artery: Region | None, region: Region) -> Estimate:
    ready, fitted = tissue(dce, t1, artery, region), leak(dce, t1, artery, region)
    mean, flags = averaged(dce, region, ready, fitted.maps[name])
    role = name if artery else f"{name}_population"
    chart = charted(dce, ready, (fitted.maps[name], fitted.doubts[name]), (role, UNITS[name]))
    settings = (*fitted.settings, ("sd", mean.spread), ("voxel_u", float(np.nanmedian(fitted.doubts[name]))))
    doubt = float(np.hypot(mean.uncertainty, fitted.shared[name]))
    return Estimate(mean.value, doubt, chart, (*ready.flags, *flags, *_doubtful(fitted)), settings)


def _doubtful(fitted: Leak) -> tuple[Flag, ...]:
    best = dict(fitted.settings)["preferred_model"]
    reason = f"the mean curve is told as well by the simpler model {best}"
    return () if best == "extended Tofts" else (Flag("simpler_model", reason),)


def ktrans(dce: Image, t1: Image, artery: Region, region: Region) -> Estimate:
    """Mean Ktrans of the region with its map, /min. Raises Refusal if the series or the artery fails a gate."""
    return _estimate("ktrans", dce, t1, artery, region)


def ve(dce: Image, t1: Image, artery: Region, region: Region) -> Estimate:
    """Mean share of the tissue outside cells and vessels. Voxels that leak nothing have none."""
    return _estimate("ve", dce, t1, artery, region)


def vp(dce: Image, t1: Image, artery: Region, region: Region) -> Estimate:
    """Mean share of the tissue that is blood plasma."""
    return _estimate("vp", dce, t1, artery, region)


def kep(dce: Image, t1: Image, artery: Region, region: Region) -> Estimate:
    """Mean rate at which contrast returns, /min. Voxels that leak nothing have none."""
    return _estimate("kep", dce, t1, artery, region)


def ktrans_population(dce: Image, t1: Image, region: Region) -> Estimate:
    """The same with the population's artery, whose difference from this patient's is not in the uncertainty."""
    return _estimate("ktrans", dce, t1, None, region)


def ve_population(dce: Image, t1: Image, region: Region) -> Estimate:
    """The same with the population's artery."""
    return _estimate("ve", dce, t1, None, region)


def vp_population(dce: Image, t1: Image, region: Region) -> Estimate:
    """The same with the population's artery."""
    return _estimate("vp", dce, t1, None, region)


def kep_population(dce: Image, t1: Image, region: Region) -> Estimate:
    """The same with the population's artery: of the four the least touched by how high that artery is."""
    return _estimate("kep", dce, t1, None, region)


STRAIGHT = (
    "conservative: what a smooth curve between frames would change counts whole, as a deviation that is always there"
)


def _card(name: str, title: str, compute: Callable[..., Estimate], code: str, coverage: str = "") -> Biomarker:
    """A card by its name; one of the population's artery stands in for the measured one."""
    measured, _, people = name.partition("_")
    return Biomarker(
        name=name,
        unit=UNITS[measured],
        needs=("dce", "t1", "region") if people else ("dce", "t1", "artery", "region"),
        compute=compute,
        source=f"{TOFTS}; {PARKER}" if people else TOFTS,
        title=f"{title}, population artery" if people else title,
        acquisition=ASKED,
        truth="vivomap.acquire.phantom.permeability:enhancing",
        gives=(name,),
        dimensions=2,
        instead_of=measured if people else "",
        code=(code, "DCM", measured.capitalize() if measured == "ktrans" else measured),
        coverage=coverage,
    )


KTRANS = _card("ktrans", "Ktrans", ktrans, "126312")
VE = _card("ve", "ve, extravascular extracellular share", ve, "126314")
VP = _card("vp", "vp, plasma share", vp, "126331")
KEP = _card("kep", "kep", kep, "126313", STRAIGHT)
KTRANS_POPULATION = _card("ktrans_population", "Ktrans", ktrans_population, "126312", STRAIGHT)
VE_POPULATION = _card("ve_population", "ve", ve_population, "126314", STRAIGHT)
VP_POPULATION = _card("vp_population", "vp", vp_population, "126331", STRAIGHT)
KEP_POPULATION = _card("kep_population", "kep", kep_population, "126313", STRAIGHT)
