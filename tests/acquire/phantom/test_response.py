"""The published cases are visits on paper, in order, with a label each."""

import pytest

from vivomap.acquire.phantom.response import percist, recist


@pytest.mark.parametrize(
    ("cases", "labels"), [(recist(), {"CR", "PR", "SD", "PD"}), (percist(), {"CMR", "PMR", "SMD", "PMD"})]
)
def test_every_label_has_its_cases_and_every_case_its_source(cases, labels):
    assert {c.label for c in cases} == labels
    assert len({c.name for c in cases}) == len(cases)
    for case in cases:
        days = [v.day for v in case.visits]
        assert days == sorted(set(days))
        assert len(days) > 1
        assert case.source
        assert all(m.day == v.day for v in case.visits for m in v.facts)


def test_nodes_go_by_their_short_axis_and_what_is_not_named_was_searched_for():
    first = recist()[0].visits[0]
    assert {m.region: m.name for m in first.facts}["node_1"] == "short_axis"
    gone = next(c for c in percist() if c.name == "gone")
    assert gone.visits[1].searched == ("a",)
