"""The b-value of a plane in s/mm2 and the direction of its gradient, wherever its scanner wrote them.

The standard element goes first; then Siemens (0019,100C), GE (0043,1039, whose first number some versions raise by
10^9), Philips (2001,1003) and United Imaging (0065,1009), each under its private creator. Where de-identification has
taken the creators away, the same element of a scanner of that maker is read, and a flag says so.

The direction is a unit vector in patient space (LPS), as the standard element, Siemens (0019,100E), Philips (2005,10B0
to 10B2) and United Imaging (0065,1037) write it. GE writes it along the axes of the gradients: it is not read.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence

from pydicom.dataset import Dataset

from vivomap.acquire.dicom.header import private_value
from vivomap.acquire.dicom.plane import Plane
from vivomap.core import Flag, Settings

GE_RAISED = 1e6  # above any b-value in use; GE adds 10^9 to mark one of several
B_FACTS = ("DiffusionBValue", "SiemensB", "GEB", "PhilipsB", "UnitedB")
DIRECTIONS: tuple[tuple[tuple[int, str, int], ...], ...] = (  # private elements of one maker, in the order x, y, z
    ((0x0019, "SIEMENS MR HEADER", 0x0E),),
    tuple((0x2005, "Philips MR Imaging DD 001", element) for element in (0xB0, 0xB1, 0xB2)),
    ((0x0065, "Image Private Header", 0x37),),
)
SIEMENS_UNSIGNED = 0x0019100E
GROUPS = ("PerFrameFunctionalGroupsSequence", "SharedFunctionalGroupsSequence")
UNIT = 0.05  # project: how far the length of a direction may be from 1
NO_DIRECTION = (0.0, 0.0, 0.0)
Direction = tuple[float, float, float]
UNSIGNED_FACTS = ("SiemensBUnsigned", "GEBUnsigned", "PhilipsBUnsigned")


def b_value(plane: Plane) -> float | None:
    """The b-value in s/mm2, or None where the header does not say one."""
    for name in (*B_FACTS, *UNSIGNED_FACTS):
        value = plane.number(name)
        if value is None:
            continue
        if name.startswith("GEB") and value >= GE_RAISED:
            value %= 100_000
        return value
    return None


def doubts(plane: Plane) -> tuple[Flag, ...]:
    """A warning where the b-value comes from an element that nobody signed."""
    if any(plane.text(name) for name in B_FACTS) or not any(plane.text(name) for name in UNSIGNED_FACTS):
        return ()
    return (Flag("b_unsigned", "the b-value is read from a private element whose creator was taken away"),)


def directions(volumes: Sequence[Sequence[Plane]]) -> Settings:
    """The directions of the volumes of a diffusion series as the setting "directions"; none if one is not known.

    A volume whose first and last plane differ in direction is no volume of one direction, and makes all unknown.
    """
    headers: dict[object, Dataset] = {}
    found: list[Direction] = []
    for planes in volumes:
        ends = {_direction(plane, headers) for plane in (planes[0], planes[-1])}
        (known, *others) = ends
        if others or known is None:
            return ()
        found.append(known)
    if not any(any(vector) for vector in found):
        return ()
    return (("directions", ";".join(" ".join(f"{v:.8g}" for v in vector) for vector in found)),)


def _direction(plane: Plane, headers: dict[object, Dataset]) -> Direction | None:
    """The direction of a plane; 0 where it is not weighted; None where it is and the header does not say."""
    if not b_value(plane):
        return NO_DIRECTION
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ds = headers.setdefault(plane.header.path, plane.header.dataset())
        for values in _written(ds, plane.frame):
            length = math.sqrt(math.fsum(v * v for v in values)) if len(values) == 3 else 0.0
            if abs(length - 1) < UNIT:
                return (values[0], values[1], values[2])
    return None


def _written(ds: Dataset, frame: int) -> Iterator[tuple[float, ...]]:
    """What each element that may hold the direction of a frame says."""
    for group, place in zip(GROUPS, (frame, 0), strict=True):
        items = ds.get(group) or []
        for inside in (items[place].get("MRDiffusionSequence") or [])[:1] if place < len(items) else []:
            for item in inside.get("DiffusionGradientDirectionSequence") or []:
                yield _floats(item.get("DiffusionGradientOrientation"))
    yield _floats(ds.get("DiffusionGradientOrientation"))
    for elements in DIRECTIONS:
        yield tuple(v for key in elements for v in _floats(private_value(ds, key)))
    if "SIEMENS" in str(ds.get("Manufacturer", "")).upper() and SIEMENS_UNSIGNED in ds:
        yield _floats(ds[SIEMENS_UNSIGNED].value)


def _floats(value: object) -> tuple[float, ...]:
    """The numbers of an element; none where it holds no numbers."""
    many = (value,) if isinstance(value, int | float) else value
    if many is None or isinstance(many, str | bytes):
        return ()
    return tuple(float(v) for v in many)  # type: ignore[attr-defined]
