"""Blood volume, flow and transit time in absolute units, where an artery gives the input.

Tissue holds what the artery brought and has not yet left, C = CBF · (Ca ⊗ R). Deconvolution (oSVD) gives CBF · R, whose
height f and the ratio of areas a = ∫C / ∫Ca give MTT: that of the exponential residue that would be seen so (`maths.
transit` says how). Then, with G the part of the bolus that has left by the end of the areas,

    CBV = 100 kH a / G               mL/(100 mL)
    CBF = 6000 kH/ρ (a / G) / MTT    mL/min/(100 g)

kH = (1 - 0.45) / (1 - 0.25) is for the haematocrit of large and small vessels, ρ = 1.04 g/mL the density of brain. C is
corrected for leakage. The plain flow, 6000 kH/ρ f, stands in the settings: it is too low, the more so the shorter MTT.
Flow is read from the mean curve of the region; its map from that of each voxel.
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
from vivomap.maths.deconvolution import OSCILLATION, deconvolve
from vivomap.quantify.perfusion.artery import KH, Source, corrected, source_of
from vivomap.quantify.perfusion.flow_map import DENSITY, PER_MINUTE, SMOOTH, flow_map
from vivomap.quantify.perfusion.series import ASKED, Inside, parts, within
from vivomap.quantify.perfusion.volume import STEADY, mean_of, model_doubt

KH_DOUBT = 0.05  # project: of kH, for a haematocrit that was not measured
OSVD = "block-circulant SVD with oscillation index, Wu et al., MRM 2003 (from memory); kH and density from memory"
SHAPE = 0.25  # project: of what was put back, for a residue that is not exponential


class Height(NamedTuple):
    """How high a residue stands (1/s), with how many parts kept, its noise, and what it rests on."""

    height: float
    kept: int
    noise: float
    settings: Settings


class Flow(NamedTuple):
    """Of a region, without units of tissue: volume (1), flow (1/s), transit (s), each with its doubt."""

    volume: tuple[float, float]
    flow: tuple[float, float]
    transit: tuple[float, float]
    settings: Settings
    flags: tuple[Flag, ...]


@lru_cache(maxsize=4)
def _flow(dsc: Image, region: Region, artery: Region | None) -> Flow:
    """Volume, flow and transit of a region. Raises Refusal if its curve holds no bolus or no transit time fits it."""
    source = source_of(dsc, artery)
    series, total = source.series, float(source.series.shared.over @ source.input.curve)
    inside = within(series, region, dsc, "flow")
    area, seen = mean_of(inside, parts(series).area / total), _height(source, inside)
    if seen.height <= 0 or area.value <= 3 * area.uncertainty:
        raise Refusal("bolus_absent", "flow: no bolus is seen in the region")
    transit = float(source.heights.transit(np.array([seen.height / area.value]), np.array([seen.kept]))[0])
    if not np.isfinite(transit):
        summary = "flow: no transit time fits the curve of the region"
        raise Refusal("transit_unresolved", summary, found=f"{area.value / seen.height:.1f} s", expected="1 to 40 s")
    held = float(source.heights.at(np.array(transit)))
    volume = area.value / held
    noise = float(np.hypot(area.uncertainty, model_doubt(series, inside) / total)) / area.value
    entry = source.input.noise * float(np.linalg.norm(series.shared.over)) / total
    of_height = float(np.linalg.norm((seen.noise / seen.height, noise, entry)))
    of_transit = source.heights.doubt(transit, seen.kept, of_height)
    of_transit = float(np.hypot(of_transit, SHAPE * (1 - seen.height * transit / volume)))
    of_volume = float(np.linalg.norm((noise, entry, SHAPE * (1 - held))))
    of_flow = float(np.hypot(of_transit, noise))
    return Flow(
        volume=(volume, volume * of_volume),
        flow=(volume / transit, volume / transit * of_flow),
        transit=(transit, transit * of_transit),
        settings=(*seen.settings, ("voxels", float(area.voxels)), ("artery_voxels", float(source.input.voxels))),
        flags=(*inside.flags, *source.input.flags),
    )


def _height(source: Source, inside: Inside) -> Height:
    """How high the residue of a region's mean curve stands, and the noise of that."""
    curves = corrected(source.series, inside.columns)
    mean = curves.mean(axis=1)[None]
    residue = deconvolve(mean, source.parts, SMOOTH)
    kept = int(residue.kept[0])
    each = np.zeros(source.series.level.size)
    each[inside.columns] = source.parts.weights(int(residue.at[0]), kept) @ curves
    settings: Settings = (
        ("oscillation_limit", SMOOTH),
        ("parts_kept", float(kept)),
        ("plain_flow", PER_MINUTE * float(deconvolve(mean, source.parts, OSCILLATION).top[0])),
        ("kh", KH),
        ("density_g_ml", DENSITY),
    )
    return Height(float(residue.top[0]), kept, mean_of(inside, each).uncertainty, settings)


def _estimate(dsc: Image, region: Region, artery: Region | None, role: str) -> Estimate:
    """Volume, flow or transit of a region in its unit; kH is in doubt for the first two."""
    of = _flow(dsc, region, artery)
    chart = flow_map(dsc, artery, role)
    if role == "mtt":
        return Estimate(*of.transit, chart, of.flags, of.settings)
    (value, doubt), scale = (of.volume, 100 * KH) if role == "cbv" else (of.flow, PER_MINUTE)
    return Estimate(scale * value, scale * float(np.hypot(doubt, KH_DOUBT * value)), chart, of.flags, of.settings)


def cbv(dsc: Image, region: Region, artery: Region) -> Estimate:
    """Mean blood volume of the region, mL/(100 mL), by a drawn artery, with its map "cbv"."""
    return _estimate(dsc, region, artery, "cbv")


def cbf(dsc: Image, region: Region, artery: Region) -> Estimate:
    """Blood flow of the region, mL/min/(100 g), by a drawn artery, with its map "cbf"."""
    return _estimate(dsc, region, artery, "cbf")


def mtt(dsc: Image, region: Region, artery: Region) -> Estimate:
    """Mean transit time of the region, s, by a drawn artery, with its map "mtt"."""
    return _estimate(dsc, region, artery, "mtt")


def cbv_automatic(dsc: Image, region: Region) -> Estimate:
    """Mean blood volume of the region, mL/(100 mL), by an artery found by itself, with its map "cbv"."""
    return _estimate(dsc, region, None, "cbv")


def cbf_automatic(dsc: Image, region: Region) -> Estimate:
    """Blood flow of the region, mL/min/(100 g), by an artery found by itself, with its map "cbf"."""
    return _estimate(dsc, region, None, "cbf")


def mtt_automatic(dsc: Image, region: Region) -> Estimate:
    """Mean transit time of the region, s, by an artery found by itself, with its map "mtt"."""
    return _estimate(dsc, region, None, "mtt")


CODES = {
    "cbv": ("126391", "DCM", "Absolute Regional Blood Volume"),
    "mtt": ("113052", "DCM", "Mean Transit Time"),
}


def _card(role: str, title: str, unit: str, compute: Callable[..., Estimate]) -> Biomarker:
    """A card of this file; one that finds its artery itself stands in for the one that is given it."""
    alone = compute.__name__ != role
    return Biomarker(
        name=compute.__name__,
        unit=unit,
        needs=("dsc", "region") if alone else ("dsc", "region", "artery"),
        compute=compute,
        source=OSVD,
        title=f"{title}, artery found by itself" if alone else title,
        acquisition=ASKED,
        truth="vivomap.acquire.phantom.perfusion:flowing",
        gives=(role,),
        dimensions=2,
        instead_of=role if alone else "",
        coverage=STEADY,
        code=CODES.get(role),
    )


CBV = _card("cbv", "CBV", "mL/(100.mL)", cbv)
CBF = _card("cbf", "CBF", "mL/min/(100.g)", cbf)
MTT = _card("mtt", "MTT", "s", mtt)
CBV_AUTOMATIC = _card("cbv", "CBV", "mL/(100.mL)", cbv_automatic)
CBF_AUTOMATIC = _card("cbf", "CBF", "mL/min/(100.g)", cbf_automatic)
MTT_AUTOMATIC = _card("mtt", "MTT", "s", mtt_automatic)
