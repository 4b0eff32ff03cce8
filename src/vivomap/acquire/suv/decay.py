"""The moment that decay-corrected PET pixels refer to, found as the vendors write it.

With the half-life T and a frame of duration t, the mean count rate of the frame is reached after

    t_mean = (T / ln 2) ln( (ln 2 t / T) / (1 - 2^(-t / T)) )   seconds, close to t / 2

A series corrected to its START refers to one moment for all beds. The first of these that holds is taken:

    1  the decay correction date-time of the object (0018,9701)
    2  the private scan date-time of GE (0009,xx0D) or Siemens (0071,xx22), of the right private creator
    3  the acquisition time where it equals the series time
    4  acquisition + t_mean - frame reference time; at GE acquisition - frame reference time
    5  the series time where it is not after the acquisition
    6  the earliest acquisition of the series (post-processed series carry a later series time), flagged

Sources: rule N4; the vendor-neutral pseudocode of QIBA for 3, 5 and 6; the IBSI-SUV manual, as open implementations
describe it, for 2 to 4.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydicom.dataset import Dataset

from vivomap.acquire.element import items, number, private, said
from vivomap.acquire.moments import around_the_clock, clock, day, joined, moment, offset_of, seconds_between
from vivomap.core import Flag, Refusal

PRIVATE = ((0x0009, "GEMS_PETD_01", 0x0D, "ge_private"), (0x0071, "SIEMENS MED PT", 0x22, "siemens_private"))
SAME_S = 1.0  # project: series and acquisition time are one when they are a second apart or less
SLACK_S = 10.0  # project: rounding of times within one series
DOUBT_S = 60.0  # project: a minute is 0.6 % of F-18
LONGEST_SCAN_S = 6 * 3600.0  # project: longer than any acquisition of one series


@dataclass(frozen=True)
class Start:
    """The moment that the pixels are corrected to, which rule found it, and when the camera began."""

    at: datetime
    how: str
    began: datetime
    flags: tuple[Flag, ...] = ()


def mean_rate_s(frame_s: float, half_life_s: float) -> float:
    """Seconds from the beginning of a frame to the moment of its mean count rate."""
    rate = math.log(2) / half_life_s
    lost = rate * frame_s
    return frame_s / 2 if lost < 1e-6 else math.log(lost / -math.expm1(-lost)) / rate


def acquired(ds: Dataset, frame: int | None = None) -> datetime | None:
    """When this slice or frame began to be acquired; None where the header does not say."""
    offset = offset_of(ds)
    frames = items(ds, "PerFrameFunctionalGroupsSequence")
    if frame is not None and frame < len(frames):
        for content in items(frames[frame], "FrameContentSequence"):
            at = moment(said(content, "FrameAcquisitionDateTime"), offset)
            if at is not None:
                return at
    on = next((d for k in ("AcquisitionDate", "SeriesDate", "StudyDate") if (d := day(said(ds, k)))), None)
    return joined(on, clock(said(ds, "AcquisitionTime")), offset) or moment(said(ds, "AcquisitionDateTime"), offset)


def scan_start(ds: Dataset, frame: int | None, half_life_s: float, series_start: datetime | None) -> Start:
    """The moment that the pixels of a series corrected to its start refer to.

    `series_start` is the earliest acquisition over the series, if the caller knows it. Raises Refusal if no rule holds.
    """
    at = acquired(ds, frame)
    first = _earliest(at, series_start)
    corrected_to = moment(said(ds, "DecayCorrectionDateTime"), offset_of(ds))
    if corrected_to is not None:
        return Start(corrected_to, "decay_datetime", first or corrected_to)
    doubt: tuple[Flag, ...] = ()
    for group, creator, element, how in PRIVATE:
        told = moment(private(ds, group, creator, element), offset_of(ds))
        if told is not None and (first is None or _fits(told, first)):
            return Start(told, how, told)
        if told is not None:
            doubt = _doubt("the private scan time does not fit the acquisition times, and was left out")
    if at is None or first is None:
        raise Refusal("no_scan_start", "the acquisition time is absent or cannot be read", expected="(0008,0032)")
    found = _from_series(ds, at, first, half_life_s)
    return Start(found.at, found.how, found.began, doubt + found.flags)


def _from_series(ds: Dataset, at: datetime, first: datetime, half_life_s: float) -> Start:
    """Rules 3 to 6: from the times of the series and of its frames."""
    series = joined(day(said(ds, "SeriesDate")), clock(said(ds, "SeriesTime")), offset_of(ds))
    after = None if series is None else seconds_between(series, at)
    if series is not None and after is not None and abs(after) <= SAME_S:
        return Start(at, "series_is_acquisition", at)
    within = series is not None and after is not None and 0 <= after <= LONGEST_SCAN_S
    back = _from_frame(ds, half_life_s)
    start = None if back is None else at - timedelta(seconds=back)
    if start is not None and _fits(start, first):
        other = series if within and series is not None else first if first != at else start
        return Start(start, "frame_times", start, _apart(start, other))
    if within and series is not None:
        return Start(series, "series_time", series)
    if series is not None and not _is_ge(ds) and number(ds, "ActualFrameDuration") is None:
        raise Refusal(
            "no_scan_start",
            "the series was processed after the scan, and without a frame duration its start is not known",
            expected="a frame duration (0018,1242) and a frame reference time (0054,1300)",
        )
    reason = "the earliest acquisition stands for the start of the scan; if beds are absent, SUV is a little too low"
    return Start(first, "earliest_acquisition", first, (Flag("scan_start_doubtful", reason),))


def _from_frame(ds: Dataset, half_life_s: float) -> float | None:
    """Seconds from the start of the scan to this acquisition, by its frame times; None where they do not say."""
    reference, duration = number(ds, "FrameReferenceTime"), number(ds, "ActualFrameDuration")
    if reference is None or not 0 <= reference <= LONGEST_SCAN_S * 1000:
        return None
    if _is_ge(ds):
        return reference / 1000
    if duration is None or not 0 < duration <= LONGEST_SCAN_S * 1000:
        return None
    return reference / 1000 - mean_rate_s(duration / 1000, half_life_s)


def _is_ge(ds: Dataset) -> bool:
    return said(ds, "Manufacturer").upper().split(" ")[0] in ("GE", "GEMS")


def _earliest(at: datetime | None, series_start: datetime | None) -> datetime | None:
    """The earlier of the two; a series start without an offset takes that of the acquisition."""
    if at is None or series_start is None:
        return at or series_start
    given = series_start.replace(tzinfo=at.tzinfo) if series_start.tzinfo is None else series_start
    return given if seconds_between(given, at) > 0 else at


def _fits(start: datetime, first: datetime) -> bool:
    """Whether a scan could start there, by the clock: not after its first acquisition, and at most 6 h before."""
    return around_the_clock(seconds_between(start, first) + SLACK_S) <= LONGEST_SCAN_S + SLACK_S


def _apart(start: datetime, other: datetime) -> tuple[Flag, ...]:
    seconds = seconds_between(start, other)
    if abs(seconds) <= DOUBT_S:
        return ()
    return _doubt(f"its frame times and its acquisition times lie {abs(seconds) / 60:.1f} min apart")


def _doubt(why: str) -> tuple[Flag, ...]:
    return (Flag("scan_start_doubtful", f"the start of the scan is doubtful: {why}"),)
