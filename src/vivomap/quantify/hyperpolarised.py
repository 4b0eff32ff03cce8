"""Hyperpolarised pyruvate: how fast a tissue turns it into lactate, as a tumour does that burns sugar without oxygen.

    dP/dt = -(R1P + kPL) P + input        dL/dt = kPL P - R1L L

kPL (/s) is fitted without knowing the input: the pyruvate that was seen drives the lactate. Each pulse of flip angle θ
uses up its share, cos θ, of either; signals are divided by sin θ. The relaxation of lactate, R1L = 1/T1L, cannot be
told from kPL in the noise of one scan and is fixed.

    area ratio = ∫L dt / ∫P dt        = kPL / (R1L - N ln cos θ / TR) where all lactate is seen to fade
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from vivomap.core import FLAGGED, NOT_COMPARABLE, Asked, Biomarker, Estimate, Flag, Image, Refusal, Region, Settings
from vivomap.core.image import Array
from vivomap.maths.conversion import Pulses, area, converted, pulses
from vivomap.maths.geometry import Box, cut

T1_LACTATE_S, T1_DOUBT_S = 27.5, 5 / 12**0.5  # the middle of 25 to 30 s (methods A13), and the spread of an even chance
T1_RANGE_S = (25.0, 30.0)
FLIP_DOUBT = 0.05  # project: of the flip angle, where no map of B1 was made
FLIP_TRIED = 0.2  # methods A13: the flip error whose effect is told
DIM = 5.0  # project (methods A13): total SNR of lactate below which no rate is given
FEWEST_FRAMES, FEWEST_VOXELS = 8, 4  # project
SOURCE = "input-less fit of kPL, Larson et al. (methods A13, S58); areas: Punwani, MRM 2025 (methods A13)"


class Scan(NamedTuple):
    """Times (s), signals of pyruvate and lactate (voxel, frame), their pulses, T1L (s) with its doubt, the place."""

    times: Array
    pyruvate: Array
    lactate: Array
    flips: tuple[Pulses, Pulses]
    t1: tuple[float, float]
    flip_doubt: float
    box: Box
    mask: Array
    flags: tuple[Flag, ...]


def _flips(image: Image, scale: float = 1.0) -> Pulses:
    """The pulses of one metabolite. Raises Refusal if its flip angle is not said."""
    words = image.text("flip_deg_frames").split()
    angles = np.array([float(w) for w in words]) if words else np.full(len(image.frames), image.number("flip_deg"))
    if len(angles) != len(image.frames) or not (angles > 0).all() or not (angles * scale < 90).all():
        found = f"{len(angles)} flip angles for {len(image.frames)} frames"
        raise Refusal("bad_setting", "13C: every frame needs its flip angle, between 0 and 90 degrees", found=found)
    times = image.setting("excitations")
    return pulses(angles * scale, 1.0 if times is None else float(times))


def _scan(pyruvate: Image, lactate: Image, region: Region) -> Scan:
    """Both curves of a region. Raises Refusal if their frames differ or are few, or the region is too small."""
    for image in (pyruvate, lactate):
        if image.voxels.array.ndim != 4 or image.frame_unit != "s" or len(image.frames) < FEWEST_FRAMES:
            found = f"{len(image.frames)} frames in {image.frame_unit or 'no unit'}"
            raise Refusal("few_time_points", "13C: too few frames in s", found=found, expected=f"{FEWEST_FRAMES}")
    if pyruvate.frames != lactate.frames:
        raise Refusal("frame_times_unknown", "13C: pyruvate and lactate were not taken at the same times")
    box, mask = cut(region.mask)
    count = int(np.count_nonzero(mask))
    if count < FEWEST_VOXELS:
        found, least = f"{count} voxels", f"{FEWEST_VOXELS} or more"
        raise Refusal("too_few_voxels", "13C: the region is too small", found=found, expected=least)
    curves = [np.asarray(i.voxels.array[(slice(None), *box)], float)[:, mask].T for i in (pyruvate, lactate)]
    if not all(np.isfinite(c).all() for c in curves):
        raise Refusal("nan_voxels", "13C: voxels of the region hold no number")
    given, wide = lactate.setting("t1_lactate_s"), lactate.setting("flip_doubt_percent")
    t1 = (T1_LACTATE_S, T1_DOUBT_S) if given is None else (float(given), 0.0)
    sized = "magnitude" in (pyruvate.text("signal"), lactate.text("signal"))
    flag = Flag("magnitude_floor", "magnitudes: noise lifts weak lactate, and the rate with it")
    doubt = FLIP_DOUBT if wide is None else float(wide) / 100
    flips, times = (_flips(pyruvate), _flips(lactate)), np.asarray(pyruvate.frames, float)
    return Scan(times, curves[0], curves[1], flips, t1, doubt, box, mask, (flag,) if sized else ())


class Told(NamedTuple):
    """The noise of one voxel's frame, and the total signal over its noise of each voxel and of the region's mean."""

    noise: float
    voxels: Array
    mean: float


def _told(scan: Scan, lactate: Image) -> Told:
    """The noise: as declared, else what the fit leaves in every voxel. Raises Refusal `lactate_dim` below the gate."""
    said, frames = lactate.setting("noise_sd"), len(scan.times)
    rest = converted(scan.times, (scan.pyruvate, scan.lactate), scan.flips, 1 / scan.t1[0]).rest
    own = float(np.sqrt((rest**2).sum() / (rest.shape[0] * (frames - 2))))
    sd = own if said is None else float(said)
    root = max(sd * frames**0.5, 1e-300)
    voxels = scan.lactate.sum(axis=1) / root
    mean = float(scan.lactate.mean(axis=0).sum() / root * len(scan.lactate) ** 0.5)
    if mean <= DIM:
        summary = "13C: the lactate of the region is lost in its noise"
        raise Refusal("lactate_dim", summary, found=f"total SNR {mean:.1f}", expected=f"above {DIM:g}")
    return Told(sd, voxels, mean)


def _rate(scan: Scan, t1: float, flips: tuple[Pulses, Pulses]) -> float:
    """kPL of the region's mean curves."""
    means = scan.pyruvate.mean(axis=0)[None], scan.lactate.mean(axis=0)[None]
    return float(converted(scan.times, means, flips, 1 / t1).rate[0])


def _noisy(scan: Scan, sd: float, number: str) -> float:
    """What the noise of every frame of both mean curves does to a number of the region ("rate" or "ratio")."""
    size, total = sd / len(scan.lactate) ** 0.5, 0.0
    means = (scan.pyruvate.mean(axis=0)[None], scan.lactate.mean(axis=0)[None])
    frames = np.eye(len(scan.times)) * size

    def at(pyruvate: Array, lactate: Array) -> Array:
        if number == "rate":
            return converted(scan.times, (pyruvate, lactate), scan.flips, 1 / scan.t1[0]).rate
        return _areas(scan, pyruvate, lactate, scan.flips)

    plain = float(at(*means)[0])
    for moved in ((means[0] + frames, means[1] + 0 * frames), (means[0] + 0 * frames, means[1] + frames)):
        total += float(((at(*moved) - plain) ** 2).sum())
    return float(total**0.5)


def _areas(scan: Scan, pyruvate: Array, lactate: Array, flips: tuple[Pulses, Pulses]) -> Array:
    """The ratio of the areas of signals (voxel, frame)."""
    above = area(scan.times, lactate / flips[1].shown, flips[1])
    return above / area(scan.times, pyruvate / flips[0].shown, flips[0])


def kpl(hp_pyruvate: Image, hp_lactate: Image, region: Region) -> Estimate:
    """kPL of the region's mean curves, /s, with its map "kpl" where the lactate of a voxel rises out of its noise.

    In doubt are noise, T1 of lactate and the flip angle. Its settings tell kPL at T1 of 25 and 30 s, and with flip
    angles a fifth lower and higher. Raises Refusal if the frames or flip angles are not known, or lactate is dim.
    """
    scan = _scan(hp_pyruvate, hp_lactate, region)
    seen = _told(scan, hp_lactate)
    t1, wide = scan.t1
    value = _rate(scan, t1, scan.flips)
    low, high = (_rate(scan, t, scan.flips) for t in T1_RANGE_S)
    less, more = (_rate(scan, t1, _both(hp_pyruvate, hp_lactate, 1 + s * FLIP_TRIED)) for s in (-1, 1))
    by_flip = _rate(scan, t1, _both(hp_pyruvate, hp_lactate, 1 + scan.flip_doubt)) - value
    by_t1 = _rate(scan, t1 + wide, scan.flips) - value if wide else 0.0
    doubt = float(np.linalg.norm((_noisy(scan, seen.noise, "rate"), by_t1, by_flip)))
    settings: Settings = (
        ("t1_lactate_s", t1),
        ("kpl_at_t1_25", low),
        ("kpl_at_t1_30", high),
        ("kpl_at_flip_less_20", less),
        ("kpl_at_flip_more_20", more),
        ("lactate_snr", seen.mean),
        ("voxels", float(len(scan.lactate))),
        ("voxels_dim", float(np.count_nonzero(seen.voxels <= DIM))),
    )
    return Estimate(value, doubt, _chart(hp_lactate, scan, seen), scan.flags, settings)


def _both(pyruvate: Image, lactate: Image, scale: float) -> tuple[Pulses, Pulses]:
    """The pulses of both, with every flip angle scaled."""
    return _flips(pyruvate, scale), _flips(lactate, scale)


def _chart(lactate: Image, scan: Scan, seen: Told) -> Image:
    """The map "kpl", its standard uncertainty by noise as second frame; NaN outside and where lactate is dim."""
    found = converted(scan.times, (scan.pyruvate, scan.lactate), scan.flips, 1 / scan.t1[0])
    whole = np.full((2, *lactate.shape), np.nan, np.float32)
    lit = seen.voxels > DIM
    for frame, values in zip(whole, (found.rate, seen.noise * np.sqrt(found.leverage)), strict=True):
        inside = frame[scan.box]
        inside[scan.mask] = np.where(lit, values, np.nan)
    made = lactate.like("kpl", whole, "/s")
    return replace(made, frames=(0.0, 1.0), settings=(*made.settings, ("second_frame", "standard uncertainty")))


def lactate_ratio(hp_pyruvate: Image, hp_lactate: Image, region: Region) -> Estimate:
    """The area under lactate over that under pyruvate; it depends on flip angles and times, and needs no model.

    Raises Refusal if the frames or flip angles are not known, or lactate is dim.
    """
    scan = _scan(hp_pyruvate, hp_lactate, region)
    seen = _told(scan, hp_lactate)
    means = scan.pyruvate.mean(axis=0)[None], scan.lactate.mean(axis=0)[None]
    value = float(_areas(scan, *means, scan.flips)[0])
    wrong = _both(hp_pyruvate, hp_lactate, 1 + scan.flip_doubt)
    doubt = np.hypot(_noisy(scan, seen.noise, "ratio"), float(_areas(scan, *means, wrong)[0]) - value)
    settings: Settings = (("lactate_snr", seen.mean), ("voxels", float(len(scan.lactate))))
    return Estimate(value, float(doubt), None, scan.flags, settings)


TIMES = Asked("hp_lactate", "frame_s", "lactate fades between frames (project)", FLAGGED, "s", high=5.0)
FLIPS = "the ratio of areas moves with flip angles and times (methods A13)"
SAME = (
    Asked("hp_pyruvate", "flip_deg", FLIPS, NOT_COMPARABLE, "deg", apart=1.0),
    Asked("hp_lactate", "flip_deg", FLIPS, NOT_COMPARABLE, "deg", apart=1.0),
    Asked("hp_lactate", "frame_s", FLIPS, NOT_COMPARABLE, "s", apart=0.2),
)
PHANTOM = "vivomap.acquire.phantom.hyperpolarised:injected"
KPL = Biomarker(
    name="kpl",
    unit="/s",
    needs=("hp_pyruvate", "hp_lactate", "region"),
    compute=kpl,
    source=SOURCE,
    title="Pyruvate to lactate, kPL",
    acquisition=(TIMES,),
    truth=PHANTOM,
    gives=("kpl",),
    dimensions=2,
)
LACTATE_RATIO = Biomarker(
    name="lactate_ratio",
    unit="1",
    needs=("hp_pyruvate", "hp_lactate", "region"),
    compute=lactate_ratio,
    source=SOURCE,
    title="Lactate to pyruvate, area ratio",
    acquisition=SAME,
    truth=PHANTOM,
    dimensions=2,
)
