"""When the volumes of a series were taken: their places on the first axis of a four-dimensional image.

Seconds after the first volume, from the first of these that gives every volume its own, in rising order: acquisition
time, frame reference time, reference date-time of the frame, trigger time, content time. Where none does, the volumes
are only numbered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

from vivomap.acquire.dicom.axes import Part
from vivomap.acquire.dicom.plane import Plane, acquired, seconds
from vivomap.core import Flag


class Frames(NamedTuple):
    """The values of the first axis, their unit, and what must be said of them."""

    values: tuple[float, ...]
    unit: str
    flags: tuple[Flag, ...] = ()
    refusals: tuple[Flag, ...] = ()


def _reference(plane: Plane) -> float | None:
    value = plane.number("FrameReferenceTime")
    return None if value is None else value / 1000


def _stamp(plane: Plane) -> float | None:
    text = plane.text("FrameReferenceDateTime")
    return seconds(text[:8], text[8:]) if len(text) >= 12 else None


def _trigger(plane: Plane) -> float | None:
    value = plane.number("TriggerTime")
    return None if value is None else value / 1000


def _content(plane: Plane) -> float | None:
    return seconds(plane.text("ContentDate"), plane.text("ContentTime"))


RULES: tuple[tuple[str, Callable[[Plane], float | None]], ...] = (
    ("acquisition time", acquired),
    ("frame reference time", _reference),
    ("frame reference date-time", _stamp),
    ("trigger time", _trigger),
    ("content time", _content),
)


def frames(axis: str, parts: Sequence[Part]) -> Frames:
    """The first axis of volumes in order: b-values, echo times, phases or seconds."""
    values = tuple(p.value for p in parts)
    known = tuple(v for v in values if v is not None)
    if axis in ("b", "echo", "cine"):
        if len(known) == len(values):
            return Frames(known, {"b": "s/mm2", "echo": "ms", "cine": "ms"}[axis])
        denied = Flag(
            "axis_missing", "some volumes do not say where on the axis they are", {"b": "dwi"}.get(axis, axis)
        )
        return Frames(_numbered(parts), "1", (), (denied,))
    for name, rule in RULES:
        starts = [_start(p, rule) for p in parts]
        found = [s for s in starts if s is not None]
        if len(found) == len(parts) and all(b > a for a, b in pairwise(found)):
            flags = (Flag("times_from_content", f"seconds between the volumes are from the {name}"),)
            return Frames(tuple(round(f - found[0], 6) for f in found), "s", flags if rule is _content else ())
    return Frames(
        _numbered(parts), "1", (Flag("frame_times_unknown", "the header does not say when each volume was taken"),)
    )


def _start(part: Part, rule: Callable[[Plane], float | None]) -> float | None:
    times = [rule(p) for p in part.planes]
    known = [t for t in times if t is not None]
    return min(known) if len(known) == len(times) else None


def _numbered(parts: Sequence[Part]) -> tuple[float, ...]:
    return tuple(float(k) for k in range(len(parts)))
