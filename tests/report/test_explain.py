"""From a number to its voxels."""

from __future__ import annotations

import pytest

from vivomap.core import Assessment, Change, Decision, Measurement, Refusal, Verdict, identify
from vivomap.report.explain import chain

Case = tuple[Assessment, tuple[Assessment, ...]]


def of(case: Case, kind: type) -> object:
    return next(c for c in case[0].claims if isinstance(c, kind))


def test_a_change_leads_to_both_numbers_and_their_voxels(four_visits: Case) -> None:
    now, history = four_visits
    change = of(four_visits, Change)
    said = chain(identify(change)[:10], (*history, now))
    lines = said.splitlines()
    assert lines[0].endswith(
        "change: long axis of lung_1: −21 % (95 % interval −28 to −14), smaller, P (real change) >\u202f0.99"
    )
    assert now.study.images[0].voxels.digest[:12] in said
    assert history[0].study.images[0].voxels.digest[:12] in said
    assert "made by vivomap.quantify.size:long_axis, vivomap 0.1.0" in said
    assert "between: dexamethasone 4 mg/d, start not known" in said
    assert "1.2.826.4.0" in said
    assert "one of 40 objects was sent twice" in said


def test_a_verdict_tells_all_that_it_rests_on_and_voxels_once(two_visits: Case) -> None:
    now, history = two_visits
    verdict = of(two_visits, Verdict)
    said = chain(identify(verdict), (*history, now))
    assert said.count("measurement: ") == 6
    assert "because targets: PR" in said
    assert said.count("objects: 1.2.826.2.0 … 1.2.826.2.39 (40)") == 1
    assert "(told above)" in said


def test_a_number_names_what_rests_on_it_and_what_was_chosen(two_visits: Case) -> None:
    now, history = two_visits
    chosen = Decision(identify(now), "continue treatment", "Dr A", now.study.day, "agreed", "")  # type: ignore[arg-type]
    number = of(two_visits, Measurement)
    said = chain(identify(number), (*history, now), (chosen,))
    assert "used by" in said
    assert "verdict: RECIST 1.1" in said
    whole = chain(identify(now), (*history, now), (chosen,))
    assert "decision: “continue treatment” by Dr A" in whole
    assert "match: lung_1 matched" in whole
    assert "treatment: pembrolizumab" in whole
    assert chain(identify(chosen), (now,), (chosen,)).splitlines()[1].strip().startswith(identify(now)[:12])


def test_an_unknown_short_or_shared_beginning_is_refused(two_visits: Case) -> None:
    now, history = two_visits
    for wrong in ("ffffffffffff", identify(now)[:5], ""):
        with pytest.raises(Refusal) as refused:
            chain(wrong, (now,))
        assert refused.value.code == "unknown_name"
    assert chain(identify(now)[:12].upper(), (*history, now))


def test_an_input_that_is_not_here_is_named_as_such(two_visits: Case) -> None:
    assert "not in these assessments" in chain(identify(of(two_visits, Verdict)), (two_visits[0],))
