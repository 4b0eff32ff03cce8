"""Numbers out of a structured report: each NUM item that names its claim, under the tracking UID of its group."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping

import pydicom
from pydicom.dataset import Dataset

from vivomap.report.readback.number import Number, Numbers, Reader

TRACKING = ("112040", "DCM")
CLAIM, ERROR = ("CLAIM", "99VIVOMAP"), ("STD_UNCERTAINTY", "99VIVOMAP")


def read(files: Mapping[str, bytes]) -> Numbers:
    """The numbers by claim."""
    found: Numbers = {}
    for body in files.values():
        found |= _below(pydicom.dcmread(io.BytesIO(body)), "")
    return found


def _below(item: Dataset, tracking: str) -> Numbers:
    """The numbers below an item; a group's tracking UID counts for all of it."""
    own = [c for c in _children(item) if _name(c) == TRACKING]
    uid = str(own[0].UID) if own else tracking
    found: Numbers = {}
    for child in _children(item):
        if child.get("ValueType") == "NUM" and any(_name(c) == CLAIM for c in _children(child)):
            parts = {_name(c): c for c in _children(child)}
            (value, unit), (error, error_unit) = _measured(child), _measured(parts[ERROR])
            if unit != error_unit:
                raise ValueError(f"the number is in {unit!r}, its uncertainty in {error_unit!r}")
            found[str(parts[CLAIM].TextValue)] = Number(value, unit, error, _name(child)[0], uid)
        else:
            found |= _below(child, uid)
    return found


def _children(item: Dataset) -> Iterator[Dataset]:
    yield from item.get("ContentSequence") or ()


def _name(item: Dataset) -> tuple[str, str]:
    named = item.get("ConceptNameCodeSequence")
    if not named:
        return "", ""
    value = named[0].get("CodeValue") or named[0].get("LongCodeValue") or named[0].get("URNCodeValue")
    return str(value), str(named[0].get("CodingSchemeDesignator", ""))


def _measured(item: Dataset) -> tuple[float, str]:
    """Value and unit; the floating point where there is one, since a decimal string holds sixteen characters."""
    measured = item.MeasuredValueSequence[0]
    exact = measured.get("FloatingPointValue")
    value = float(measured.NumericValue if exact is None else exact)
    if abs(value - float(measured.NumericValue)) > 1e-9 * abs(value):
        raise ValueError("the decimal string and the floating point of a number differ")
    return value, str(measured.MeasurementUnitsCodeSequence[0].CodeValue)


SR = Reader("sr", (".dcm",), read)
