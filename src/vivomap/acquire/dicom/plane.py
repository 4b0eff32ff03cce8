"""One image plane: a slice file, one frame of many, or one tile of a mosaic, with what its header says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from vivomap.acquire.dicom.header import Header, floats
from vivomap.acquire.moments import clock, day

MIDNIGHT = datetime(1, 1, 1)


@dataclass(frozen=True, eq=False)
class Plane:
    """`frame` counts from 0 within the file; `tile` (row, column, rows, columns) is its part of a mosaic."""

    header: Header
    facts: Mapping[str, str]
    frame: int = 0
    tile: tuple[int, int, int, int] | None = None

    @property
    def uid(self) -> str:
        return self.header.facts["SOPInstanceUID"]

    @property
    def name(self) -> str:
        """The file, and the frame where it holds several."""
        several = self.facts.get("NumberOfFrames", "") not in ("", "1") or self.tile is not None
        return f"{self.header.path.name}, frame {self.frame + 1}" if several else self.header.path.name

    def text(self, name: str) -> str:
        """A fact as text; "" where the header is silent."""
        return self.facts.get(name, "")

    def numbers(self, name: str) -> tuple[float, ...]:
        """A fact as numbers. Raises Refusal if it cannot be read."""
        return floats(self.facts.get(name, ""))

    def number(self, name: str) -> float | None:
        """The first number of a fact, or None where the header is silent."""
        values = floats(self.facts.get(name, ""))
        return values[0] if values else None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        if self.tile:
            return self.tile[2], self.tile[3]
        return int(self.number("Rows") or 0), int(self.number("Columns") or 0)


@lru_cache(maxsize=4096)
def seconds(on: str, at: str) -> float | None:
    """A date (DA) and a time (TM) as seconds since the year 1; without a date, since midnight. None if unreadable."""
    time = clock(at)
    if time is None:
        return None
    found: date = day(on) or MIDNIGHT.date()
    return (datetime.combine(found, time) - MIDNIGHT) / timedelta(seconds=1)


def acquired(plane: Plane) -> float | None:
    """When a plane was acquired, in seconds: its acquisition date-time, else acquisition date and time."""
    stamp = plane.text("AcquisitionDateTime").split("+")[0].split("-")[0]
    if len(stamp) >= 12:
        return seconds(stamp[:8], stamp[8:])
    return seconds(plane.text("AcquisitionDate"), plane.text("AcquisitionTime"))
