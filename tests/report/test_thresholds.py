"""Where the patient stands against the criterion's limits."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from datetime import date

from vivomap.core import Assessment, Prediction, Provenance, Verdict, identify
from vivomap.report.story import Story
from vivomap.report.thresholds import chance_standing, line, standing

Case = tuple[Assessment, tuple[Assessment, ...]]


def test_response_counts_from_the_first_sum_and_progression_from_the_smallest(four_visits: Case) -> None:
    story = Story.of(*four_visits)
    found = standing(story, story.verdicts[0])
    assert found
    # baseline 42 + 21.5 + 18 = 81.5, smallest 25.5 + 14 + 17.4 = 56.9, now 33 + 0 + 16.1 = 49.1 mm
    assert (found.value.text, found.unit) == ("49.1", "mm")
    half = 1.96 * 0.4 * math.sqrt(3)
    assert abs(float(found.high.text) - float(found.value.text) - half) < 0.1
    assert [shown.text for _, shown in found.limits] == [f"{0.7 * 81.5:.1f}", f"{1.2 * 56.9:.1f}"]
    assert "81.5 mm (12 January 2026)" in found.said
    assert "56.9 mm (9 March 2026)" in found.said


def test_names_of_limits_may_carry_the_criterion(two_visits: Case) -> None:
    story = Story.of(*two_visits)
    verdict = story.verdicts[0]
    named = tuple((f"{verdict.name}_{k}", v) for k, v in verdict.provenance.settings)
    other = replace(verdict, provenance=replace(verdict.provenance, settings=named))
    found, usual = standing(story, other), standing(story, verdict)
    assert found
    assert usual
    assert found.limits[0][1].text == usual.limits[0][1].text


def test_a_small_baseline_needs_the_least_step_of_percist(pet: Case) -> None:
    story = Story.of(*pet)
    change = story.changes[0]
    because = (identify(change.before), identify(change.after))
    values = (("response_percent", 30.0), ("progression_percent", 30.0), ("least_sul", 3.0))
    made = Provenance("a:b", "1", because, values)
    verdict = Verdict("percist", "PMR", 0.0, date(2026, 3, 9), (), because, made)
    found = standing(story, verdict)
    assert found
    assert [shown.text for _, shown in found.limits] == ["6.2", "12.2"]  # 9.2 less and more 3.0


def test_without_limits_or_a_second_visit_there_is_no_line(two_visits: Case, baseline: Case) -> None:
    story = Story.of(*two_visits)
    verdict = story.verdicts[0]
    assert standing(story, replace(verdict, provenance=replace(verdict.provenance, settings=()))) is None
    assert standing(Story.of(*baseline), verdict) is None


def test_the_line_is_drawn_to_scale_and_told(two_visits: Case) -> None:
    story = Story.of(*two_visits)
    found = standing(story, story.verdicts[0])
    assert found
    drawn = line(found, "l0")
    now = re.search(r'<line x1="([\d.]+)"[^>]*class="now"', drawn)
    limits = [float(x) for x in re.findall(r'<line x1="([\d.]+)"[^>]*class="limit"', drawn)]
    assert now
    assert float(now[1]) < limits[0] < limits[1]
    assert abs((float(now[1]) - 2) / (limits[0] - 2) - 56.9 / 57.05) < 0.005
    assert all(word in drawn for word in ("response", "stable", "<title", "<desc"))


def test_a_chance_stands_between_nought_and_one() -> None:
    made = Prediction("progression", "", 0.26, 0.14, 0.42, 180, None, (), Provenance("a:b", "1"))
    found = chance_standing(made)
    assert found.places == (0.14, 0.26, 0.42)
    assert found.said == "26 of 100 similar patients within 180 days."
    assert ">1</text>" in line(found, "l1")
