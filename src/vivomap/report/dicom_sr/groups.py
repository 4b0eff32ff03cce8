"""One measurement group per lesion and outline: TID 1411 with the segment that was measured, else TID 1501.

A number belongs to the outline whose mask its provenance names. A lesion with outlines on several grids has a group for
each, all with one tracking identifier; what is missing is said in the first of them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from highdicom.sr import (
    ContentItem,
    FindingSite,
    MeasurementsAndQualitativeEvaluations,
    ReferencedSegment,
    SourceSeriesForSegmentation,
    TrackingIdentifier,
    VolumetricROIMeasurementsAndQualitativeEvaluations,
)

from vivomap.core import Match, Measurement, Region
from vivomap.report import codes
from vivomap.report.codes import OWN
from vivomap.report.dicom_identity import tracking_uid
from vivomap.report.dicom_seg import SEG_CLASS, Grid, Segment, grids
from vivomap.report.dicom_sr.context import time_point
from vivomap.report.dicom_sr.items import PART, code, coded, text, under, warning
from vivomap.report.dicom_sr.numbers import in_words, measured
from vivomap.report.dicom_sr.said import not_given
from vivomap.report.forms import Filed
from vivomap.report.words import plain

Group = VolumetricROIMeasurementsAndQualitativeEvaluations | MeasurementsAndQualitativeEvaluations
PATIENT = "patient"


class Outline(NamedTuple):
    """A lesion's segment and the object that holds it."""

    grid: Grid
    segment: Segment


def groups(filed: Filed) -> tuple[Group, ...]:
    """The groups of a visit: lesions in the order in which they appear, then the patient as a whole."""
    course = filed.story.course
    outlines = [Outline(grid, segment) for grid in grids(filed) for segment in grid.segments]
    told = [m.region for m in course.of(Measurement)] + [m.region for m in filed.story.missing]
    lesions = dict.fromkeys((*(r.lesion for r in filed.assessment.study.regions), *told))
    made: list[Group] = []
    for lesion in (*(n for n in lesions if n), *([""] if "" in lesions else [])):
        made += _of_lesion(filed, lesion, [o for o in outlines if lesion and o.segment.lesion == lesion])
    return tuple(made)


def _of_lesion(filed: Filed, lesion: str, outlines: list[Outline]) -> list[Group]:
    """The groups of a lesion: outlines that were measured, and the numbers that name none of them."""
    numbers: dict[Outline | None, list[Measurement]] = {}
    for number in filed.story.course.of(Measurement, None, lesion):
        mine = [o for o in outlines if o.segment.region.mask.digest in number.provenance.inputs]
        numbers.setdefault(mine[0] if mine else None, []).append(number)
    if not numbers:
        numbers = {outlines[0] if outlines else None: []}
    first = next(iter(numbers))
    return [_group(filed, lesion, each, numbers[each], each is first) for each in numbers]


def _group(filed: Filed, lesion: str, outline: Outline | None, numbers: list[Measurement], first: bool) -> Group:
    region = outline.segment.region if outline else _drawn(filed, lesion)
    finding = codes.FINDINGS.get(region.finding.lower()) if region else None
    where, side = codes.site(region.finding, region.site) if region else (None, None)
    common: dict[str, Any] = {
        "tracking_identifier": TrackingIdentifier(tracking_uid(filed, lesion), plain(lesion) or PATIENT),
        "time_point_context": time_point(filed),
        "finding_type": coded(finding) if finding else None,
        "finding_sites": [FindingSite(coded(where), coded(side) if side else None)] if where else None,
        "measurements": [measured(n, filed) for n in numbers] or None,
    }
    group: Group
    if outline is None:
        group = MeasurementsAndQualitativeEvaluations(**common)
    else:
        group = VolumetricROIMeasurementsAndQualitativeEvaluations(referenced_segment=_segment(outline), **common)
    said = [text(OWN["CHANGE"], in_words(c), PART) for c in filed.story.changes if c.after in numbers]
    under(group[0], *said, *(_told(filed, lesion, region) if first else ()))
    return group


def _segment(outline: Outline) -> ReferencedSegment:
    series = SourceSeriesForSegmentation(outline.grid.image.text("series_uid"))
    return ReferencedSegment(SEG_CLASS, outline.grid.uid, outline.segment.number, source_series=series)


def _drawn(filed: Filed, lesion: str) -> Region | None:
    """The region of a lesion without a segment, today's first; else the last that was drawn."""
    visits = (filed.assessment, *reversed(filed.history))
    return next((r for a in visits for r in a.study.regions if lesion and r.lesion == lesion), None)


def _told(filed: Filed, lesion: str, region: Region | None) -> list[ContentItem]:
    """What is said of the lesion beside its numbers: its fate, words without a code, warnings, what is not given."""
    said: list[ContentItem] = []
    for match in filed.story.course.of(Match):
        if lesion and lesion in (*match.before, *match.after):
            said.append(code(OWN["FATE"], OWN.get(match.kind.upper()) or codes.reason(match.kind), PART))
    if region:
        if region.finding and region.finding.lower() not in codes.FINDINGS:
            said.append(text(OWN["FINDING_TEXT"], region.finding, PART))
        if region.site and codes.site(region.finding, region.site)[0] is None:
            said.append(text(OWN["SITE_TEXT"], region.site, PART))
        said += [warning(flag, PART) for flag in region.flags]
    return said + [not_given(m) for m in filed.story.missing if m.region == lesion and m.what != "verdict"]
