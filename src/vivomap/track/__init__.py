"""Over time: who the lesions are, whether a change is real, and what the published criteria call it."""

from __future__ import annotations

from vivomap.core import (
    Biomarker,
    Change,
    Course,
    Criterion,
    Measurement,
    Missing,
    Pathway,
    Provenance,
    Refusal,
    Verdict,
    __version__,
    describe,
)
from vivomap.track.change import certainty, compare_one, reads
from vivomap.track.lesions import follow

__all__ = ["certainty", "compare", "follow", "judge", "judge_one", "reads"]


def compare(course: Course, pathway: Pathway) -> Course:
    """Hold every number of this visit that has limits against its reference: a change, or why there is none."""
    cards = {b.name: b for b in (*pathway.measure, *pathway.if_imaged) if b.real_change}
    newest: dict[tuple[str, str], Measurement] = {}
    for number in course.of(Measurement):
        key = (number.name, number.region)
        if number.name in cards and (key not in newest or _later(number, newest[key])):
            newest[key] = number
    said = (_compared(course, pathway, number, cards[number.name]) for number in newest.values())
    return course.add(*(claim for claim in said if claim))


def judge(course: Course, pathway: Pathway) -> Course:
    """Let every criterion of the pathway call this visit."""
    return course.add(*(judge_one(course, criterion) for criterion in pathway.judge))


def judge_one(course: Course, criterion: Criterion) -> Verdict | Missing:
    """What one criterion calls this visit, or why it cannot."""
    day, values = course.study.day, criterion.values()
    try:
        found = criterion.compute(course, values)
    except Refusal as refusal:
        return Missing(criterion.name, "", day, refusal.code, refusal.reason, "verdict")
    provenance = Provenance(describe(criterion.compute), __version__, found.because, tuple(values.items()))
    return Verdict(criterion.name, found.category, found.chance_noise, day, found.reasons, found.because, provenance)


def _compared(course: Course, pathway: Pathway, number: Measurement, card: Biomarker) -> Change | Missing | None:
    try:
        return compare_one(course, pathway, number, card)
    except Refusal as refusal:
        return Missing(number.name, number.region, number.day, refusal.code, refusal.reason, "change")


def _later(number: Measurement, than: Measurement) -> bool:
    return number.day is not None and (than.day is None or number.day > than.day)
