"""The b-value of a plane in s/mm2, wherever its scanner wrote it.

The standard element goes first; then Siemens (0019,100C), GE (0043,1039, whose first number some versions raise by
10^9), Philips (2001,1003) and United Imaging (0065,1009), each under its private creator. Where de-identification has
taken the creators away, the same element of a scanner of that maker is read, and a flag says so.
"""

from __future__ import annotations

from vivomap.acquire.dicom.plane import Plane
from vivomap.core import Flag

GE_RAISED = 1e6  # above any b-value in use; GE adds 10^9 to mark one of several
B_FACTS = ("DiffusionBValue", "SiemensB", "GEB", "PhilipsB", "UnitedB")
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
