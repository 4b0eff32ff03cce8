"""A PET series of many time points: its frames in seconds after injection, with their lengths and their decay.

The start of a frame is the earliest acquisition time of its slices, its length the actual frame duration (0018,1242).
A scanner that says START corrects every frame to the start of the series; its decay factor (0054,1321) must then be

    exp(λ s) λ d / (1 - exp(-λ d))        s: seconds from that start, d: length of the frame

or the frames were corrected each to its own start, and no line of kinetics holds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from vivomap.acquire.dicom.axes import Part
from vivomap.acquire.dicom.plane import acquired
from vivomap.acquire.dicom.roles import Role
from vivomap.acquire.dicom.times import Frames
from vivomap.core import Flag, Settings

FILMED = ("temporal", "acquired", "reference", "acquisition", "content")  # axes that are time; a trigger is a gate
AGREES = 0.05  # project: of a decay factor; frames corrected to their own start differ by more after 8 min of F-18
STATIC = "uptake_time_off"  # the gate of a static scan, which says nothing of a dynamic one


def filmed(role: Role, settings: Settings, parts: Sequence[Part]) -> tuple[Role, Settings, Frames | None]:
    """The role "pet_dynamic" with the frames of a SUV series; or the role as it was, with the reason why it is none."""
    said = dict(settings)
    starts, lengths = _starts(parts), _lengths(parts)
    since, half_life = said.get("uptake_min"), said.get("half_life_s")
    if starts is None or lengths is None or since is None or half_life is None:
        absent = "the start" if starts is None else "the length" if lengths is None else "the time of injection"
        reason = f"{absent} of every frame is needed for kinetics, and the header does not say it"
        return _denied(role, "frame_times_unknown", reason), settings, None
    correction = parts[0].planes[0].text("DecayCorrection").upper()
    injected = 60 * float(since)
    origin = injected if correction == "ADMIN" else 0.0
    if not _decays_as_said(parts, (starts, lengths), origin, float(half_life)):
        reason = "its decay factors are not those of one moment: each frame was corrected to a moment of its own"
        return _denied(role, "decay_unknown", reason), settings, None
    more = (("decay_correction", correction), ("frame_duration_s", " ".join(f"{n:g}" for n in lengths)))
    flags = tuple(f for f in role.flags if f.code != STATIC)
    told = Frames(tuple(round(s + injected, 3) for s in starts), "s")
    return Role("pet_dynamic", role.unit, flags, role.refusals), (*settings, *more), told


def _denied(role: Role, code: str, reason: str) -> Role:
    return role._replace(refusals=(*role.refusals, Flag(code, reason, "pet_dynamic")))


def _starts(parts: Sequence[Part]) -> list[float] | None:
    """The start of each frame in s after the first, rising; None where one is not said."""
    found: list[float] = []
    for part in parts:
        times = [t for t in map(acquired, part.planes) if t is not None]
        if len(times) < len(part.planes):
            return None
        found.append(min(times))
    rising = all(b > a for a, b in pairwise(found))
    return [t - found[0] for t in found] if rising else None


def _lengths(parts: Sequence[Part]) -> list[float] | None:
    """The length of each frame in s; None where one is not said, or its slices differ."""
    found: list[float] = []
    for part in parts:
        lengths = {p.number("ActualFrameDuration") for p in part.planes}
        length = lengths.pop()
        if lengths or not length:
            return None
        found.append(length / 1000)
    return found


def _decays_as_said(
    parts: Sequence[Part], frames: tuple[list[float], list[float]], origin: float, half_life_s: float
) -> bool:
    """Whether the decay factors, where they are given, are those of one moment, `origin` s before the first frame."""
    rate = math.log(2) / half_life_s
    for part, start, length in zip(parts, *frames, strict=True):
        said = part.planes[0].number("DecayFactor")
        mean = rate * length / (1 - math.exp(-rate * length))
        if said and abs(said / (math.exp(rate * (start + origin)) * mean) - 1) > AGREES:
            return False
    return True
