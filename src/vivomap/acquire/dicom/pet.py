"""A PET series as SUV, slice by slice; or as activity, with the reason why it is no SUV (rule N4)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from pydicom.dataset import Dataset

from vivomap.acquire import suv
from vivomap.acquire.dicom.pixels import Array, Decoded, volume
from vivomap.acquire.dicom.plane import MIDNIGHT, Plane, acquired, seconds
from vivomap.acquire.dicom.roles import Role
from vivomap.acquire.dicom.scaling import Scaling
from vivomap.acquire.moments import offset_of
from vivomap.core import Flag, Refusal, Settings

UNITS = {"BQML": "Bq/mL", "CNTS": "{counts}", "GML": "g/ml{SUVbw}"}
SAME_FACTOR = frozenset(  # elements that differ from slice to slice and never enter the factor
    (0x00020000, 0x00020003, 0x00080013, 0x00080018, 0x00200013, 0x00200032, 0x00201041)
) | frozenset((0x00280106, 0x00280107, 0x00281050, 0x00281051, 0x00281052, 0x00281053, 0x00541330))
YEAR_S = 86400.0 * 366  # a moment without a date is counted from the year 1


def to_suv(
    planes: Sequence[Plane], scalings: Sequence[Scaling], settings: Settings, decoded: Decoded
) -> tuple[Array, Role, Settings]:
    """The voxels in SUVbw with the settings of the injection; or the rescaled ones and the refusal of "suv"."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            factors = _factors(planes)
        except Refusal as refusal:
            unit = UNITS.get(planes[0].text("Units"), "1")
            denied = Flag(refusal.code, refusal.summary, "suv")
            unit = "1" if unit == UNITS["GML"] else unit
            return volume(planes, scalings, decoded), Role("activity", unit, (), (denied,)), settings
    scaled = [Scaling(s.slope * f.value, s.intercept * f.value, s.rule) for s, f in zip(scalings, factors, strict=True)]
    flags = tuple(dict.fromkeys(flag for f in factors for flag in f.flags))
    merged = {**dict(settings), **dict(factors[0].settings)}
    return volume(planes, scaled, decoded), Role("suv", "g/ml{SUVbw}", flags), tuple(merged.items())


def _factors(planes: Sequence[Plane]) -> list[suv.SuvFactor]:
    """The factor of each plane; slices whose headers differ only in what never enters it share one."""
    known: dict[tuple[object, ...], suv.SuvFactor] = {}
    start = _start(planes)
    headers: dict[Path, Dataset] = {}
    factors = []
    for plane in planes:
        own, enhanced = plane.header.own or {}, bool(plane.text("PerFrameFunctionalGroupsSequence"))
        key: tuple[object, ...] = (plane.header.kind or plane.header.path, plane.frame if enhanced else 0)
        key += tuple(sorted((t, v) for t, v in own.items() if t not in SAME_FACTOR))
        if key not in known:
            if plane.header.path not in headers:
                headers[plane.header.path] = plane.header.dataset()
            ds = headers[plane.header.path]
            aware = start.replace(tzinfo=offset_of(ds)) if start else None
            known[key] = suv.factor(ds, plane.frame if enhanced else None, series_start=aware)
        factors.append(known[key])
    return factors


def _start(planes: Sequence[Plane]) -> datetime | None:
    """The earliest acquisition of a series, where every plane says it; its day is that of the series where it has none.

    Without it each bed of a scan would be its own start, and its SUV too high by the decay between the beds.
    """
    moments = [_acquired(p) for p in planes]
    known = [m for m in moments if m is not None and m > YEAR_S]
    return MIDNIGHT + timedelta(seconds=min(known)) if known and len(known) == len(moments) else None


def _acquired(plane: Plane) -> float | None:
    found = acquired(plane)
    if found is None or found > YEAR_S:
        return found
    return seconds(plane.text("SeriesDate") or plane.text("StudyDate"), plane.text("AcquisitionTime"))
