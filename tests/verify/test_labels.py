"""Criteria give the label of every published case; where they do not, the row says so."""

from dataclasses import replace

import pytest

from vivomap.core import Criterion, discover
from vivomap.verify.labels import label, of_criterion, of_model
from vivomap.verify.trial import maker

CRITERIA = discover("vivomap.track.criteria", Criterion)


@pytest.mark.parametrize("name", CRITERIA)
def test_every_criterion_gives_every_published_label(name):
    rows = of_criterion(CRITERIA[name])
    assert len(rows) >= 10
    assert [r.reason for r in rows if not r.ok] == []
    assert all(isinstance(r.truth, str) and r.source for r in rows)


def test_another_limit_gives_another_label_and_a_row_that_fails():
    card = CRITERIA["recist"]
    lax = tuple(replace(p, value=0) if p.name == "recist_progression_mm" else p for p in card.parameters)
    wrong = [r for r in of_criterion(replace(card, parameters=lax)) if not r.ok]
    assert [r.biomarker for r in wrong] == ["recist: +22.5 % but +4.5 mm", "recist: a hair below +5 mm"]
    assert wrong[0].reason == "called PD, published SD"


def test_a_criterion_without_cases_is_unproven():
    (row,) = of_criterion(replace(CRITERIA["recist"], truth=""))
    assert (row.verdict, row.reason) == ("unproven", "the card names no published cases")
    (row,) = of_criterion(replace(CRITERIA["recist"], truth="vivomap.nowhere:cases"))
    assert row.reason.startswith("its cases broke")


def test_a_refusal_is_told_by_its_code():
    (first, *_) = maker(CRITERIA["percist"].truth)()
    bare = first._replace(visits=tuple(replace(v, day=None) for v in first.visits))
    assert label(CRITERIA["percist"], bare) == "bad_date"


def test_a_model_is_unproven_until_it_names_a_phantom():
    class Named:
        name, source = "risk", "test"

    assert of_model(Named()).verdict == "unproven"
