"""The three verbs of this room: follow, compare and judge."""

from vivomap import track
from vivomap.core import (
    Category,
    Change,
    Course,
    Criterion,
    Measurement,
    Missing,
    Refusal,
    Study,
    Threshold,
    Verdict,
    limits,
)

LIMIT = Threshold("much", 5, "mm", "test", "C")
TEN = limits("long_axis", "%", "test", any=27.7)


def grows(course, values):
    change = course.of(Change)
    if not change:
        raise Refusal("not_evaluable", "there is no change to judge")
    return Category("large" if change[0].difference > values["much"] else "small", ("by difference",), ("id",), 0.25)


GROWS = Criterion("grows", grows, (LIMIT,), "test")


def test_what_the_room_offers_is_exactly_this():
    assert set(track.__all__) == {"certainty", "compare", "follow", "judge", "judge_one", "reads"}
    assert all(hasattr(track, name) for name in track.__all__)


def test_every_verb_adds_and_takes_nothing_away(paper):
    way = paper.pathway(measure=(paper.card("long_axis", TEN),), judge=(GROWS,))
    courses = paper.walk(way, [paper.table(0, {"a": 20}), paper.table(8, {"a": 30})])
    study = paper.table(16, {"a": 32})
    course = Course(study, tuple(paper.assessed(c) for c in courses), study.facts)
    for verb in (track.follow, track.compare, track.judge):
        after = verb(course, way)
        assert after.claims[: len(course.claims)] == course.claims
        assert len(after.claims) == len(course.claims) + 1
        course = after


def test_a_verdict_carries_its_day_its_parameters_and_its_grounds(paper):
    way = paper.pathway(measure=(paper.card("long_axis", TEN),), judge=(GROWS,))
    courses = paper.walk(way, [paper.table(0, {"a": 20}), paper.table(8, {"a": 30})])
    (verdict,) = courses[1].of(Verdict)
    assert (verdict.name, verdict.category, verdict.day, verdict.chance_noise) == ("grows", "large", paper.day(8), 0.25)
    assert verdict.provenance.settings == (("much", 5),)
    assert verdict.because == verdict.provenance.inputs == ("id",)


def test_a_refused_criterion_is_a_missing_verdict_and_the_others_go_on(paper):
    fine = Criterion("fine", lambda course, values: Category("yes", ()), (), "test")
    course = track.judge(Course(Study("P", paper.day(0))), paper.pathway(judge=(GROWS, fine)))
    assert course.of(Missing) == (
        Missing("grows", "", paper.day(0), "not_evaluable", "there is no change to judge", "verdict"),
    )
    assert [v.category for v in course.of(Verdict)] == ["yes"]


def test_of_several_numbers_of_one_visit_the_newest_is_compared(paper):
    facts = tuple(paper.number("long_axis", v, "a", paper.day(w)) for w, v in ((0, 20), (4, 25), (8, 30)))
    way = paper.pathway(measure=(paper.card("long_axis", TEN),))
    first = paper.walk(way, [Study("P", paper.day(0), facts=facts[:1])])[0]
    now = Study("P", paper.day(8), facts=facts)
    (change,) = paper.step(Course(now, (paper.assessed(first),), facts), way).of(Change)
    assert (change.before.value, change.after.value) == (20, 30)


def test_one_number_that_may_not_be_compared_stops_no_other(paper):
    way = paper.pathway(measure=(paper.card("long_axis", TEN),))
    other = paper.number("long_axis", 12, "b", paper.day(8), settings=(("model", "M2"),))
    tables = [paper.table(0, {"a": 20, "b": 11}), paper.table(8, {"a": 30}, facts=(other,))]
    course = paper.walk(way, tables)[1]
    assert [c.region for c in course.of(Change)] == ["a"]
    assert [(m.region, m.code) for m in course.of(Missing)] == [("b", "not_comparable")]
    assert len(course.of(Measurement)) == 2
