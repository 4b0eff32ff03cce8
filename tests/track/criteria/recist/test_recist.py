"""The card of RECIST 1.1 on whole patients: the label, its reasons and its noise stand side by side."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivomap.acquire.phantom import response
from vivomap.core import Course, Missing, Site, Study, Threshold, Verdict, adapt, discover, identify, limits
from vivomap.core.criterion import Criterion
from vivomap.track.criteria.recist import PARAMETERS, RECIST

LIMITS = limits("long_axis", "%", "test", any=27.7)


def verdicts(paper, *tables, way=None):
    courses = paper.walk(way or paper.pathway(judge=(RECIST,)), tables)
    return [c.of(Verdict)[0] for c in courses]


def labels(paper, *tables, **more):
    return [v.category for v in verdicts(paper, *tables, **more)]


def test_a_patient_from_baseline_to_progression(paper):
    rows = (
        {"liver_1": 40, "lung_1": 22, "node_1": 18},
        {"liver_1": 26, "lung_1": 12, "node_1": 9},
        {"liver_1": 0, "lung_1": 0, "node_1": 9},
        {"liver_1": 0, "lung_1": 0, "node_1": 12},
    )
    tables = [paper.table(8 * i, row) for i, row in enumerate(rows)]
    found = verdicts(paper, *tables)
    assert [v.category for v in found] == ["baseline", "PR", "CR", "PD"]
    assert found[0].reasons[0] == "targets: liver_1, lung_1, node_1; sum 80 mm"
    assert "targets, chosen at baseline: liver_1, lung_1, node_1" in found[1].reasons
    assert "only a node is back: image it again first" in found[3].reasons
    assert all(v.day == t.day for v, t in zip(found, tables, strict=True))


def test_a_new_liver_lesion_outweighs_a_response(paper):
    tables = paper.table(0, {"lung_1": 100}), paper.table(8, {"lung_1": 65, "liver_1": 12})
    verdict = verdicts(paper, *tables)[1]
    assert (verdict.category, verdict.chance_noise) == ("PD", 0)
    assert "new: liver_1" in verdict.reasons


def test_the_label_is_kept_when_the_change_lies_within_error(paper):
    way = paper.pathway(judge=(RECIST,), measure=(paper.card("long_axis", LIMITS),))
    verdict = verdicts(paper, paper.table(0, {"a": 50}), paper.table(8, {"a": 61}), way=way)[1]
    assert verdict.category == "PD"
    assert any(r.startswith("within measurement error") for r in verdict.reasons)
    assert 0.05 < verdict.chance_noise < 0.15


def test_a_verdict_names_the_numbers_it_rests_on(paper):
    tables = paper.table(0, {"a": 50}), paper.table(8, {"a": 30})
    verdict = verdicts(paper, *tables)[1]
    assert {identify(t.facts[0]) for t in tables} == set(verdict.because)
    assert verdict.provenance.maker == "vivomap.track.criteria.recist:recist"
    assert dict(verdict.provenance.settings)["recist_response_percent"] == 30


def test_no_lesion_gives_a_missing_verdict_with_its_code(paper):
    (course,) = paper.walk(paper.pathway(judge=(RECIST,)), [Study("P", paper.day(0))])
    (missing,) = course.of(Missing)
    assert (missing.name, missing.what, missing.code) == ("recist", "verdict", "not_evaluable")


def test_a_site_may_sign_another_limit(paper):
    signed = Threshold("recist_progression_percent", 50, "%", "local: protocol 7", "C", 2, "Dr A", date(2026, 1, 1))
    way = paper.pathway(judge=(RECIST,))
    tables = paper.table(0, {"a": 50}), paper.table(8, {"a": 61})
    assert labels(paper, *tables, way=way) == ["baseline", "PD"]
    assert labels(paper, *tables, way=adapt(way, Site("here", (signed,)))) == ["baseline", "SD"]


def test_the_card_is_found_and_each_parameter_has_its_source():
    assert discover("vivomap.track.criteria", Criterion)["recist"] == RECIST
    assert all(p.name.startswith("recist_") and p.source for p in PARAMETERS)
    assert len({p.name for p in PARAMETERS}) == len(PARAMETERS)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=2, max_size=5), st.randoms())
def test_neither_the_order_of_the_history_nor_a_later_visit_matters(paper, rows, shuffle):
    first = paper.table(0, {"lung_1": 30, "liver_1": 20})
    tables = [first, *(paper.table(8 * i, {"lung_1": a, "liver_1": b}) for i, (a, b) in enumerate(rows, 1))]
    way = paper.pathway(judge=(RECIST,))
    courses = paper.walk(way, tables)
    past = [paper.assessed(c) for c in courses]
    shuffle.shuffle(past)
    middle = len(tables) // 2
    again = paper.step(Course(tables[middle], tuple(past), tables[middle].facts), way)
    assert again.claims == courses[middle].claims


@pytest.mark.parametrize("case", response.recist(), ids=lambda c: c.name)
def test_every_published_case_gets_its_label(paper, case):
    courses = paper.walk(paper.pathway(judge=(RECIST,)), case.visits)
    assert courses[-1].of(Verdict)[0].category == case.label
