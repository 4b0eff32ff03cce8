"""Verdicts, matches and chances."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from vivomap.core import Assessment, Match, Prediction, Provenance, Reasons, Verdict, identify
from vivomap.report import fhir
from vivomap.report.fhir import judged
from vivomap.report.fhir.numbers import Visit
from vivomap.report.forms import Filed

Case = tuple[Assessment, tuple[Assessment, ...]]
MADE = Provenance("a.model:chance", "0.1.0")


def test_a_verdict_names_its_category_its_noise_and_its_grounds(two_visits: Case) -> None:
    verdict = next(c for c in two_visits[0].claims if isinstance(c, Verdict))
    made = judged.called(Visit(Filed(*two_visits)), verdict)
    assert made["valueCodeableConcept"]["coding"][0]["code"] == "PR"
    assert made["component"][0]["valueQuantity"]["value"] == verdict.chance_noise
    assert [r["identifier"]["value"] for r in made["derivedFrom"]] == list(verdict.because)
    assert [n["text"] for n in made["note"]] == list(verdict.reasons)


def test_a_vanished_lesion_is_told_by_its_label(four_visits: Case) -> None:
    gone = next(c for c in four_visits[0].claims if isinstance(c, Match) and c.kind == "vanished")
    made = judged.matched(Visit(Filed(*four_visits)), gone)
    assert made["valueCodeableConcept"]["coding"][0]["code"] == "VANISHED"
    assert "before: lung_2; now: none" in made["note"][0]["text"]
    assert made["bodySite"]["text"].startswith("lung_2")


def test_a_prediction_becomes_a_risk_assessment_with_interval_and_horizon(
    two_visits: Case, shaped: Callable[..., None], lawful: Callable[..., None]
) -> None:
    now, history = two_visits
    rests = (identify(now.claims[-1]),)
    chance = Prediction(
        "progression", "", 0.31, 0.22, 0.42, 90, date(2026, 3, 9), rests, MADE, Reasons((), (), "a smaller sum")
    )
    made = fhir.bundle(Filed(replace(now, claims=(*now.claims, chance)), history))
    shaped(made)
    lawful(made)
    (risk,) = [e["resource"] for e in made["entry"] if e["resource"]["resourceType"] == "RiskAssessment"]
    (foreseen,) = risk["prediction"]
    assert foreseen["probabilityDecimal"] == 0.31
    assert foreseen["whenPeriod"] == {"start": "2026-03-09", "end": "2026-06-07"}
    ends = {e["url"]: e for e in foreseen["extension"][0]["extension"]}
    assert (ends["low"]["valueQuantity"]["value"], ends["high"]["valueQuantity"]["value"]) == (0.22, 0.42)
    assert risk["basis"][0]["reference"].startswith("urn:uuid:")
    without_day = judged.foretold(Visit(Filed(now)), replace(chance, day=None))
    assert "whenPeriod" not in without_day["prediction"][0]
    assert "_occurrenceDateTime" in without_day


def test_without_a_prediction_there_is_no_risk_assessment(two_visits: Case) -> None:
    kinds = {e["resource"]["resourceType"] for e in fhir.bundle(Filed(*two_visits))["entry"]}
    assert "RiskAssessment" not in kinds
