"""Dates of a patient, all moved back by the same whole number of days: intervals stay, times of day stay.

    told = true − days          DA and the day of a DT; TM is a time of day and does not change

So a scan that crosses midnight still does, and what decays between two moments decays as much. A date that cannot be
moved, because it is partial or impossible, is taken away.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

DAY = re.compile(r"(\d{4})[.:-]?(\d{2})[.:-]?(\d{2})")
MOMENT = re.compile(r"(\d{8})((?:\d{2}){0,3}(?:\.\d{1,6})?(?:[+-]\d{4})?)")
CLOCK = re.compile(r"\d{2}(?::?\d{2}(?::?\d{2}(?:\.\d{1,6})?)?)?")
ZONE = re.compile(r"[+-]\d{4}")
NO_DAY, NO_MOMENT, NO_TIME = "19000101", "19000101000000", "000000"  # dummies, the same for everyone


def day(text: str, days: int) -> str:
    """A date (DA) moved back, as YYYYMMDD; "" where it is none."""
    found = DAY.fullmatch(text)
    if not found:
        return ""
    try:
        return (date(*map(int, found.groups())) - timedelta(days)).strftime("%Y%m%d").zfill(8)
    except (ValueError, OverflowError):
        return ""


def moment(text: str, days: int) -> str:
    """A date-time (DT) moved back, its time and offset as they are; "" where its day is partial or impossible."""
    found = MOMENT.fullmatch(text)
    moved = day(found[1], days) if found else ""
    return moved + found[2] if found and moved else ""


def clock(text: str) -> str:
    """A time of day (TM) as it is; "" where it is none."""
    return text if CLOCK.fullmatch(text) else ""


def span(text: str, days: int) -> str:
    """A date, or a range of two, as in a query."""
    parts = [day(part, days) if part else "" for part in text.split("-", 1)] if text.count("-") == 1 else []
    return "-".join(parts) if any(parts) else day(text, days)
