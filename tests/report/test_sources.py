"""Where the numbers come from."""

from __future__ import annotations

from vivomap.core import Assessment, Measurement, identify
from vivomap.report.sources import grades, makers, origins, rules, scanners
from vivomap.report.story import Story

Case = tuple[Assessment, tuple[Assessment, ...]]


def test_every_number_and_verdict_has_its_origin_and_its_id(four_visits: Case) -> None:
    story = Story.of(*four_visits)
    found = origins(story)
    assert {o.claim for o in found} == {identify(c) for c in (*story.course.of(Measurement), *story.verdicts)}
    assert all(o.claim.startswith(o.ident) and len(o.ident) == 12 for o in found)
    first = found[0]
    assert (first.what, first.maker) == ("A long axis", "quantify.size:long_axis 0.1.0")
    assert first.source == "CT, 29 June 2026, CT chest 4 mm, 12 objects"
    assert first.settings == "slice 18"


def test_limits_and_values_are_printed_with_their_source(two_visits: Case) -> None:
    found = {r.what: r.said for r in rules(Story.of(*two_visits))}
    assert found["No change in long axis (A, B, C)"] == "repeatability, same scanner: 9 % (Zhao et al., Radiology 2009)"
    assert "response percent 30" in found["Values of RECIST 1.1"]


def test_scanners_are_named_once_a_day(four_visits: Case) -> None:
    assert scanners(Story.of(*four_visits))[0] == "12 January 2026: Acme One 17 3.2"
    assert len(scanners(Story.of(*four_visits))) == 4


def test_only_grades_on_the_page_are_explained(four_visits: Case, baseline: Case) -> None:
    assert [g[0] for g in grades(Story.of(*four_visits))] == ["B", "P"]
    assert [g[0] for g in grades(Story.of(*baseline))] == ["B"]


def test_the_method_names_each_maker_once(pet: Case) -> None:
    assert makers(Story.of(*pet)) == ("SUVmax, TLG by quantify.uptake:suv_max 0.1.0",)


def test_a_pathway_of_the_same_edition_brings_the_source_of_each_threshold(four_visits) -> None:
    from dataclasses import replace

    from vivomap.core import Category, Criterion, Option, Pathway, Threshold, identify
    from vivomap.report.sources import rules
    from vivomap.report.story import Story

    last, past = four_visits
    verdict = Story.of(last, past).verdicts[0]
    least = Threshold(f"{verdict.name}_least", 5.0, "mm", "a paper, 2009", "B", seen=False)
    judge = Criterion(verdict.name, lambda course, values: Category("SD", ()), (least,), "a paper")
    card = Pathway(last.pathway, "Is it real?", "lung", (), (), Option("wait", "P", "project"), 56, judge=(judge,))
    told = rules(Story.of(replace(last, edition=identify(card)), past, card))
    assert any("a paper, 2009, grade B; from memory" in r.said for r in told)
    assert not any("a paper, 2009" in r.said for r in rules(Story.of(last, past, card)))
