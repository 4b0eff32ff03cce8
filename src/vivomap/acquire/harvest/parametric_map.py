"""Parametric maps of other makers: mean, least and largest value of the map, in the unit that its mapping says.

    value = slope x stored + intercept      (Real World Value Mapping, PS3.3 C.7.6.16.2.11)

The spread of voxels is no uncertainty of their mean as a measurement, so none is stated. Voxels that are no number are
left out and counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from vivomap.acquire.element import items, number
from vivomap.acquire.harvest.complaints import Book
from vivomap.acquire.harvest.concepts import ADC, MAXIMUM, MEAN, concept_of, key, words
from vivomap.acquire.harvest.found import About, Concept, Number
from vivomap.acquire.harvest.origin import Origin
from vivomap.acquire.harvest.units import Unit, into_ours, unit_of
from vivomap.acquire.regions.labels import label
from vivomap.acquire.regions.seg import BROKEN
from vivomap.core import Flag, Missing, Refusal

MINIMUM = ("255605001", "SCT")
STATISTICS = {
    "mean": Concept(*MEAN, "Mean"),
    "minimum": Concept(*MINIMUM, "Minimum"),
    "maximum": Concept(*MAXIMUM, "Maximum"),
}
QUANTITY = ("246205007", "SCT")
WHOLE = About("whole map")


class Mapping(NamedTuple):
    """How stored values become real ones, in which unit, and what they are."""

    slope: float
    intercept: float
    unit: Unit
    quantity: Concept


def numbers(ds: Dataset, origin: Origin, book: Book) -> Iterator[Number | Missing]:
    """Three numbers of a map, or why there are none."""
    try:
        mapping = _mapping(ds, book)
        stored = _pixels(ds)
        told = np.isfinite(stored)
        values = stored[told] * mapping.slope + mapping.intercept
        if not values.size:
            raise Refusal("nan_voxels", "no voxel of the map is a number")
    except Refusal as refusal:
        yield Missing("map", WHOLE.label, origin.day, refusal.code, refusal.summary)
        return
    lost = int(stored.size - values.size)
    flags = (Flag("nan_voxels", f"{lost} of {stored.size} voxels are no numbers; they were left out"),) if lost else ()
    for name, code in STATISTICS.items():
        value = float({"mean": values.mean, "minimum": values.min, "maximum": values.max}[name]()) * mapping.unit.factor
        yield _number(name, value, (mapping, code), origin, flags)


def _number(name: str, value: float, told: tuple[Mapping, Concept], origin: Origin, flags: tuple[Flag, ...]) -> Number:
    mapping, derived = told
    said = f"{words(mapping.quantity.meaning or mapping.quantity.value)}_{name}"
    ours = into_ours("mean_adc", mapping.unit.ucum) if (key(mapping.quantity), name) == (ADC, "mean") else None
    unit, factor = ours or (mapping.unit.ucum, 1.0)
    return Number(
        name="mean_adc" if ours else said,
        value=value * factor,
        unit=unit,
        uncertainty=None,
        doubt="not stated",
        code=mapping.quantity,
        qualifiers=(derived,),
        about=WHOLE,
        day=origin.day,
        path="pixels",
        written=f"{name} of the map",
        provenance=origin.provenance("pixels", (("slope", mapping.slope), ("intercept", mapping.intercept))),
        flags=flags,
    )


def _mapping(ds: Dataset, book: Book) -> Mapping:
    """The one mapping of a map. Raises Refusal where there is none, or several that differ."""
    holders = (*items(ds, "SharedFunctionalGroupsSequence"), *items(ds, "PerFrameFunctionalGroupsSequence"))
    found = [_read(m, book) for h in holders for m in items(h, "RealWorldValueMappingSequence")]
    if not found:
        book.note("map_no_unit", "Real World Value Mapping Sequence")
        raise Refusal("unit_missing", "the map does not say what its values are")
    if len({m[:3] for m in found}) > 1:
        raise Refusal("scales_differ", "the frames of the map are scaled in different ways")
    return found[0]


def _read(item: Dataset, book: Book) -> Mapping:
    place = "Real World Value Mapping Sequence"
    meant = concept_of(item, "MeasurementUnitsCodeSequence", book, place)
    if meant is None:
        book.note("map_no_unit", place)
        raise Refusal("unit_missing", "the map does not say the unit of its values")
    unit = unit_of(meant)
    if unit.strange:
        book.note("unit_not_ucum", place, f"{meant.value} {meant.scheme}".strip())
    slope, intercept = number(item, "RealWorldValueSlope"), number(item, "RealWorldValueIntercept")
    if slope is None or intercept is None:
        raise Refusal("slope_missing", "the map does not say how its values are scaled")
    return Mapping(slope, intercept, unit, _quantity(item, book, place))


def _quantity(item: Dataset, book: Book, place: str) -> Concept:
    """What the values are: the coded quantity, else the words of the mapping."""
    for definition in items(item, "QuantityDefinitionSequence"):
        named = concept_of(definition, "ConceptNameCodeSequence", book, place)
        if key(named) == QUANTITY and (found := concept_of(definition, "ConceptCodeSequence", book, place)):
            return found
    return Concept("", "", label(item, "LUTExplanation", "LUTLabel") or "map")


def _pixels(ds: Dataset) -> NDArray[Any]:
    """Stored values as float64. Raises Refusal if they cannot be decoded."""
    try:
        return np.asarray(ds.pixel_array, np.float64)
    except BROKEN as broken:
        raise Refusal("undecodable_pixels", "the pixels of the map cannot be decoded") from broken
