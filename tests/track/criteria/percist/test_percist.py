"""The card of PERCIST 1.0 on whole patients: the label, its reasons and its noise stand side by side."""

import math
from dataclasses import replace

import pytest

from vivomap.acquire.phantom import response
from vivomap.core import Missing, Study, Treatment, Verdict, discover, limits
from vivomap.core.criterion import Criterion
from vivomap.maths.statistics import normal_cdf
from vivomap.track.criteria.percist import PARAMETERS, PERCIST

SD = math.sqrt(2 * math.log1p(0.01))  # of ln(P/B) at a wCV of 10 %


def scan(paper, week, peaks, doubt=0.0, liver=1.0, **more):
    at = paper.day(week)
    numbers = [paper.number("sul_peak", v, k, at, uncertainty=doubt) for k, v in peaks.items()]
    reference = paper.number("liver_sul", liver, "", at, settings=(("sd", 0.1),))
    return Study("P", at, facts=(*numbers, reference, *more.pop("facts", ())), **more)


def judged(paper, *studies, **more):
    return paper.walk(paper.pathway(judge=(PERCIST,), **more), studies)


def verdict(paper, *studies, **more):
    return judged(paper, *studies, **more)[-1].of(Verdict)[0]


def test_worked_examples_and_how_often_error_gives_them(paper):
    first = scan(paper, 0, {"a": 8.0})
    fallen = verdict(paper, first, scan(paper, 8, {"a": 5.4}))
    assert (fallen.category, fallen.day) == ("PMR", paper.day(8))
    assert fallen.chance_noise == pytest.approx(normal_cdf(math.log(0.7) / SD))
    small = verdict(paper, scan(paper, 0, {"a": 2.0}), scan(paper, 8, {"a": 1.3}))
    assert small.category == "SMD"
    assert small.chance_noise == pytest.approx(1 - normal_cdf(math.log(0.6) / SD) - normal_cdf(-math.log(1.4) / SD))
    risen = verdict(paper, scan(paper, 0, {"a": 5.0}), scan(paper, 8, {"b": 6.6, "a": 1.0}, searched=()))
    assert risen.category == "PMD"


def test_progression_of_one_lesion_by_error_alone(paper):
    found = verdict(paper, scan(paper, 0, {"a": 5.0}), scan(paper, 8, {"a": 6.6}))
    assert found.category == "PMD"
    assert found.chance_noise == pytest.approx(normal_cdf(-math.log(1.3) / SD))


def test_a_new_lesion_is_no_error(paper):
    found = verdict(paper, scan(paper, 0, {"a": 8.0}), scan(paper, 8, {"a": 4.0, "b": 3.0}))
    assert (found.category, found.chance_noise) == ("PMD", 0)


def test_a_complete_response_and_its_noise(paper):
    gone = verdict(paper, scan(paper, 0, {"a": 8.0}), scan(paper, 8, {}, searched=("a",)))
    assert (gone.category, gone.chance_noise) == ("CMR", 0)


def test_extent_has_no_limits_so_error_is_not_ruled_out(paper):
    rows = [
        scan(paper, 8 * i, {"a": 8.0}, facts=(paper.number("tlg", t, "a", paper.day(8 * i)),))
        for i, t in enumerate((10, 30))
    ]
    found = verdict(paper, *rows)
    assert (found.category, found.chance_noise) == ("PMD", 1)


def test_wider_limits_or_doubt_make_the_label_likelier_by_error(paper):
    first, second = scan(paper, 0, {"a": 10.0}), scan(paper, 8, {"a": 6.8})
    plain = verdict(paper, first, second)
    card = paper.card("sul_peak", limits("sul_peak", "%", "test", any=41.6))
    wide = verdict(paper, first, second, measure=(card,))
    doubt = verdict(paper, scan(paper, 0, {"a": 10.0}, 2.5), scan(paper, 8, {"a": 6.8}, 1.7))
    assert plain.category == wide.category == doubt.category == "PMR"
    assert plain.chance_noise < wide.chance_noise < doubt.chance_noise
    assert wide.chance_noise == pytest.approx(
        normal_cdf(math.log(0.7) / math.sqrt(2 * math.log1p((0.416 / 2.77) ** 2)))
    )
    assert any(r.startswith("within measurement error") for r in doubt.reasons)
    assert not any(r.startswith("within measurement error") for r in plain.reasons)


def test_a_baseline_is_called_so(paper):
    found = verdict(paper, scan(paper, 0, {"a": 8.0, "b": 5.0}))
    assert found.category == "baseline"
    assert found.reasons == ("SULpeak 8 in the hottest lesion, a",)


@pytest.mark.parametrize(
    ("studies", "code"),
    [(((0, 1.5), (8, 1.4)), "not_evaluable"), (((0, 8.0), (8, 8.0, 1.5)), "gate_failed")],
)
def test_what_does_not_hold_gives_a_missing_verdict(paper, studies, code):
    rows = [scan(paper, week, {"a": peak}, liver=liver[0] if liver else 1.0) for week, peak, *liver in studies]
    (missing,) = judged(paper, *rows)[-1].of(Missing)
    assert (missing.name, missing.what, missing.code) == ("percist", "verdict", code)


@pytest.mark.parametrize(
    ("what", "days", "said"),
    [
        ("chemotherapy", 9, True),
        ("chemotherapy", 10, False),
        ("radiotherapy", 83, True),
        ("radiotherapy", 84, False),
        ("surgery", 1, False),
    ],
)
def test_a_recent_treatment_may_itself_take_up_the_tracer(paper, what, days, said):
    end = paper.day(16 - days / 7)
    done = Treatment(what, None, "", paper.day(1), end, "csv")
    rows = scan(paper, 0, {"a": 8.0}), scan(paper, 16, {"a": 5.0}, facts=(done,))
    assert any("inflammation" in r for r in verdict(paper, *rows).reasons) is said


def test_a_verdict_rests_on_the_two_hottest_lesions(paper):
    rows = scan(paper, 0, {"a": 8.0, "b": 5.0}), scan(paper, 8, {"a": 3.0, "b": 4.0})
    assert len(verdict(paper, *rows).because) == 2


def test_the_card_is_found_and_what_is_from_memory_says_so():
    assert discover("vivomap.track.criteria", Criterion)["percist"] == PERCIST
    unseen = {p.name for p in PARAMETERS if not p.seen}
    assert "percist_liver_factor" in unseen
    assert "percist_response_percent" not in unseen
    assert replace(PERCIST).values()["percist_least_sul"] == 0.8


@pytest.mark.parametrize("case", response.percist(), ids=lambda c: c.name)
def test_every_published_case_gets_its_label(paper, case):
    courses = paper.walk(paper.pathway(judge=(PERCIST,)), case.visits)
    assert courses[-1].of(Verdict)[0].category == case.label
