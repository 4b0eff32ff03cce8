"""How often measurement error alone gives a label: against simulation, and in the cases that a closed form shows."""

import math
from dataclasses import replace

import numpy as np
import pytest

from vivomap.core import limits
from vivomap.maths.statistics import normal_cdf
from vivomap.track.criteria.recist import PARAMETERS, PREFIX
from vivomap.track.criteria.recist.noise import nadir_visit, noise, states
from vivomap.track.criteria.recist.reading import read
from vivomap.track.criteria.recist.rules import Response, Target, respond

VALUES = {p.name.removeprefix(PREFIX): p.value for p in PARAMETERS}
OXNARD = 2.4 / math.sqrt(2)  # mm: standard deviation of the difference 2.4 mm, Oxnard, J Clin Oncol 2011


def heard(paper, *tables, way=None):
    course = paper.walk(way or paper.pathway(), tables)[-1]
    reading = read(course, VALUES)
    response = respond(reading.visits, VALUES)[-1]
    return response, noise(response, reading, course, VALUES)


def table(paper, week, sizes, doubt):
    rows = [paper.number("long_axis", v, k, paper.day(week), uncertainty=doubt) for k, v in sizes.items()]
    return replace(paper.table(week, {}), facts=tuple(rows))


def test_one_lesion_of_10_mm_is_called_progressive_by_error_alone(paper):
    response, found = heard(paper, table(paper, 0, {"a": 10}, OXNARD), table(paper, 8, {"a": 15}, OXNARD))
    assert response.overall == "PD"
    assert found.chance == pytest.approx(1 - normal_cdf(5 / 2.4), abs=1e-9)


def test_a_response_of_two_lesions_by_error_alone(paper):
    sizes = ({"a": 20, "b": 12}, {"a": 12, "b": 10})
    response, found = heard(paper, *(table(paper, 8 * i, s, OXNARD) for i, s in enumerate(sizes)))
    assert response.overall == "PR"
    assert found.chance == pytest.approx(normal_cdf(-0.3 * 32 / (2.4 * math.sqrt(2))), abs=1e-9)
    assert found.remarks == ()


def test_every_state_agrees_with_a_simulation():
    then = (Target("a", 30.0), Target("n", 12.0, True), Target("m", 11.0, True))
    spreads = (3.0, 2.0, 2.0)
    response = respond_stub(baseline=60.0, nadir=53.0)
    found = states(response, then, spreads, VALUES)
    total = 53 + (np.random.default_rng(7).normal(size=(400_000, 3)) * spreads).sum(axis=1)
    worse, less = (total >= 63.6).mean(), (total <= 42).mean()
    assert found["CR"] == 0
    assert found["PD"] == pytest.approx(worse, abs=3e-3)
    assert found["PR"] == pytest.approx(less, abs=3e-3)
    assert math.fsum(found.values()) == pytest.approx(1)


def respond_stub(baseline, nadir):
    return Response("SD", "none", (), "SD", nadir, baseline, nadir, ())


def test_nodes_alone_may_be_gone_by_error():
    then = (Target("n", 15.0, True), Target("m", 16.0, True))
    found = states(respond_stub(31.0, 31.0), then, (3.0, 4.0), VALUES)
    assert found["CR"] == pytest.approx(normal_cdf(-5 / 3) * normal_cdf(-6 / 4))


def test_limits_of_the_card_govern_where_they_are_wider(paper):
    way = paper.pathway(measure=(paper.card("long_axis", limits("long_axis", "%", "test", any=27.7)),))
    tables = table(paper, 0, {"a": 50}, 0.1), table(paper, 8, {"a": 62}, 0.1)
    _, narrow = heard(paper, *tables)
    response, wide = heard(paper, *tables, way=way)
    assert response.overall == "PD"
    assert narrow.chance < 1e-6 < wide.chance
    spread = math.sinh(2.77 * math.sqrt(math.log1p(0.01))) / 2.77 * math.sqrt(2)
    assert wide.chance == pytest.approx(1 - normal_cdf(0.2 / spread), rel=1e-6)
    assert any("within measurement error" in r for r in wide.remarks)
    assert not any("within measurement error" in r for r in narrow.remarks)


def test_errors_of_size_make_no_new_lesion(paper):
    response, found = heard(paper, table(paper, 0, {"a": 20}, 1), table(paper, 8, {"a": 20, "b": 12}, 1))
    assert (response.overall, found.chance) == ("PD", 0)


def test_errors_of_size_bring_no_lesion_back(paper):
    sizes = ({"a": 20}, {"a": 0}, {"a": 3})
    response, found = heard(paper, *(table(paper, 8 * i, s, 1) for i, s in enumerate(sizes)))
    assert (response.overall, found.chance) == ("PD", 0)


def test_a_complete_response_of_what_is_no_node_is_never_error(paper):
    response, found = heard(paper, table(paper, 0, {"a": 20}, 5), table(paper, 8, {"a": 0}, 5))
    assert (response.overall, found.chance) == ("CR", 0)


def test_what_was_not_evaluated_says_nothing(paper):
    response, found = heard(paper, table(paper, 0, {"a": 20}, 1), table(paper, 8, {}, 1))
    assert (response.overall, found.chance) == ("NE", 1)


def test_stable_is_what_error_alone_usually_gives(paper):
    response, found = heard(paper, table(paper, 0, {"a": 50}, 1), table(paper, 8, {"a": 51}, 1))
    assert response.overall == "SD"
    assert found.chance > 0.999


def test_the_nadir_is_the_first_of_the_smallest_whole_sums(paper):
    tables = [table(paper, 8 * i, {"a": v}, 1) for i, v in enumerate((50, 30, 30, 40))]
    course = paper.walk(paper.pathway(), tables)[-1]
    assert nadir_visit(read(course, VALUES), VALUES) == 1


def test_sizes_that_may_not_be_compared_are_named(paper):
    way = paper.pathway(measure=(paper.card("long_axis", limits("long_axis", "%", "test", any=10)),))
    first = table(paper, 0, {"a": 50}, 1)
    other = paper.number("long_axis", 30, "a", paper.day(8), settings=(("model", "M2"),))
    _, found = heard(paper, first, replace(first, day=paper.day(8), facts=(other,)), way=way)
    assert any("not shown to be comparable" in r for r in found.remarks)
