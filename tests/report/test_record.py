"""The later pages."""

from __future__ import annotations

from dataclasses import replace

from vivomap.core import Assessment, Measurement, Provenance
from vivomap.report.record import record
from vivomap.report.story import Story
from vivomap.report.timeline import MOST_CHARTS

Case = tuple[Assessment, tuple[Assessment, ...]]


def test_treatments_and_curves_share_the_page(four_visits: Case) -> None:
    said = record(Story.of(*four_visits))
    assert len(said["curves"]) == 7
    assert "dexamethasone" in said["curves"][0]
    assert [lesion.fate for lesion in said["lesions"]] == ["seen", "vanished", "seen", "new"]


def test_one_day_draws_nothing_and_says_so(baseline: Case, undated: Case) -> None:
    for case in (baseline, undated):
        said = record(Story.of(*case))
        assert said["curves"] == []
        assert "nothing can be drawn over time yet" in said["curve_note"]
    assert any("no certain date" in line for line in record(Story.of(*undated))["method"])


def test_curves_beyond_the_most_are_counted(two_visits: Case) -> None:
    now, (before,) = two_visits
    made = Provenance("a:b", "0.1.0")

    def extra(visit: Assessment) -> Assessment:
        many = tuple(Measurement(f"number_{i}", 1.0 + i, "mm", 0.1, "", visit.study.day, made) for i in range(9))
        return replace(visit, claims=(*visit.claims, *many))

    said = record(Story.of(extra(now), (extra(before),)))
    assert len(said["curves"]) == MOST_CHARTS + 1
    assert "7 more numbers over time: see the table" in said["curve_note"]


def test_facts_and_held_files_are_told(two_visits: Case, four_visits: Case) -> None:
    assert record(Story.of(*two_visits))["facts"] == ["egfr L858R: mutated (12 January 2026, laboratory)"]
    assert any("2 × cut_pixels" in line for line in record(Story.of(*four_visits))["method"])
