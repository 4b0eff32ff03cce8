"""Days and times of a DICOM header as moments that can be subtracted, or nothing where they cannot be read.

A moment with an offset from UTC is aware, one without is local. Two of them are compared only like with like: an
offset that one has and the other lacks could hide an hour, and an hour is a third of the dose of F-18.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, timezone

from pydicom.dataset import Dataset

from vivomap.acquire.element import said
from vivomap.core import Refusal

DAY_S = 86400.0
DATE = re.compile(r"(\d{4})\.?(\d{2})\.?(\d{2})", re.ASCII)
CLOCK = re.compile(r"(\d{2}):?(\d{2})(?::?(\d{2})(?:\.(\d{1,6}))?)?", re.ASCII)  # an hour alone is too coarse
ZONE = re.compile(r"([+-])(\d{2})([0-5]\d)", re.ASCII)
MOMENT = re.compile(r"(\d{8})(\d{4}(?:\d{2}(?:\.\d{1,6})?)?)([+-]\d{4})?", re.ASCII)


def day(text: str) -> date | None:
    """A date (DA), or None; years beyond any calendar of patients are no date."""
    found = DATE.fullmatch(text)
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found and 1000 < int(found[1]) < 9000 else None
    except ValueError:
        return None


def clock(text: str) -> time | None:
    """A time of day (TM) that names at least the minute, or None; a leap second counts as the one before it."""
    found = CLOCK.fullmatch(text)
    if not found:
        return None
    second = int(found[3] or 0)
    micro = int((found[4] or "0").ljust(6, "0"))
    try:
        return time(int(found[1]), int(found[2]), 59 if second == 60 else second, micro)
    except ValueError:
        return None


def zone(text: str) -> timezone | None:
    """An offset from UTC written +HHMM, or None; DICOM allows -1200 to +1400."""
    found = ZONE.fullmatch(text)
    if not found:
        return None
    minutes = (int(found[2]) * 60 + int(found[3])) * (-1 if found[1] == "-" else 1)
    return timezone(timedelta(minutes=minutes)) if -720 <= minutes <= 840 else None


def moment(text: str, offset: timezone | None) -> datetime | None:
    """A date-time (DT) that names at least the minute, or None; its own offset goes before that of the object."""
    found = MOMENT.fullmatch(text)
    if not found:
        return None
    own = zone(found[3]) if found[3] else offset
    return None if found[3] and own is None else joined(day(found[1]), clock(found[2]), own)


def joined(on: date | None, at: time | None, offset: timezone | None) -> datetime | None:
    """A day and a time of day as one moment, or None where either is missing."""
    return None if on is None or at is None else datetime.combine(on, at, offset)


def offset_of(ds: Dataset) -> timezone | None:
    """The offset from UTC that holds for every time of an object; None where it names none."""
    return zone(said(ds, "TimezoneOffsetFromUTC"))


def seconds_between(earlier: datetime, later: datetime) -> float:
    """Seconds from one moment to another. Raises Refusal if only one of them has an offset from UTC."""
    if (earlier.tzinfo is None) != (later.tzinfo is None):
        raise Refusal(
            "mixed_time_zones",
            "one time has an offset from UTC and the other has none, so the time between them is not known",
            expected="both with an offset, or both without",
        )
    return (later - earlier).total_seconds()


def around_the_clock(seconds: float) -> float:
    """A span without its whole days, from 0 up to 24 h: what the hands of the clock say."""
    return seconds % DAY_S
