"""What the rescaled pixels of a PET object are: activity, a SUV of some kind, or counts; and what was corrected.

A classic object says it in Units (0054,1001) and SUV Type (0054,1006), an enhanced one in the measurement units of its
real-world value mapping, which is followed only where it maps as the rescale does, or in its rescale type.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pydicom.dataset import Dataset

from vivomap.acquire.element import items, number, said, values
from vivomap.core import Flag, Refusal

UCUM = {  # measurement units of enhanced objects: what classic objects call them
    "bq/ml": ("BQML", ""),
    "bqml": ("BQML", ""),
    "g/ml": ("GML", "BW"),
    "gml": ("GML", "BW"),
    "g/ml{suvbw}": ("GML", "BW"),
    "g/ml{suvlbm}": ("GML", "LBM"),
    "g/ml{suvlbm(janma)}": ("GML", "LBMJANMA"),
    "g/ml{suvlbm(james128)}": ("GML", "LBMJAMES128"),
    "g/ml{suvibw}": ("GML", "IBW"),
    "cm2/ml": ("CM2ML", "BSA"),
    "cm2/ml{suvbsa}": ("CM2ML", "BSA"),
}
SAME = 1e-6  # two slopes that agree to a millionth are one
DECAY = ("START", "ADMIN", "NONE")


@dataclass(frozen=True)
class Pixels:
    """Units and SUV type in the words of the classic object, and the moment of decay correction: START, ADMIN or ""."""

    units: str
    suv_type: str
    decay: str
    flags: tuple[Flag, ...] = ()


def pixels_of(ds: Dataset, frame: int | None = None) -> Pixels:
    """What the pixels of an object, or of one of its frames, are.

    Raises Refusal if they were not corrected for attenuation or decay, or if their units are not known.
    """
    decay = _decay(ds)
    flags = _corrections(ds, decay)
    if said(ds, "Units"):
        return Pixels(said(ds, "Units").upper(), said(ds, "SUVType").upper(), decay, flags)
    units, suv_type = _enhanced(ds, frame)
    return Pixels(units, suv_type, decay, flags)


def _decay(ds: Dataset) -> str:
    """The decay correction in the words of the classic object. Raises Refusal for NONE: see rule N4."""
    decay = said(ds, "DecayCorrection").upper()
    if not decay:
        decay = {"YES": "START", "NO": "NONE"}.get(said(ds, "DecayCorrected").upper(), "")
    if decay == "NONE":
        raise Refusal(
            "decay_none",
            "the pixels are not corrected for decay, so slices of one series mean different moments",
            found="decay correction NONE",
            expected="START or ADMIN",
        )
    if decay and decay not in DECAY:
        raise Refusal("decay_unknown", "the decay correction is none that is known", expected=", ".join(DECAY))
    return decay


def _corrections(ds: Dataset, decay: str) -> tuple[Flag, ...]:
    """A warning where the header lists no corrections. Raises Refusal where a needed one is not in its list."""
    done = tuple(value.upper() for value in values(ds, "CorrectedImage"))
    done = done or ((said(ds, "CorrectedImage").upper(),) if said(ds, "CorrectedImage") else ())
    if said(ds, "AttenuationCorrected"):
        done = ("DECY", *(("ATTN",) if said(ds, "AttenuationCorrected").upper() == "YES" else ()))
    if not done:
        reason = "the header does not list the corrections that were made; attenuation is taken as corrected"
        return (Flag("corrections_unknown", reason),)
    absent = [word for word, code in (("attenuation", "ATTN"), ("decay", "DECY")) if code not in done]
    if absent and (absent[0] == "attenuation" or decay):
        raise Refusal(
            "not_corrected",
            f"the pixels are not corrected for {' and '.join(absent)}, as a SUV needs",
            expected="ATTN and DECY among the corrections (0028,0051)",
        )
    return ()


def _enhanced(ds: Dataset, frame: int | None) -> tuple[str, str]:
    """Units and SUV type of an enhanced object, from its mapping to real-world values or its rescale type."""
    rescale = _macro(ds, frame, "PixelValueTransformationSequence")
    for mapping in _macro(ds, frame, "RealWorldValueMappingSequence"):
        for coded in items(mapping, "MeasurementUnitsCodeSequence"):
            named = UCUM.get(re.sub(r"\s", "", said(coded, "CodeValue")).lower())
            if named and not all(_maps_alike(mapping, step) for step in rescale):
                raise Refusal(
                    "unknown_pet_units",
                    "the real-world mapping and the rescale of a frame give different values",
                    expected="one slope and intercept in both",
                )
            if named:
                return named
    for step in rescale:
        named = UCUM.get(said(step, "RescaleType").lower())
        if named:
            return named
    raise Refusal("unknown_pet_units", "the header does not say what the pixels are", expected="Bq/ml or g/ml")


def _macro(ds: Dataset, frame: int | None, keyword: str) -> tuple[Dataset, ...]:
    """A functional group of one frame: its own, else the shared one, else that of the object."""
    own = items(ds, "PerFrameFunctionalGroupsSequence")
    holders = (own[frame] if frame is not None and 0 <= frame < len(own) else own[0],) if own else ()
    for holder in (*holders, *items(ds, "SharedFunctionalGroupsSequence"), ds):
        found = items(holder, keyword)
        if found:
            return found
    return ()


def _maps_alike(mapping: Dataset, step: Dataset) -> bool:
    one = number(mapping, "RealWorldValueSlope"), number(mapping, "RealWorldValueIntercept")
    other = number(step, "RescaleSlope"), number(step, "RescaleIntercept")
    if one[0] is None or one[1] is None or other[0] is None or other[1] is None:
        return False
    slack = SAME * abs(other[0])
    return abs(one[0] - other[0]) <= slack and abs(one[1] - other[1]) <= slack
