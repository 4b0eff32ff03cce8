"""What makes several volumes of one series: b-values, echoes, time points, phases.

A place that occurs once needs no axis. Where places repeat, these are tried in this order, and the first that gives
each volume every place at most once, in as many volumes as a place occurs, is the axis (project: the order says the
most particular cause first):

    b-value, echo time, temporal position, trigger time, acquisition time, frame reference time, acquisition number,
    content time, label and control of labelled blood

then the pairs of two of them, and last the order of the instance numbers, if that gives whole blocks. Where b-values
differ and neither they nor they with the echo explain the series, they come first with repeats (directions, averages):
a repeat has times of its own, and is no time point. What none explains stays together, refused for its doubled places.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from vivomap.acquire.dicom.diffusion import b_value
from vivomap.acquire.dicom.geometry import SAME_MM, heights
from vivomap.acquire.dicom.plane import Plane, acquired, seconds

Key = float | None
Keys = tuple[Key, ...]


@dataclass(frozen=True)
class Part:
    """The planes of one volume, with its value on the axis (None where the header gives none)."""

    planes: tuple[Plane, ...]
    value: float | None = None
    aside: float | None = None  # its value on a second axis, which makes another image


@dataclass(frozen=True)
class Split:
    """A series as volumes along an axis: "b", "echo", "temporal", "trigger", … or "" for one volume."""

    axis: str
    parts: tuple[Part, ...]


def _fact(name: str) -> Callable[[Plane], Key]:
    return lambda plane: plane.number(name)


def _content(plane: Plane) -> Key:
    return seconds(plane.text("ContentDate"), plane.text("ContentTime"))


def _label(plane: Plane) -> Key:
    """The turn of an image of labelled blood: by its temporal position, and in it M0, label, control."""
    word = (plane.text("ASLContext") or plane.text("PhilipsLabel")).upper()
    turn = {"M_ZERO_SCAN": 0, "LABEL": 1, "CONTROL": 2}.get(word)
    return None if turn is None else 3 * (plane.number("TemporalPositionIdentifier") or 0.0) + turn


AXES: tuple[tuple[str, Callable[[Plane], Key]], ...] = (
    ("b", b_value),
    ("echo", _fact("EchoTime")),
    ("temporal", _fact("TemporalPositionIdentifier")),
    ("trigger", _fact("TriggerTime")),
    ("acquired", acquired),
    ("reference", _fact("FrameReferenceTime")),
    ("acquisition", _fact("AcquisitionNumber")),
    ("content", _content),
    ("label", _label),
)


def split(planes: Sequence[Plane]) -> Split:
    """Divide planes of one orientation into volumes. The order of the input changes nothing."""
    planes = sorted(planes, key=lambda p: (p.uid, p.frame))
    places = _places(planes)
    most = max(_counts(places).values())
    if most == 1:
        return Split("", (Part(tuple(planes)),))
    values = {name: [key(p) for p in planes] for name, key in AXES}
    weighted = len(set(values["b"])) > 1
    if weighted and not any(_explains(_pairs(values, *axes), places, most) for axes in (("b",), ("b", "echo"))):
        repeated = _repeats(planes, places, values["b"])
        if repeated:
            return Split("b", repeated)
    for name, _ in AXES:
        single = _pairs(values, name)
        if _explains(single, places, most):
            return Split(name, tuple(Part(g, v[0]) for v, g in _groups(planes, single)))
    for one, two in combinations([name for name, _ in AXES], 2):
        both = _pairs(values, one, two)
        if _explains(both, places, most):
            return Split(one, tuple(Part(g, v[0], v[1]) for v, g in _groups(planes, both)))
    return _by_instance(planes, places)


def _pairs(values: Mapping[str, Sequence[Key]], *names: str) -> list[Keys]:
    """What each plane says on one axis or on several."""
    return list(zip(*(values[name] for name in names), strict=True))


def _places(planes: Sequence[Plane]) -> list[int]:
    """The number of the place at which each plane lies; planes without one are all at one place."""
    height = heights(planes)
    if np.isnan(height).any():
        return [0] * len(planes)
    order = np.argsort(height, kind="stable")
    steps = np.concatenate([[0], np.cumsum(np.diff(height[order]) > SAME_MM)])
    place = np.empty(len(planes), int)
    place[order] = steps
    return [int(p) for p in place]


def _counts(values: Iterable[object]) -> dict[object, int]:
    counts: dict[object, int] = defaultdict(int)
    for v in values:
        counts[v] += 1
    return counts


def _explains(values: Sequence[Keys], places: Sequence[int], most: int) -> bool:
    pairs = _counts(zip(values, places, strict=True))
    return len(set(values)) == most and max(pairs.values()) == 1


def _groups(planes: Sequence[Plane], values: Sequence[Keys]) -> list[tuple[Keys, tuple[Plane, ...]]]:
    groups: dict[Keys, list[Plane]] = defaultdict(list)
    for plane, value in zip(planes, values, strict=True):
        groups[value].append(plane)
    return [(v, tuple(groups[v])) for v in sorted(groups, key=_rank)]


def _rank(keys: Keys) -> tuple[tuple[bool, float], ...]:
    return tuple((v is not None, v or 0.0) for v in keys)


def _when(plane: Plane) -> tuple[float, float, int]:
    return (plane.number("InstanceNumber") or 0.0, acquired(plane) or 0.0, plane.frame)


def _repeats(planes: Sequence[Plane], places: Sequence[int], values: Sequence[Key]) -> tuple[Part, ...]:
    """Volumes of equal b-value in the order of their instance numbers; none if the places do not repeat alike."""
    parts: list[Part] = []
    for value in sorted(set(values), key=lambda v: _rank((v,))):
        mine = [(p, k) for p, k, v in zip(planes, places, values, strict=True) if v == value]
        stacks: dict[int, list[Plane]] = defaultdict(list)
        for plane, place in sorted(mine, key=lambda m: _when(m[0])):
            stacks[place].append(plane)
        depth = {len(s) for s in stacks.values()}
        if len(depth) != 1:
            return ()
        parts += [Part(tuple(s[k] for s in stacks.values()), value) for k in range(depth.pop())]
    return tuple(parts)


def _by_instance(planes: Sequence[Plane], places: Sequence[int]) -> Split:
    """Whole blocks of instance numbers, each with every place once; else one volume with doubled places."""
    count, each = len(planes), len(set(places))
    numbers = [p.number("InstanceNumber") for p in planes]
    ordered = sorted(zip(planes, places, strict=True), key=lambda m: _when(m[0]))
    blocks = [ordered[k : k + each] for k in range(0, count, each)]
    whole = each > 1 and all(len({k for _, k in b}) == each == len(b) for b in blocks)
    may = planes[0].text("Modality") not in ("CT", "PT") and len(set(numbers)) == count
    if may and whole:
        return Split("instance", tuple(Part(tuple(p for p, _ in b), float(i)) for i, b in enumerate(blocks)))
    return Split("", (Part(tuple(planes)),))
