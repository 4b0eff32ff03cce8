"""Every number, what is missing, options and warnings."""

from __future__ import annotations

from dataclasses import replace

from vivomap.core import Assessment, Change, Flag, Missing, Proposal
from vivomap.core.errors import first_remedy
from vivomap.report.story import Story
from vivomap.report.tables import columns, every_number, gaps, heads, offers, remedy, warnings

Case = tuple[Assessment, tuple[Assessment, ...]]


def test_every_number_of_every_visit_is_in_the_table(four_visits: Case) -> None:
    rows = every_number(Story.of(*four_visits))
    assert [(r.letter, r.name) for r in rows] == [(c, n) for c in "ABCD" for n in ("long axis", "volume")]
    first = rows[0]
    assert [c.reading.value.text for c in first.cells if c.reading] == ["42.0", "25.5", "24.0", "33.0"]
    assert [c.hollow for c in first.cells] == [False, False, True, False]
    assert first.moved
    assert first.moved.amount.text == "−21"
    assert rows[-1].cells[0].reading is None
    assert rows[-1].why == "first value"


def test_many_visits_keep_the_reference_and_the_latest(four_visits: Case) -> None:
    now, history = four_visits
    longer = Story.of(now, (*history, *history[1:], *history[1:]))
    shown = columns(longer)
    assert len(shown) == len(heads(longer)) == 4
    assert shown[0] == 0
    assert shown[-1] == len(longer.visits) - 1


def test_alike_gaps_stand_together_the_gravest_first(four_visits: Case) -> None:
    now, history = four_visits
    more = Missing("recist", "", now.study.day, "not_evaluable", "no baseline", "verdict")
    found = gaps(Story.of(replace(now, claims=(*now.claims, more)), history))
    assert [g.what for g in found] == ["RECIST 1.1", "A, C: mean ADC", "D: density"]
    assert found[0].said == "No verdict"
    assert all(g.remedy and g.code for g in found)


def test_every_gap_says_what_would_mend_it() -> None:
    assert remedy("not_comparable") == first_remedy("not_comparable").split("; ")[0]
    assert "no remedy" in remedy("no_such_code")


def test_an_option_that_its_card_does_not_weigh_says_so() -> None:
    bare, weighed = offers((Proposal("wait", "P", "project"), Proposal("biopsy", "B", "a paper", (), -0.6, -1.9, 0.8)))
    assert (bare.option, bare.gain, bare.harm, bare.benefit) == ("Wait", "not stated", "not stated", "not weighed")
    assert (weighed.benefit, weighed.span) == ("−0.6", "−1.9 to +0.8")


def test_a_warning_is_said_once_with_all_it_warns_of(four_visits: Case, pet: Case) -> None:
    (sent,) = warnings(Story.of(*four_visits))
    assert (sent.code, sent.of) == ("sent_twice", "CT chest 4 mm")
    (late,) = warnings(Story.of(*pet))
    assert late.of == "A SUVmax"


def test_flags_of_changes_and_of_the_visit_are_carried(two_visits: Case, undated: Case) -> None:
    now, history = two_visits
    unknown = Flag("unknown_treatment", "it is not known when dexamethasone began")
    claims = tuple(replace(c, flags=(unknown,)) if isinstance(c, Change) else c for c in now.claims)
    (warned,) = warnings(Story.of(replace(now, claims=claims), history))
    assert warned.of == "A long axis, A volume, B long axis, B volume, C long axis, C volume"
    assert any(w.code == "bad_date" and w.of == "this visit" for w in warnings(Story.of(*undated)))
