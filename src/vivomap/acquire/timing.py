"""When an examination was ordered and acquired, as the headers of its objects say.

Ordered: issue date and time of the imaging service request, the earliest that is told. Acquired: the latest acquisition
of an image. A moment with an offset from UTC is aware, one without is the clock of the place, and stays so.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone
from pathlib import Path
from typing import NamedTuple

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError

from vivomap.acquire.element import UNREADABLE, said
from vivomap.acquire.moments import clock, day, joined, moment, offset_of

NEEDED = (
    "AcquisitionDateTime",
    "AcquisitionDate",
    "AcquisitionTime",
    "IssueDateOfImagingServiceRequest",
    "IssueTimeOfImagingServiceRequest",
    "TimezoneOffsetFromUTC",
)


class Timing(NamedTuple):
    """The two moments, None where no object tells them."""

    ordered: datetime | None = None
    acquired: datetime | None = None


def timing(paths: Iterable[Path]) -> Timing:
    """What the objects of an examination say together; one that cannot be read says nothing."""
    told = [_of(path) for path in paths]
    ordered = [t.ordered for t in told if t.ordered]
    acquired = [t.acquired for t in told if t.acquired]
    return Timing(_end(ordered, first=True), _end(acquired, first=False))


def _end(moments: list[datetime], first: bool) -> datetime | None:
    """The first or last of some moments; None where aware and local ones are mixed, which have no order."""
    if not moments or len({m.tzinfo is None for m in moments}) > 1:
        return None
    return min(moments) if first else max(moments)


def _of(path: Path) -> Timing:
    try:
        ds = dcmread(path, stop_before_pixels=True, specific_tags=list(NEEDED))
    except (OSError, InvalidDicomError, *UNREADABLE):
        return Timing()
    offset = offset_of(ds)
    acquired = moment(said(ds, "AcquisitionDateTime"), offset) or _pair(
        ds, "AcquisitionDate", "AcquisitionTime", offset
    )
    ordered = _pair(ds, "IssueDateOfImagingServiceRequest", "IssueTimeOfImagingServiceRequest", offset)
    return Timing(ordered, acquired)


def _pair(ds: Dataset, on: str, at: str, offset: timezone | None) -> datetime | None:
    return joined(day(said(ds, on)), clock(said(ds, at)), offset)
