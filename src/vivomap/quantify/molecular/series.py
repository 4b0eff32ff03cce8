"""A dynamic PET series made ready: its frames in minutes after injection, its decay, and the curves drawn on it.

`frames` are the starts of the frames in s after injection, the setting `frame_duration_s` their lengths ("10 10 30 …").
Pixels that are corrected for decay to one moment (START, ADMIN) are taken as they are: that moment cancels. Where they
are not (NONE), each frame is divided by its mean decay,

    (exp(-λ s) - exp(-λ (s + d))) / (λ d)        λ = ln 2 / half-life
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from vivomap.core import FLAGGED, NOT_COMPARABLE, Asked, Flag, Image, Refusal, Region, Settings
from vivomap.core.image import Array
from vivomap.core.tracers import Known, tracer_of
from vivomap.maths.geometry import cut
from vivomap.maths.graphical import running
from vivomap.maths.sampling import scatter
from vivomap.quantify.molecular.ratio import told
from vivomap.quantify.molecular.uptake_of import FEWEST_VOXELS

GAP_S = 2.0  # project: frames that leave out or share more than this do not follow one another
MISSED_S = 30.0  # project: a scan that begins later after injection has missed the bolus
FEWEST_POINTS = 4  # project: of the straight part
PER_MIN = 60.0
ASKED = (
    Asked("pet_dynamic", "tracer", "each agent shows another thing", NOT_COMPARABLE, apart=0.0),
    Asked("pet_dynamic", "frame_s", "longer frames blur the curve (project)", FLAGGED, "s", high=900.0),
)
AS_PLASMA = Flag("blood_as_plasma", "whole blood was taken for plasma: no ratio of plasma to blood was given")


class Series(NamedTuple):
    """Starts and lengths of the frames (min), the factor of each, the straight part, settings and warnings."""

    starts: Array
    durations: Array
    factors: Array
    straight: Array
    known: Known
    settings: Settings
    flags: tuple[Flag, ...]

    @property
    def matrix(self) -> Array:
        """What takes frames to the means of their integral, min."""
        return running(self.durations)


class Drawn(NamedTuple):
    """The mean curve of a region (frame,), its standard uncertainty per frame, and the noise of one voxel."""

    curve: Array
    doubt: Array
    noise: Array


def ready(pet: Image) -> Series:
    """The frames of a series. Raises Refusal if they have gaps, miss the bolus, or their decay is not known."""
    known = tracer_of(pet)
    starts, lengths = _frames(pet)
    kinetics = known.tracer.kinetics
    since = pet.setting("straight_from_min")
    if since is None and kinetics is None:
        summary = f"the file of {known.tracer.name} does not say from when on its plot is straight"
        raise Refusal("setting_absent", summary, expected="kinetics in the tracer's file, or 'straight_from_min'")
    begins = float(since) if since is not None else kinetics.straight_from_min if kinetics else 0.0
    straight = starts / PER_MIN >= begins - 1e-6
    if np.count_nonzero(straight) < FEWEST_POINTS:
        found = f"{np.count_nonzero(straight)} frames from {begins:g} min on"
        raise Refusal("few_time_points", "kinetics: the straight part has too few frames", found=found, expected="4")
    assumed = since is None and kinetics is not None and not kinetics.seen
    reason = f"the plot of {known.tracer.name} is taken as straight from {begins:g} min on, from memory"
    flags = (*known.flags, *((Flag("constant_assumed", reason),) if assumed else ()))
    settings = (*told(known), ("straight_from_min", begins), ("points", float(np.count_nonzero(straight))))
    factors = _decay(pet, starts, lengths, known.tracer.half_life_s)
    return Series(starts / PER_MIN, lengths / PER_MIN, factors, straight, known, settings, flags)


def _frames(pet: Image) -> tuple[Array, Array]:
    """Starts and lengths in s. Raises Refusal if the series is none, has gaps or begins too late."""
    words = pet.text("frame_duration_s").split()
    starts = np.asarray(pet.frames, float)
    if pet.voxels.array.ndim != 4 or pet.frame_unit != "s" or len(words) != len(starts):
        found = f"{len(starts)} frames in {pet.frame_unit or 'no unit'}, {len(words)} lengths"
        raise Refusal("frame_times_unknown", "kinetics: frames need their start and length in s", found=found)
    lengths = np.array([float(w) for w in words])
    apart = np.abs(starts[:-1] + lengths[:-1] - starts[1:])
    if apart.size and apart.max() > GAP_S:
        found = f"{apart.max():g} s"
        raise Refusal("uneven_frames", "kinetics: the frames do not follow one another", found=found)
    if starts[0] > MISSED_S:
        summary = "kinetics: the scan begins too late after injection, and what came before is not known"
        raise Refusal("bolus_missed", summary, found=f"{starts[0]:g} s", expected=f"{MISSED_S:g} s or less")
    return starts, lengths


def _decay(pet: Image, starts: Array, lengths: Array, half_life_s: float) -> Array:
    """What each frame is multiplied by. Raises Refusal `decay_unknown` if the header does not say."""
    said = pet.text("decay_correction").upper()
    if said in ("START", "ADMIN"):
        return np.ones(len(starts))
    if said != "NONE":
        summary = "kinetics: whether the pixels are corrected for decay is not said"
        raise Refusal("decay_unknown", summary, found=said, expected="START, ADMIN or NONE")
    rate = math.log(2) / half_life_s
    return np.asarray(rate * lengths / (np.exp(-rate * starts) - np.exp(-rate * (starts + lengths))))


def drawn(pet: Image, series: Series, region: Region) -> Drawn:
    """The curve of a region. Raises Refusal if it is empty, small, or holds voxels without a number."""
    box, mask = cut(region.mask)
    values = np.asarray(pet.voxels.array[(slice(None), *box)], float) * series.factors[:, None, None, None]
    count = int(np.count_nonzero(mask))
    if count < FEWEST_VOXELS:
        summary = f"kinetics: the region {region.name} is too small"
        raise Refusal("too_few_voxels", summary, found=f"{count} voxels", expected=f"{FEWEST_VOXELS} or more")
    inside = values[:, mask]
    if not np.isfinite(inside).all():
        raise Refusal("nan_voxels", "kinetics: voxels of the region hold no number")
    noisy = [scatter(volume, mask) for volume in values]
    doubt = np.array([each.sd / np.sqrt(each.independent) for each in noisy])
    return Drawn(inside.mean(axis=1), doubt, np.array([each.sd for each in noisy]))


def plasma_of(pet: Image, blood: Drawn) -> tuple[Drawn, tuple[Flag, ...]]:
    """The curve of plasma: that of blood times the setting `plasma_over_blood`, 1 with a warning where it is absent.

    Raises Refusal `no_uptake` if no tracer is seen in the blood.
    """
    if blood.curve.max() <= 0:
        raise Refusal("no_uptake", "kinetics: the blood holds no tracer")
    share = pet.setting("plasma_over_blood")
    if share is None:
        return blood, (AS_PLASMA,)
    return Drawn(*(float(share) * part for part in blood)), ()
