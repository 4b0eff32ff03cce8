"""The day of a study and of an image; a date that is impossible or partial gives none, and is never guessed.

An image's day is its acquisition date; where that is absent, the date of its series; where that is absent too, the
date of its study. An impossible one stops the search: it is not replaced by another.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from vivomap.acquire.dicom.plane import Plane
from vivomap.acquire.moments import day
from vivomap.core import Flag

ORDER = ("AcquisitionDate", "AcquisitionDateTime", "SeriesDate", "StudyDate")
FIRST_YEAR = 1895  # no medical image is older


def parsed(text: str, name: str) -> tuple[date | None, tuple[Flag, ...]]:
    """A date and what is to be said of it."""
    found = day(text)
    if found is not None and found.year >= FIRST_YEAR:
        return found, ()
    return None, (Flag("bad_date", f"the {name} {text[:10]!r} is no date"),)


def day_of(planes: Sequence[Plane]) -> tuple[date | None, tuple[Flag, ...]]:
    """The day of an image: the earliest of its planes."""
    days: set[date] = set()
    for said, name in dict.fromkeys(_said(p) for p in planes):
        found, flags = parsed(said, name) if said else (None, ())
        if found is None:
            return None, flags
        days.add(found)
    return (min(days), ()) if days else (None, ())


def _said(plane: Plane) -> tuple[str, str]:
    for name in ORDER:
        text = plane.text(name)
        if text:
            return (text[:8] if name.endswith("Time") else text), name
    return "", ""


def study_day(dates: Sequence[str], images: Sequence[date | None]) -> tuple[date | None, tuple[Flag, ...]]:
    """The day of a study: its study date, the earliest if its objects differ; if it has none, that of its images."""
    said = sorted({d for d in dates if d})
    if not said:
        known = [d for d in images if d is not None]
        if not known or len(known) < len(images):
            return None, (Flag("no_date", "the study has no date"),)
        return min(known), (Flag("study_date_absent", "the study has no date: the day is that of its first image"),)
    found = [parsed(d, "StudyDate") for d in said]
    for on, flags in found:
        if on is None:
            return None, flags
    days = [on for on, _ in found if on is not None]
    differ = (Flag("study_dates_differ", f"the study says {len(days)} dates: the first is taken"),)
    return min(days), differ if len(days) > 1 else ()
