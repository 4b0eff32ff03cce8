"""A sheet as plain data and back: what goes from the process that reads strangers' files to the one that asked."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from vivomap.acquire.harvest.found import About, Complaint, Concept, Number, Sheet
from vivomap.core import Flag, Missing, Provenance


def plain(sheet: Sheet) -> dict[str, Any]:
    """A sheet as JSON data."""
    data = asdict(sheet)
    for each in (*data["numbers"], *data["missing"]):
        each["day"] = each["day"].isoformat() if each["day"] else None
    return data


def back(data: dict[str, Any]) -> Sheet:
    """The sheet that plain data stand for."""
    return Sheet(
        data["path"],
        data["kind"],
        data["uid"],
        data["patient"],
        data["maker"],
        tuple(_number(n) for n in data["numbers"]),
        tuple(Missing(**{**m, "day": _day(m["day"])}) for m in data["missing"]),
        tuple(Complaint(**c) for c in data["complaints"]),
        tuple(data["refused"]) if data["refused"] else None,
    )


def _number(data: dict[str, Any]) -> Number:
    made = data["provenance"]
    provenance = Provenance(
        made["maker"],
        made["version"],
        tuple(made["inputs"]),
        tuple((k, v) for k, v in made["settings"]),
        tuple(made["source"]),
    )
    changed = {
        "code": Concept(*data["code"]),
        "qualifiers": tuple(Concept(*q) for q in data["qualifiers"]),
        "about": About(*data["about"]),
        "day": _day(data["day"]),
        "provenance": provenance,
        "flags": tuple(Flag(**f) for f in data["flags"]),
    }
    return Number(**{**data, **changed})


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
