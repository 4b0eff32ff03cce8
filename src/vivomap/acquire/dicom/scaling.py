"""From stored pixel values to numbers with a unit, slice by slice (rule N3). One declared rule, in this order:

1. a real-world value mapping that is linear and names a unit of our table: stored × slope + intercept, in that unit;
2. Philips MR signal, where the private scale slope SS is given: (stored × RS + RI) / (RS × SS), which alone compares
   from scan to scan (Chenevert et al. 2014, doi:10.1593/tlo.13811);
3. the rescale slope and intercept of the slice or frame;
4. a classic MR or NM object, which has no slope: stored × 1 + 0.

A slope that is zero or no number, or absent where the object requires it, gives no number.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from vivomap.acquire.dicom.plane import Plane
from vivomap.acquire.dicom.tags import PARAMETRIC_MAP
from vivomap.core import Refusal

SIGNAL = ("mr", "dwi", "dce", "cine", "echo")  # roles that hold a signal, not a quantity
NO_MAGNITUDE = frozenset(("P", "R", "I", "PHASE", "PHASE MAP", "REAL", "IMAGINARY", "VELOCITY MAP"))
FACTS: tuple[str, ...] = (
    "RealWorldUnit",
    "RealWorldSlope",
    "RealWorldIntercept",
    "ModalityLUTSequence",
    "SOPClassUID",
    "RescaleSlope",
)
FACTS += ("RescaleIntercept", "PhilipsScaleSlope", "ImageType", "ComplexImageComponent")  # all that a scaling hangs on
WITHOUT_SLOPE = ("1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.20")  # classic MR, NM


class Scaling(NamedTuple):
    """value = stored × slope + intercept, by which rule; `unit` where the rule names one."""

    slope: float
    intercept: float
    rule: str
    unit: str = ""


def scaling(plane: Plane, role: str) -> Scaling:
    """The scaling of one plane. Raises Refusal if the header does not give a usable one."""
    if plane.text("RealWorldUnit") not in ("", "1") or plane.text("SOPClassUID") == PARAMETRIC_MAP:
        slope = _usable(plane, "RealWorldSlope")
        return Scaling(slope, _usable(plane, "RealWorldIntercept"), "real-world mapping", plane.text("RealWorldUnit"))
    if plane.text("ModalityLUTSequence"):
        raise Refusal("modality_table", "the values go through a table that is not linear", where=plane.name)
    if not plane.text("RescaleSlope"):
        if plane.text("SOPClassUID") in WITHOUT_SLOPE:
            return Scaling(1.0, 0.0, "stored values")
        raise Refusal(
            "slope_missing", "the header gives no rescale slope, and this object requires it", where=plane.name
        )
    slope, intercept = _usable(plane, "RescaleSlope"), _usable(plane, "RescaleIntercept")
    if slope == 0:
        raise Refusal("slope_invalid", "the rescale slope is zero", where=plane.name)
    philips = plane.number("PhilipsScaleSlope")
    kinds = {*plane.text("ImageType").split("\\"), plane.text("ComplexImageComponent")}
    if philips and role in SIGNAL and not kinds & NO_MAGNITUDE:
        return Scaling(1 / philips, intercept / (slope * philips), "Philips: (stored × RS + RI) / (RS × SS)")
    return Scaling(slope, intercept, "rescale slope")


def _usable(plane: Plane, name: str) -> float:
    text = plane.text(name)
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if math.isfinite(value):
        return value
    code = "slope_invalid" if text else "slope_missing"
    raise Refusal(code, f"the {name} is no number", where=plane.name, found=repr(text[:20]))
