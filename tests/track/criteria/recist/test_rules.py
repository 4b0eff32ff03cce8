"""The rules of RECIST 1.1 on plain numbers: every worked example, the whole table, each limit from both sides."""

from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivomap.core import Refusal
from vivomap.maths.statistics import exact
from vivomap.track.criteria.recist import PARAMETERS, PREFIX
from vivomap.track.criteria.recist.rules import (
    NONTARGETS,
    STATES,
    Target,
    Visit,
    overall,
    percent,
    progression_mm,
    respond,
)

VALUES = {p.name.removeprefix(PREFIX): p.value for p in PARAMETERS}
EPSILON = 1e-9


def visit(week, *sizes, nodes=(), **more):
    targets = [Target(f"a{i}", s) for i, s in enumerate(sizes)] + [
        Target(f"n{i}", s, True) for i, s in enumerate(nodes)
    ]
    return Visit(date(2026, 1, 1) + timedelta(weeks=week), tuple(targets), **more)


def last(*visits, **values):
    return respond(visits, {**VALUES, **values})[-1]


def sums(*totals):
    return [visit(8 * i, total) for i, total in enumerate(totals)]


def test_example_1_a_fall_of_41_percent_is_a_partial_response():
    found = last(visit(0, 40, 22, nodes=(18,)), visit(8, 26, 12, nodes=(9,)))
    assert (found.overall, found.sum_mm, found.baseline_mm) == ("PR", 47, 80)
    assert "from baseline 80 mm: −41.2 %" in found.reasons


def test_example_2_all_gone_and_a_normal_node_is_a_complete_response():
    found = last(visit(0, 40, 22, nodes=(18,)), visit(8, 0, 0, nodes=(9,), nontarget="CR"))
    assert (found.overall, found.target, found.sum_mm) == ("CR", "CR", 9)


def test_example_3_a_node_back_after_a_complete_response_is_progression():
    visits = visit(0, 40, 22, nodes=(18,)), visit(8, 0, 0, nodes=(9,)), visit(16, 0, 0, nodes=(12,))
    found = last(*visits)
    assert (found.overall, found.sum_mm, found.nadir_mm) == ("PD", 12, 9)
    assert exact(12) < progression_mm(exact(9), VALUES)  # +33 %, +3 mm: the sum alone is none
    assert "only a node is back: image it again first" in found.reasons


def test_example_4_between_both_limits_is_stable():
    found = last(*sums(100, 60, 71))
    assert (found.overall, found.nadir_mm) == ("SD", 60)
    assert {"from baseline 100 mm: −29.0 %", "from nadir 60 mm: +18.3 %, +11 mm"} <= set(found.reasons)


def test_example_5_a_large_share_of_a_small_sum_is_not_progression():
    assert last(*sums(40, 20, 24.5)).overall != "PD"
    assert last(*sums(20, 24.5)).overall == "SD"


def test_example_6_a_new_lesion_outweighs_a_response():
    found = last(visit(0, 100), visit(8, 65, new=("liver_1",)))
    assert (found.target, found.overall, found.new) == ("PR", "PD", ("liver_1",))


def test_example_7_nothing_is_rounded_up():
    found = last(*sums(100, 70.1))
    assert found.overall == "SD"
    assert "from baseline 100 mm: −29.9 %" in found.reasons
    assert percent(exact(70.02), exact(100)) == "−29.9 %"
    assert percent(exact(0), exact(0)) == "from 0 mm"
    assert percent(exact(100), exact(100)) == "0.0 %"


@pytest.mark.parametrize(("target", "nontarget", "new"), list(product(STATES, NONTARGETS, (False, True))))
def test_the_whole_table_of_the_overall_response(target, nontarget, new):
    table = {  # target: non-target -> overall, without new lesions (Eisenhauer 2009, tables 1 and 2)
        "CR": {"CR": "CR", "non-CR/non-PD": "PR", "PD": "PD", "NE": "PR", "none": "CR"},
        "PR": {"CR": "PR", "non-CR/non-PD": "PR", "PD": "PD", "NE": "PR", "none": "PR"},
        "SD": {"CR": "SD", "non-CR/non-PD": "SD", "PD": "PD", "NE": "SD", "none": "SD"},
        "PD": {"CR": "PD", "non-CR/non-PD": "PD", "PD": "PD", "NE": "PD", "none": "PD"},
        "NE": {"CR": "NE", "non-CR/non-PD": "NE", "PD": "PD", "NE": "NE", "none": "NE"},
        "none": {"CR": "CR", "non-CR/non-PD": "non-CR/non-PD", "PD": "PD", "NE": "NE", "none": "NE"},
    }
    assert overall(target, nontarget, new) == ("PD" if new else table[target][nontarget])


@pytest.mark.parametrize(
    ("totals", "label"),
    [
        ((100, 70), "PR"),
        ((100, 70 + EPSILON), "SD"),
        ((100, 120), "PD"),
        ((100, 120 - EPSILON), "SD"),
        ((20, 25), "PD"),
        ((20, 25 - EPSILON), "SD"),
        ((25, 30), "PD"),
        ((25, 30 - EPSILON), "SD"),
        ((0.3, 0.21), "PR"),  # 0.7 * 0.3 is 0.21 in decimals and not in binary floats
        ((33.3, 39.96), "PD"),  # 1.2 * 33.3 likewise
        ((12.1, 8.47), "PR"),
    ],
)
def test_each_limit_from_both_sides(totals, label):
    assert last(*sums(*totals)).overall == label


def test_sums_of_decimals_are_exact():
    found = last(visit(0, 0.1, 0.2, 29.7), visit(8, 0.1, 0.2, 20.7))
    assert (found.sum_mm, found.overall) == (21, "PR")


@pytest.mark.parametrize(("node", "label"), [(10 - EPSILON, "CR"), (10, "PR")])
def test_a_node_is_normal_below_10_mm(node, label):
    assert last(visit(0, 30, nodes=(18,)), visit(8, 0, nodes=(node,))).overall == label


def test_normal_nodes_that_grow_and_stay_normal_are_no_progression():
    assert last(visit(0, nodes=(16, 16)), visit(8, nodes=(4, 4)), visit(16, nodes=(9.9, 9.9))).overall == "CR"


def test_too_small_to_measure_counts_5_mm_and_is_not_gone():
    small = Visit(date(2026, 3, 1), (Target("a0", None, too_small=True),))
    found = last(visit(0, 40), small)
    assert (found.overall, found.sum_mm) == ("PR", 5)
    true = Visit(date(2026, 3, 1), (Target("a0", 3.5, too_small=True),))
    assert last(visit(0, 40), true).sum_mm == 3.5
    assert last(visit(0, 40), small, too_small_mm=4).sum_mm == 4


def test_a_target_that_was_not_evaluated_leaves_no_label_unless_progression_is_certain():
    found = last(visit(0, 40, 20), visit(8, 20, None))
    assert (found.overall, found.sum_mm) == ("NE", None)
    assert "targets: NE; not evaluated: a1" in found.reasons
    assert last(visit(0, 40, 20), visit(8, 72, None)).overall == "PD"
    assert last(visit(0, 40, 20), visit(8, 20, None, new=("b",))).overall == "PD"
    assert last(visit(0, 40, 20), visit(8, 20, None, nontarget="PD")).overall == "PD"
    assert last(visit(0, 40), visit(8, None), visit(16, 28)).nadir_mm == 40


def test_a_target_back_before_any_complete_response_joins_the_sum():
    lost, back = visit(8, 30, 0), visit(16, 30, 5)
    assert last(visit(0, 40, 20), lost, back).overall == "PR"  # 35 after a nadir of 30: +16.7 %
    assert last(visit(0, 40, 20), lost, visit(16, 30, 6)).overall == "PD"  # 36: +20 % and +6 mm


def test_anything_back_after_a_complete_response_is_progression():
    start, gone = visit(0, 40, nontarget="non-CR/non-PD"), visit(8, 0, nontarget="CR")
    assert last(start, gone, visit(16, 1, nontarget="CR")).overall == "PD"
    assert last(start, gone, visit(16, 0, nontarget="non-CR/non-PD")).overall == "PD"
    assert last(start, gone, visit(16, 0, nontarget="CR")).overall == "CR"


def test_progression_is_counted_from_the_smallest_sum_also_the_baseline():
    assert [r.overall for r in respond(sums(50, 60), VALUES)] == ["PD"]
    assert [r.overall for r in respond(sums(50, 30, 36), VALUES)] == ["PR", "PD"]
    assert last(*sums(50, 30, 36)).nadir_mm == 30


def test_without_targets_the_other_lesions_speak():
    found = last(visit(0, nontarget="non-CR/non-PD"), visit(8, nontarget="CR"))
    assert (found.target, found.overall, found.sum_mm) == ("none", "CR", None)


@pytest.mark.parametrize(
    ("days", "labels", "confirmed"),
    [
        ((56, 83), (60, 60), "to be confirmed after 4 weeks or more"),
        ((56, 84), (60, 60), "confirmed"),
        ((56, 84), (0, 0), "confirmed"),
        ((56, 84), (60, 0), "to be confirmed after 4 weeks or more"),
        ((28, 56, 84), (60, 90, 60), "to be confirmed after 4 weeks or more"),
    ],
)
def test_confirmation_is_asked_for_where_a_protocol_asks(days, labels, confirmed):
    start = date(2026, 1, 1)
    later = [Visit(start + timedelta(days=d), (Target("a", s),)) for d, s in zip(days, labels, strict=True)]
    visits = [Visit(start, (Target("a", 100),)), *later]
    found = last(*visits, confirm_weeks=4, progression_percent=900)
    assert found.confirmed == confirmed
    assert last(*visits).confirmed == "not required"


@pytest.mark.parametrize("visits", [(), (visit(8, 10), visit(0, 10)), (visit(0, 10), visit(0, 10))])
def test_visits_out_of_order_are_refused(visits):
    with pytest.raises(Refusal) as refused:
        respond(visits, VALUES)
    assert refused.value.code == "not_evaluable"


def test_a_baseline_without_a_size_is_refused():
    with pytest.raises(Refusal, match="no size at baseline"):
        respond([visit(0, None), visit(8, 10)], VALUES)
    with pytest.raises(Refusal, match="is not what non-target lesions can be"):
        visit(0, 10, nontarget="worse")


@given(st.lists(st.integers(0, 2000), min_size=2, max_size=7), st.integers(0, 2000))
def test_a_later_visit_changes_no_earlier_answer(tenths, more):
    totals = [10 + t / 10 for t in tenths]
    assert respond(sums(*totals, more / 10), VALUES)[:-1] == respond(sums(*totals), VALUES)


@given(st.lists(st.integers(1, 900), min_size=2, max_size=5), st.integers(2, 9))
def test_only_the_absolute_limit_knows_millimetres(tenths, factor):
    free = {**VALUES, "progression_mm": 0}
    labels = [r.overall for r in respond(sums(*(t / 10 for t in tenths)), free)]
    assert labels == [r.overall for r in respond(sums(*(factor * t / 10 for t in tenths)), free)]


@given(st.permutations([31.5, 12.2, 18.0, 11.1]), st.permutations([20.5, 0.0, 9.9, 14.0]))
def test_the_order_of_targets_does_not_matter(before, after):
    assert (
        last(visit(0, *before), visit(8, *after)).overall
        == last(visit(0, *sorted(before)), visit(8, *sorted(after))).overall
    )
