"""The visits of a course, one by one in the order of their days, and what a person said at each."""

from __future__ import annotations

from dataclasses import replace

from vivomap.core import Assessment, Course, Finding, Study, identify


def earlier(course: Course) -> tuple[Course, ...]:
    """The dated visits before this one, oldest first, each told alone; assessments of one day are one visit."""
    today = course.study.day
    days: dict[object, list[Assessment]] = {}
    for assessment in course.past:
        day = assessment.study.day
        if day is not None and (today is None or day < today):
            days.setdefault(day, []).append(assessment)
    return tuple(_visit(days[day]) for day in sorted(days, key=str))


def told(visit: Course, name: str) -> tuple[Finding, ...]:
    """What a person found at a visit: findings dated with its day, or with that of one of its images."""
    days = {visit.study.day, *(image.day for image in visit.study.images)} - {None}
    return tuple(f for f in visit.of(Finding, name) if f.day in days)


def unfollowed(study: Study) -> set[str]:
    """Names of regions that are no lesions, such as a muscle or the healthy liver."""
    return {r.name for r in study.regions if not r.lesion} - {r.lesion for r in study.regions}


def _visit(same_day: list[Assessment]) -> Course:
    if len(same_day) == 1:
        return Course(same_day[0].study, (), same_day[0].claims)
    ordered = sorted(same_day, key=identify)
    regions = dict.fromkeys(r for a in ordered for r in a.study.regions)
    searched = dict.fromkeys(s for a in ordered for s in a.study.searched)
    study = replace(ordered[0].study, regions=tuple(regions), searched=tuple(searched))
    return Course(study, (), tuple(dict.fromkeys(c for a in ordered for c in a.claims)))
