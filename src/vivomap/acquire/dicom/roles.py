"""What an image is to a biomarker, and the unit of its numbers, by declared rules.

CT is "ct" in HU where it is an original axial image or says HU; a scout is a projection. MR is, in this order: "adc"
where its image type or description says so, a "map" where it is derived and its type names a quantity, then by what
made its volumes: "dwi" (b-values), "echo", "cine" (triggers within one heart beat), "asl" (time points that say
that they are labelled), "dsc" (time points of a long echo with a contrast agent), "dce" (of a T1-weighted spoiled
gradient echo, or with a contrast agent), else "mr". Without a named agent only an echo planar series whose own words
call it a bolus series is "dsc", with a flag: a functional series has the same echo and no words of that kind.

A scanner's ADC map without a unit is taken as 1e-6 mm2/s only if the median of its positive voxels lies in ADC_MEDIAN:
soft tissue has 0.5 to 3e-3 mm2/s, so that 300 to 4000 cannot be another power of ten.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vivomap.acquire.dicom.diffusion import b_value
from vivomap.acquire.dicom.plane import Plane
from vivomap.acquire.dicom.tags import DOSE, PARAMETRIC_MAP
from vivomap.core import UNITS, Flag

ADC_MEDIAN = (300.0, 4000.0)  # project, 1e-6 mm2/s
BEAT_MS = 2000.0  # project: the longest heart beat that a cine is sorted into (30 per minute)
DCE_TE_MS = 10.0  # project: a T1-weighted dynamic series has a short echo time
DCE_TR_MS = 50.0  # project: and a short repetition time
DSC_TE_MS = 15.0  # project: a bolus is seen by T2* with at least this echo; T1-weighted series have less
BOLUS_WORDS = re.compile(r"(?<![a-z])(dsc|pwi|perf\w*|bolus)", re.I)
LABEL_WORDS = re.compile(r"(?<![a-z])(p?c?asl|pasl|arterial.spin)(?![a-z])", re.I)
MAPS = frozenset(("DCE", "PE", "PE1", "PE2", "SER", "FA", "EADC", "CBF", "RCBF", "CBV", "RCBV", "MTT", "TTP", "TMAX"))
MAPS |= frozenset(
    ("KTRANS", "VE", "VP", "T1MAP", "T2MAP", "R2_STAR", "T2_STAR", "FAT_FRACTION", "STIFFNESS", "B0", "B1")
)
MAPS |= frozenset(("T1 MAP", "T2 MAP", "R2 MAP", "R2_STAR MAP", "T2_STAR MAP", "FAT FRACTION", "VELOCITY MAP"))
MAPS |= frozenset(("PHASE MAP", "SUBTRACT", "SUBTRACTION", "SUB", "MIP", "MAX_IP"))
ADC_WORDS = re.compile(r"(?<![a-z])adc(?![a-z])|apparent diffusion", re.I)
EXPONENTIAL = re.compile(r"\be[-_ ]?adc|exp\w*[-_ ]adc", re.I)
ADC_MM2_S = (1e-5, 1e-1)  # project: tissue has 0.5 to 3e-3, so that a median beyond these is in another power of ten
NAMED_UNITS = {"mm2/s": 1.0, "um2/s": 1e-6, "10-6mm2/s": 1e-6, "10^-6mm^2/s": 1e-6, "1e-6mm2/s": 1e-6}
NAMED_UNITS |= {"um2/ms": 1e-3, "10-3mm2/s": 1e-3, "10^-3mm^2/s": 1e-3, "1e-3mm2/s": 1e-3}
Array = NDArray[Any]
TIMED = ("temporal", "acquired", "reference", "acquisition", "content", "trigger")


class Role(NamedTuple):
    """A role with its unit, and what must be said with it."""

    name: str
    unit: str
    flags: tuple[Flag, ...] = ()
    refusals: tuple[Flag, ...] = ()


def role_of(plane: Plane, axis: str, span_ms: float, contrast: str) -> Role:
    """The role of a series by one of its planes, the axis of its volumes and the span of its triggers in ms."""
    modality = plane.text("Modality")
    if plane.text("SOPClassUID") == DOSE:
        return _dose(plane)
    if plane.text("SOPClassUID") == PARAMETRIC_MAP:
        return _map(plane)
    if modality == "CT":
        return _ct(plane)
    if modality == "PT":
        return Role("activity", "1")
    if modality == "NM":
        return Role("nm", "{counts}")
    return _mr(plane, axis, span_ms, contrast)


def kinds(plane: Plane) -> tuple[str, ...]:
    """The values of the image type, in capitals."""
    return tuple(plane.text("ImageType").upper().split("\\"))


def _dose(plane: Plane) -> Role:
    if plane.text("DoseUnits") == "GY":
        return Role("dose", "Gy")
    refusal = Flag("no_unit", f"the dose is given in {plane.text('DoseUnits') or 'no unit'}, not in Gy", "dose")
    return Role("map", "1", (), (refusal,))


def _map(plane: Plane) -> Role:
    unit = plane.text("RealWorldUnit")
    if unit in UNITS:
        return Role("map", unit)
    return Role("map", "1", (Flag("no_unit", "the map does not name a unit of our table: its numbers are relative"),))


def _ct(plane: Plane) -> Role:
    kind, says = kinds(plane), plane.text("RescaleType").upper()
    if "LOCALIZER" in kind:
        return Role("scout", "[hnsf'U]", (), (Flag("projection", "a scout is a projection, not a slice", "region"),))
    if says == "HU" or (says in ("", "US") and kind[0] == "ORIGINAL") or (says == "" and not set(kind) & MAPS):
        return Role("ct", "[hnsf'U]")
    return _map(plane)


def _mr(plane: Plane, axis: str, span_ms: float, contrast: str) -> Role:
    kind, words = kinds(plane), plane.text("SeriesDescription")
    derived = kind[0] == "DERIVED"
    is_adc = "ADC" in kind or (derived and ADC_WORDS.search(words) and not EXPONENTIAL.search(words))
    if is_adc and "EADC" not in kind:
        return Role("adc", "mm2/s")
    if derived and set(kind) & MAPS:
        return _map(plane)
    if axis == "b" or (b_value(plane) or 0) > 0:
        return Role("dwi", "1")
    if axis == "echo":
        return Role("echo", "1")
    if axis == "trigger" and span_ms <= BEAT_MS:
        return Role("cine", "1")
    if _is_labelled(plane):
        return _labelled(plane, axis)
    if axis in TIMED:
        return _dynamic(plane, contrast)
    return Role("mr", "1")


def _is_labelled(plane: Plane) -> bool:
    """Whether a series says that it is arterial spin labelling: by its frames, its image type, or its own words."""
    said = bool(plane.text("ASLContext") or plane.text("PhilipsLabel")) or "ASL" in kinds(plane)
    return said or ("PERFUSION" in kinds(plane) and bool(LABEL_WORDS.search(plane.text("SeriesDescription"))))


def _labelled(plane: Plane, axis: str) -> Role:
    """The labelled and unlabelled images in their turn; or one volume, which the scanner has subtracted."""
    if axis not in (*TIMED, "label", "instance"):
        reason = "the scanner gives one image alone, the difference or a part of it: flow needs M0, label and control"
        return Role("mr", "1", (), (Flag("asl_difference", reason, "asl"),))
    if plane.text("ASLContext") or plane.text("PhilipsLabel") or "ASL" in kinds(plane):
        return Role("asl", "1")
    return Role("asl", "1", (Flag("role_by_rule", "its description calls it arterial spin labelling"),))


def _dynamic(plane: Plane, contrast: str) -> Role:
    te, tr = plane.number("EchoTime"), plane.number("RepetitionTime")
    late = te is not None and te >= DSC_TE_MS
    if contrast:
        return Role("dsc" if late else "dce", "1")
    planar = "EP" in plane.text("ScanningSequence").upper().split("\\")
    if late and planar and BOLUS_WORDS.search(plane.text("SeriesDescription")):
        reason = f"no contrast agent is named: TE {te:g} ms and its description make it a bolus series"
        return Role("dsc", "1", (Flag("role_by_rule", reason),))
    if te is not None and tr is not None and 0 < te <= DCE_TE_MS and 0 < tr <= DCE_TR_MS:
        reason = f"no contrast agent is named: TR {tr:g} ms and TE {te:g} ms make it a contrast series"
        return Role("dce", "1", (Flag("role_by_rule", reason),))
    return Role("mr", "1")


def adc(values: Array, plane: Plane) -> tuple[Array, Role]:
    """An ADC map in mm2/s, by its unit or, without one, by its values; or as a map whose unit is not known.

    A unit that no tissue could have with these values is not believed.
    """
    unit = plane.text("RealWorldUnit") or plane.text("RescaleType").replace(" ", "").lower()
    lit = values[values > 0]
    median = float(np.median(lit)) if lit.size else 0.0
    factor = NAMED_UNITS.get(unit)
    flags: tuple[Flag, ...] = ()
    if factor is not None and lit.size and not ADC_MM2_S[0] <= median * factor <= ADC_MM2_S[1]:
        reason = f"the header says {unit}, and the median of the positive voxels, {median:.3g}, cannot be in it"
        return values, Role("map", "1", (), (Flag("no_unit", reason, "adc"),))
    if factor is None and ADC_MEDIAN[0] <= median <= ADC_MEDIAN[1]:
        reason = f"no unit in the header: taken as 1e-6 mm2/s, for the median of its positive voxels is {median:.0f}"
        factor, flags = 1e-6, (Flag("unit_by_rule", reason),)
    if factor is None:
        reason = f"the ADC map names no unit, and the median of its positive voxels, {median:.3g}, tells none"
        return values, Role("map", "1", (), (Flag("no_unit", reason, "adc"),))
    scaled = values if factor == 1 else (values * np.float32(factor)).astype(np.float32)
    return scaled, Role("adc", "mm2/s", flags)
