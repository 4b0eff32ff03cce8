"""Whether a change is real: limits, chances, words, and what may not be compared."""

import math
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivomap.core import (
    Affirmed,
    Change,
    Course,
    Match,
    Measurement,
    Missing,
    Provenance,
    Refusal,
    Study,
    Treatment,
    limits,
)
from vivomap.maths.statistics import Part
from vivomap.track.change import bounds, certainty, chance_of_fall, chance_of_rise, reads

TEN = limits("long_axis", "%", "test", any=27.7)  # wCV 10 %
QIBA = "QIBA profile for mean ADC, Radiology 2024"
ADC = limits("mean_adc", "%", QIBA, brain=8, liver=27, prostate=27, breast=15)
DAYS = date(2026, 1, 1), date(2026, 3, 1)
AFFIRMED = Affirmed("Toshiba", "Titan", "V2.1", "Dr A", date(2026, 6, 1), "one scanner in the house")
TITAN = (("manufacturer", "Toshiba"), ("model", "Titan"), ("software", "V2.1"), ("role", "adc"))


def two(paper, before, after, name="long_axis", **more):
    return [paper.number(name, v, "a", d, **more) for v, d in zip((before, after), DAYS, strict=True)]


def changed(paper, *studies, real_change=TEN, name="long_axis", **more):
    way = paper.pathway(measure=(paper.card(name, real_change),), **more)
    return paper.walk(way, studies)


def test_ten_to_seven_is_a_fall(paper):
    found = bounds(*two(paper, 10, 7), TEN, 27.7)
    assert found.low == pytest.approx(-2.41, abs=0.01)
    assert found.high == pytest.approx(3.18, abs=0.01)
    assert found.chance == pytest.approx(0.994, abs=5e-4)
    assert "27.7 % (test)" in found.basis


def test_chances_of_the_methods_reference():
    assert chance_of_fall(10, 7, 0.1) == pytest.approx(0.994, abs=5e-4)
    assert chance_of_fall(10, 7, 0.1, 0.1) == pytest.approx(0.963, abs=5e-4)
    assert chance_of_fall(10, 7, 0.1, 0.1, (Part(1, 0, 0.3),)) == pytest.approx(0.928, abs=5e-4)
    assert chance_of_fall(10, 7, 0.1, subjects=10) < 0.994


def test_a_rise_is_a_fall_seen_from_behind():
    prior = (Part(0.7, 0, 0.1), Part(0.3, 0.4, 0.2))
    assert chance_of_rise(10, 13, 0.1) == pytest.approx(1 - chance_of_fall(10, 13, 0.1))
    seen = chance_of_rise(10, 13, 0.1, 0.2, prior)
    variance = 2 * math.log1p(0.01)
    grid = [i * 1e-4 for i in range(-10000, 15000)]
    weight = [
        sum(p.weight / p.sd * math.exp(-0.5 * ((x - p.mean) / p.sd) ** 2) for p in prior)
        * math.exp(-0.5 * (math.log(1.3) - x) ** 2 / variance)
        for x in grid
    ]
    above = math.fsum(w for x, w in zip(grid, weight, strict=True) if x > math.log(1.2)) / math.fsum(weight)
    assert seen == pytest.approx(above, abs=1e-3)


def test_words_follow_the_limits_and_the_chance(paper):
    before, after = two(paper, 10, 12)
    inside = Change(before, after, -3, 3, (), 0.9)
    assert reads(inside) == "within measurement error"
    assert reads(replace(inside, high=1.9)) == "larger"
    assert reads(replace(inside, after=two(paper, 10, 5)[1])) == "smaller"
    words = [certainty(replace(inside, chance_real=c)) for c in (0.95, 0.94, 0.80, 0.79)]
    assert words == ["true", "probable", "probable", "not distinguishable from measurement error"]


def test_absolute_limits_are_symmetric(paper):
    numbers = two(paper, 40, 50, "density", unit="[hnsf'U]")
    found = bounds(*numbers, limits("density", "[hnsf'U]", "test", any=12), 12)
    assert (found.low, found.high) == pytest.approx((-12, 12))
    assert found.chance == pytest.approx(0.949, abs=1e-3)  # Phi(10 * 1.9587 / 12)


@pytest.mark.parametrize(("before", "after"), [(20, 0), (0, 20)])
def test_zero_has_absolute_limits(paper, before, after):
    found = bounds(*two(paper, before, after), TEN, 27.7)
    assert (found.low, found.high) == pytest.approx((-5.54, 5.54))
    assert "absolute limit" in found.basis
    assert found.chance > 0.999


def test_nothing_to_nothing_is_no_change(paper):
    found = bounds(*two(paper, 0, 0), TEN, 27.7)
    assert (found.low, found.high, found.chance) == (0, 0, 0.5)


def test_the_larger_doubt_governs(paper):
    small = bounds(*two(paper, 10, 12, uncertainty=0.1), TEN, 27.7)
    large = bounds(*two(paper, 10, 12, uncertainty=2), TEN, 27.7)
    assert small == bounds(*two(paper, 10, 12), TEN, 27.7)
    assert large.high > small.high
    assert large.chance < small.chance
    assert "govern" in large.basis
    flat = limits("density", "mm", "test", any=1)
    assert bounds(*two(paper, 10, 12, uncertainty=2), flat, 1).high == pytest.approx(1.9587 * math.sqrt(8), abs=1e-3)


def test_few_subjects_widen_the_limits_and_many_make_the_law_students(paper):
    numbers = two(paper, 10, 7)
    few = bounds(*numbers, limits("x", "%", "test", subjects=10, any=27.7), 27.7)
    many = bounds(*numbers, limits("x", "%", "test", subjects=40, any=27.7), 27.7)
    plain = bounds(*numbers, TEN, 27.7)
    assert few.high == pytest.approx(
        10 * math.expm1(2.77 * math.sqrt(math.log1p((0.1 * math.sqrt(10 / 3.24697)) ** 2)))
    )
    assert "10 subjects, so its upper limit 48.6 is used" in few.basis
    assert (many.low, many.high) == (plain.low, plain.high)
    assert 0.98 < many.chance < plain.chance


def test_limits_in_another_unit_are_refused(paper):
    with pytest.raises(Refusal, match="limits of x are in mm2"):
        bounds(*two(paper, 10, 7), limits("x", "mm2", "test", any=3), 3)


@given(st.floats(0.5, 500), st.floats(0.5, 500), st.floats(1, 80))
def test_outside_the_limits_is_at_least_975_in_1000(before, after, rc):
    made = Provenance("test", "1")
    numbers = [Measurement("long_axis", v, "mm", 0.0, "a", d, made) for v, d in zip((before, after), DAYS, strict=True)]
    found = bounds(*numbers, limits("long_axis", "%", "test", any=rc), rc)
    change = Change(*numbers, found.low, found.high, (), found.chance)
    assert found.low < 0 < found.high
    assert 0.5 <= found.chance <= 1
    assert change.real == (found.chance > 0.97493) or abs(found.chance - 0.97493) < 1e-4


def test_the_reference_is_the_first_or_the_previous_visit(paper):
    tables = [paper.table(8 * i, {"a": v}) for i, v in enumerate((20, 14, 21))]
    first = changed(paper, *tables)[2].of(Change)[0]
    previous = changed(paper, *tables, against="previous")[2].of(Change)[0]
    assert (first.before.value, first.real) == (20, False)
    assert (previous.before.value, previous.real) == (14, True)
    assert "repeatability, same scanner" in first.limits


def test_the_first_visit_has_no_change_and_misses_none(paper):
    course = changed(paper, paper.table(0, {"a": 20}))[0]
    assert course.of(Change) == course.of(Missing) == ()


def test_a_later_visit_in_the_history_changes_nothing(paper):
    tables = [paper.table(8 * i, {"a": v}) for i, v in enumerate((20, 14, 21))]
    courses = changed(paper, *tables, against="previous")
    way = paper.pathway(measure=(paper.card("long_axis", TEN),), against="previous")
    past = (paper.assessed(courses[2]), paper.assessed(courses[0]))
    again = paper.step(Course(tables[1], past, tables[1].facts), way)
    assert again.claims == courses[1].claims


def test_a_number_without_limits_has_no_change(paper):
    courses = changed(paper, paper.table(0, {"a": 20}), paper.table(8, {"a": 10}), real_change=None)
    assert courses[1].of(Change) == courses[1].of(Missing) == ()


def adc_visits(paper, serial=()):
    settings = [(*TITAN, ("slice_thickness_mm", mm), *serial) for mm in (5.0, 6.0)]
    values = (1167e-6, 1062e-6)
    return [
        Study("P", d, facts=(paper.number("mean_adc", v, "liver", d, settings=s, uncertainty=2e-5),))
        for d, v, s in zip(DAYS, values, settings, strict=True)
    ]


def test_adc_without_a_serial_number_is_not_comparable(paper):
    course = changed(paper, *adc_visits(paper), real_change=ADC, name="mean_adc", organ="liver")[1]
    (missing,) = course.of(Missing)
    assert (missing.what, missing.code) == ("change", "not_comparable")
    assert missing.reason == (
        "no serial number at either visit, so the scanner cannot be shown to be the same; "
        "no reproducibility limit is known"
    )
    assert course.of(Change) == ()


def test_adc_of_an_affirmed_scanner_has_the_limit_of_the_liver(paper):
    more = {"real_change": ADC, "name": "mean_adc", "organ": "brain", "scanners": (AFFIRMED,)}
    (change,) = changed(paper, *adc_visits(paper), **more)[1].of(Change)
    assert f"27 % ({QIBA})" in change.limits
    assert change.high / change.before.value == pytest.approx(
        math.expm1(2.77 * math.sqrt(math.log1p((0.27 / 2.77) ** 2)))
    )
    assert not change.real
    assert 0.75 < change.chance_real < 0.76
    assert [f.code for f in change.flags] == ["slice_thickness_changed"]


def test_another_scanner_has_the_reproducibility_limit_where_one_is_known(paper):
    wide = limits("mean_adc", "%", "test", other={"liver": 40}, liver=27)
    (change,) = changed(paper, *adc_visits(paper), real_change=wide, name="mean_adc", organ="liver")[1].of(Change)
    assert "reproducibility (no serial number at either visit" in change.limits
    assert "40 % (test)" in change.limits


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ({"name": "x", "finding": "lesion", "site": "Prostate"}, 27),
        ({"name": "x", "finding": "breast"}, 15),
        ({"name": "liver", "finding": ""}, 27),
        ({"name": "x", "finding": ""}, 8),
    ],
)
def test_the_nearest_place_gives_the_limit(paper, region, expected):
    visits = [
        Study("P", d, regions=(paper.region(**region),), facts=(paper.number("mean_adc", 1e-3, region["name"], d),))
        for d in DAYS
    ]
    (change,) = changed(paper, *visits, real_change=ADC, name="mean_adc", organ="brain")[1].of(Change)
    assert change.limits.startswith(f"repeatability, same scanner: {expected} %")


def test_a_place_without_limits_is_said_so(paper):
    courses = changed(
        paper, *adc_visits(paper, (("serial", "1"),)), real_change=limits("x", "%", "t", brain=8), name="mean_adc"
    )
    assert [(m.code, m.what) for m in courses[1].of(Missing)] == [("no_limits", "change")]


def test_another_unit_is_never_compared(paper):
    visits = [
        Study("P", d, facts=(paper.number("long_axis", 20, "a", d, unit=u),))
        for d, u in zip(DAYS, ("mm", "cm"), strict=True)
    ]
    (missing,) = changed(paper, *visits, real_change=limits("x", "%", "t", other={"any": 50}, any=8))[1].of(Missing)
    assert (missing.code, missing.reason) == ("not_comparable", "long_axis is in mm, then in cm")


def test_another_kind_of_image_is_never_compared(paper):
    kinds = [(*paper.scanner, ("role", role)) for role in ("ct", "mr")]
    visits = [
        Study("P", d, facts=(paper.number("long_axis", 20, "a", d, settings=s),))
        for d, s in zip(DAYS, kinds, strict=True)
    ]
    (missing,) = changed(paper, *visits, real_change=limits("x", "%", "t", other={"any": 50}, any=8))[1].of(Missing)
    assert (missing.code, missing.reason) == ("not_comparable", "the kind of image differs (ct, then mr)")


def test_treatments_between_are_listed_and_unknown_ones_flagged(paper):
    drug = Treatment("osimertinib", 80, "mg/d", paper.day(1), None, "csv")
    over = Treatment("carboplatin", None, "mg", date(2025, 1, 1), date(2025, 6, 1), "csv")
    vague = Treatment("dexamethasone", 4, "mg/d", None, None, "csv")
    tables = [paper.table(0, {"a": 20}, facts=(over, vague)), paper.table(8, {"a": 10}, facts=(drug,))]
    (change,) = changed(paper, *tables)[1].of(Change)
    assert change.treatments == (vague, drug)
    assert [f.code for f in change.flags] == ["unknown_treatment"]
    assert "dexamethasone" in change.flags[0].reason


def test_a_new_lesion_has_no_reference_and_needs_none(paper):
    course = changed(paper, paper.table(0, {"a": 20}), paper.table(8, {"a": 10, "b": 12}))[1]
    assert [c.region for c in course.of(Change)] == ["a"]
    assert course.of(Missing) == ()


def test_a_part_of_a_split_lesion_says_why_it_has_no_change(paper):
    course = changed(paper, paper.table(0, {"a": 20}), paper.table(8, {"a.1": 10, "a.2": 12}))[1]
    assert {(m.code, m.region) for m in course.of(Missing)} == {("no_reference", "a.1"), ("no_reference", "a.2")}
    assert "a part of a" in course.of(Missing)[0].reason


def test_an_earlier_number_that_was_refused_gives_its_reason(paper):
    first = paper.walk(paper.pathway(), [Study("P", DAYS[0], regions=(paper.region("a"),))])[0]
    first = first.add(Missing("long_axis", "a", DAYS[0], "uneven_slices", "slices lie unevenly"))
    now = paper.table(8, {"a": 10})
    way = paper.pathway(measure=(paper.card("long_axis", TEN),))
    (missing,) = paper.step(Course(now, (paper.assessed(first),), now.facts), way).of(Missing)
    assert (missing.code, missing.what) == ("no_reference", "change")
    assert "slices lie unevenly" in missing.reason


def test_an_uncertain_lesion_has_no_change(paper):
    visits = [
        Study("P", d, regions=(paper.region("a", tracking=str(i)),), facts=(paper.number("long_axis", 20, "a", d),))
        for i, d in enumerate(DAYS, 1)
    ]
    course = changed(paper, *visits)[1]
    assert [m.kind for m in course.of(Match)] == ["uncertain"]
    assert [m.code for m in course.of(Missing)] == ["uncertain_identity"]


def test_a_number_without_a_date_is_not_put_in_order(paper):
    undated = Study("P", None, facts=(paper.number("long_axis", 10, "a", None),))
    course = changed(paper, paper.table(0, {"a": 20}), undated)[1]
    assert [(m.code, m.what) for m in course.of(Missing)] == [("bad_date", "change")]
