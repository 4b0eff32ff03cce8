"""What the guide has no place for: how sure a number is, when it reads as no change, and which visit it belongs to.

The interval is value - m to value + p, with m and p the ranges of lower and upper uncertainty of TID 310.
"""

from __future__ import annotations

from pydicom.dataset import Dataset

from vivomap.report.codes import PRIVATE
from vivomap.report.fhir.numbers import LEVEL
from vivomap.report.fhir.parts import HOME, Resource, extension
from vivomap.report.fhir.sr.tree import Code, first, number

PLUS, MINUS = ("371886008", "SCT"), ("371885007", "SCT")
TIME_POINT, ORDER = ("C2348792", "UMLS"), ("126073", "DCM")
SUBJECT_TIME_POINT, OFFSET = ("126070", "DCM"), ("128740", "DCM")


def doubt(item: Dataset, value: Resource) -> list[Resource]:
    """The extensions of a number: `uncertainty` and `no-change`, each where the report says it."""
    return [e for e in (_uncertainty(item, value), _no_change(item)) if e]


def _uncertainty(item: Dataset, value: Resource) -> Resource:
    up, down = number(first(item, PLUS)), number(first(item, MINUS))
    if not (value and up and down):
        return {}
    ends = (value["value"] - down["value"], value["value"] + up["value"])
    low, high = ({**value, "value": end} for end in ends)
    standard = number(first(item, _own("STD_UNCERTAINTY")))
    first_part = [("standard", "Quantity", standard)] if standard else []
    return extension(
        "uncertainty", *first_part, ("low", "Quantity", low), ("high", "Quantity", high), ("level", "Decimal", LEVEL)
    )


def _no_change(item: Dataset) -> Resource:
    """The limits of the difference within which it reads as no change, and the chance that the change is real."""
    low, high, chance = (number(first(item, _own(n))) for n in ("NO_CHANGE_LOW", "NO_CHANGE_HIGH", "CHANCE_REAL"))
    if not (low and high):
        return {}
    parts = [("low", "Quantity", low), ("high", "Quantity", high)]
    more = [("chanceReal", "Decimal", chance["value"])] if chance else []
    source = first(item, _own("NO_CHANGE_SOURCE")).get("TextValue")
    words = [("source", "String", str(source))] if source else []
    return extension("no-change", *parts, *more, *words)


def claim(item: Dataset) -> list[Resource]:
    """The identifier of the claim, where the report is one of ours."""
    said = first(item, _own("CLAIM")).get("TextValue")
    return [{"system": f"{HOME}/claim", "value": str(said)}] if said else []


def time_point(group: Dataset) -> list[Resource]:
    """The visit as TID 1502 tells it: its name, its identifier, its order, the days since the first one."""
    told = [
        (name, "String", str(first(group, code).TextValue))
        for name, code in (("label", TIME_POINT), ("identifier", SUBJECT_TIME_POINT))
        if first(group, code).get("TextValue")
    ]
    order, offset = number(first(group, ORDER)), number(first(group, OFFSET))
    counted = [("order", "Integer", int(order["value"]))] if order else []
    apart = [("offset", "Quantity", offset)] if offset else []
    return [extension("time-point", *told, *counted, *apart)] if told else []


def _own(name: str) -> Code:
    return name, PRIVATE
