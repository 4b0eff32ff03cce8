"""The answer in one sentence, and the up to three numbers that carry it.

The rule for the three: first the changes that the criterion rests on, then the others; the whole patient's before a
lesion's; among equals the one that reaches farthest, counted in its limit of no change. Without a change they are
measurements: those that the criterion rests on, then sizes and uptake, the largest first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from vivomap.core import Change, Measurement, Prediction, Verdict, identify
from vivomap.report.moves import reads
from vivomap.report.story import Story
from vivomap.report.words import BURDEN, MEANINGS, capital, category, day, name, sentence, several

MOST = 3


def headline(changes: Iterable[Change], verdicts: Iterable[Verdict] = ()) -> tuple[Change, ...]:
    """Up to three changes that carry the answer, by the rule above."""
    rested = {identity for verdict in verdicts for identity in verdict.because}
    order = sorted(changes, key=lambda c: (_aside(c, rested), bool(c.region), -_reach(c), c.region, c.name))
    return tuple(order[:MOST])


def first_numbers(story: Story) -> tuple[Measurement, ...]:
    """The measurements of a visit in the order in which they stand in for a change, each name once in front."""
    rested = [identity for verdict in story.verdicts for identity in verdict.because]
    now = [m for m in story.course.of(Measurement) if m not in story.assessment.study.facts] or [
        *story.course.of(Measurement)
    ]
    order = sorted(now, key=lambda m: (identify(m) not in rested, bool(m.region), _size_first(m)))
    told: dict[str, Measurement] = {}
    for measurement in order:
        told.setdefault(measurement.name, measurement)
    rest = [m for m in order if m not in told.values()]
    return (*told.values(), *rest)


def answer(story: Story) -> str:
    """What is known, whether the change is real, and what may be weighed first: one sentence, never an order."""
    known = _judged(story) or _moved(story) or _measured(story)
    return capital(f"{known}; {_proposed(story)}.")


def background(story: Story) -> tuple[str, ...]:
    """The sentences under the answer: what else is to be weighed, the next look, and whose decision it is."""
    said = []
    proposed = story.assessment.recommendation
    others = [f"“{sentence(p.option)}”" for p in proposed.proposals[1:]]
    if others:
        said.append(f"Also to be weighed: {' and '.join(others)}.")
    today = story.assessment.study.day
    if proposed.look_again_days is not None and today:
        again = day(today + timedelta(days=proposed.look_again_days))
        said.append(f"The pathway looks again by {again}.")
    said.append("The choice is for people; this page orders nothing.")
    return tuple(said)


def _aside(change: Change, rested: set[str]) -> bool:
    """Whether no criterion rests on a change."""
    return not {identify(change), identify(change.after)} & rested


def _reach(change: Change) -> float:
    """How far a difference reaches, counted in its limit of no change on that side."""
    limit = change.high if change.difference > 0 else -change.low
    return abs(change.difference) / limit if limit > 0 else abs(change.difference)


def _size_first(measurement: Measurement) -> tuple[bool, float]:
    return not BURDEN.search(measurement.name), -abs(measurement.value)


def driving(story: Story, verdict: Verdict) -> tuple[Change, ...]:
    """The changes that a verdict rests on, the whole patient's alone where there are any; else the headline."""
    drives = tuple(c for c in story.changes if not _aside(c, set(verdict.because)))
    return tuple(c for c in drives if not c.region) or drives or headline(story.changes)


def metrology(drives: Sequence[Change]) -> tuple[str, str]:
    """Whether what was seen is more than measurement error, and the meaning that carries its shape."""
    real = [c for c in drives if c.real]
    if not real:
        return "no change stands out from measurement error", "same"
    ways = {c.difference > 0 for c in real}
    way = ("the rise" if ways == {True} else "the fall") if len(ways) == 1 else "the change"
    meaning = reads(real[0])[1] if len(ways) == 1 else "caution"
    if len(drives) == 1:
        return f"{way} is real", meaning
    share = f"all {len(drives)}" if len(drives) == len(real) else f"{len(real)} of {len(drives)}"
    return f"{way} is real in {share} numbers", meaning


def _judged(story: Story) -> str:
    if not story.verdicts:
        return ""
    verdict = min(story.verdicts, key=lambda v: bool(v.region))
    called = f"{category(verdict.category).rsplit(' (', 1)[0]} by {name(verdict.name)}"
    drives = driving(story, verdict)
    if not drives:
        return called if story.history else f"first visit: {called}"
    said, meaning = metrology(drives)
    agree = meaning == MEANINGS.get(verdict.category, meaning) and meaning != "same"
    return f"{called}{_newcomers(story)}, {'and' if agree else 'but'} {said}"


def _newcomers(story: Story) -> str:
    new = [story.letter(lesion) for lesion in story.marks if story.fate(lesion) == "new"]
    return f" with {several(len(new), 'new lesion')} ({', '.join(new)})" if new else ""


def _moved(story: Story) -> str:
    """Without a criterion: what the farthest change did."""
    lead = headline(story.changes)
    if not lead:
        return ""
    change = lead[0]
    what = f"{name(change.name)} of {story.letter(change.region)}" if change.region else name(change.name)
    if not change.real:
        return f"no change stands out from measurement error: {what} least of all within it"
    return f"{what} is {reads(change)[0]}, and the change is real"


def _measured(story: Story) -> str:
    lesions = len([lesion for lesion in story.marks if any(m.region == lesion for m in story.course.of(Measurement))])
    count = len(story.course.of(Measurement))
    if not count:
        return "nothing could be measured at this visit"
    what = several(lesions, "lesion") + " measured" if lesions else several(count, "number") + " on record"
    return f"{what}, and nothing can be compared yet" if not story.history else f"{what}, and none can be compared"


def _proposed(story: Story) -> str:
    recommendation = story.assessment.recommendation
    if recommendation.abstained:
        return f"no option is proposed, because {story.says(recommendation.abstained)}"
    if not recommendation.proposals:
        return "no option is proposed, because the pathway names none"
    return f"the option to weigh first is “{sentence(recommendation.proposals[0].option)}”"


def chances(story: Story) -> tuple[Prediction, ...]:
    """This visit's predictions, the highest first."""
    return tuple(sorted(story.course.of(Prediction), key=lambda p: -p.chance))
