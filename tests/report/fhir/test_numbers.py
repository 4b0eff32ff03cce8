"""Measurements, changes and what is missing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from vivomap.core import Assessment, Change, Flag, Measurement, Missing, Provenance, identify
from vivomap.report.fhir import numbers
from vivomap.report.fhir.numbers import Visit
from vivomap.report.fhir.parts import full_url
from vivomap.report.forms import Filed

Case = tuple[Assessment, tuple[Assessment, ...]]


def one(case: Case, kind: type, region: str, name: str) -> Any:
    return next(c for c in case[0].claims if isinstance(c, kind) and (c.region, c.name) == (region, name))


def parts(resource: dict[str, Any]) -> dict[str, Any]:
    return {e["url"]: next(v for k, v in e.items() if k.startswith("value")) for e in resource["extension"]}


def test_a_measurement_carries_value_unit_error_and_interval(two_visits: Case) -> None:
    m: Measurement = one(two_visits, Measurement, "lung_1", "long_axis")
    made = numbers.measured(Visit(Filed(*two_visits)), m, None)
    assert made["id"] == identify(m)
    assert made["status"] == "preliminary"
    assert (made["valueQuantity"]["value"], made["valueQuantity"]["code"]) == (25.5, "mm")
    told = parts(made["extension"][0])
    assert told["standard"]["value"] == made["valueQuantity"]["extension"][0]["valueDecimal"] == 0.4
    assert told["low"]["value"] == pytest.approx(25.5 - 1.96 * 0.4)
    assert told["high"]["value"] == pytest.approx(25.5 + 1.96 * 0.4)
    assert "referenceRange" not in made
    assert "interpretation" not in made


@pytest.mark.parametrize(("region", "letter"), [("lung_1", "D"), ("node_1", None)])
def test_a_change_outside_its_limits_is_significant_and_one_inside_has_no_code(
    two_visits: Case, region: str, letter: str | None
) -> None:
    change: Change = one(two_visits, Change, region, "long_axis")
    made = numbers.measured(Visit(Filed(*two_visits)), change.after, change)
    (said,) = made["interpretation"]
    assert ([c["code"] for c in said.get("coding", ())] or [None])[0] == letter
    assert ("within error" in said["text"]) is (letter is None)


def test_the_range_is_the_limits_of_no_change_and_says_that_it_is_not_normal(two_visits: Case) -> None:
    change: Change = one(two_visits, Change, "node_1", "long_axis")
    (span,) = numbers.measured(Visit(Filed(*two_visits)), change.after, change)["referenceRange"]
    assert span["low"]["value"] == change.before.value + change.low
    assert span["low"]["value"] <= change.after.value <= span["high"]["value"]
    assert "not a normal range" in span["type"]["text"]
    assert "2026-01-12" in span["text"]


def test_a_growth_is_up(four_visits: Case) -> None:
    change = next(c for c in four_visits[0].claims if isinstance(c, Change) and c.region == "lung_1")
    up = replace(change, after=replace(change.before, value=2 * change.before.value))
    assert numbers.interpreted(up)[0]["coding"][0]["code"] == "U"


def test_a_change_has_difference_limits_chance_and_what_was_done_between(two_visits: Case) -> None:
    change: Change = one(two_visits, Change, "lung_1", "long_axis")
    inside = {identify(change.before): "Observation"}
    made = numbers.changed(Visit(Filed(*two_visits), inside), change)
    values = {c["code"]["coding"][0]["code"]: c["valueQuantity"]["value"] for c in made["component"]}
    assert made["valueQuantity"]["value"] == change.difference
    assert (values["limit_low"], values["limit_high"]) == (change.low, change.high)
    assert values["chance_real"] == change.chance_real
    assert values["percent"] == pytest.approx(-39.2857, abs=1e-4)
    before, after = made["derivedFrom"]
    assert before["reference"] == full_url(identify(change.before))
    assert after["identifier"]["value"] == identify(change.after)
    assert any("carboplatin_pemetrexed 500 mg/m2" in n["text"] for n in made["note"])


def test_a_number_that_does_not_count_from_zero_has_no_percent(two_visits: Case) -> None:
    change: Change = one(two_visits, Change, "lung_1", "long_axis")
    hu = replace(
        change,
        before=replace(change.before, unit="[hnsf'U]", value=-20.0),
        after=replace(change.after, unit="[hnsf'U]", value=10.0),
    )
    made = numbers.changed(Visit(Filed(*two_visits)), hu)
    assert "percent" not in {c["code"]["coding"][0]["code"] for c in made["component"]}


@pytest.mark.parametrize(
    ("code", "reason"),
    [("not_imaged", "not-performed"), ("not_comparable", "not-applicable"), ("gate_failed", "unknown")],
)
def test_what_is_missing_has_no_value_and_its_reason(two_visits: Case, code: str, reason: str) -> None:
    missing = Missing("mean_adc", "lung_1", None, code, "because")
    made = numbers.lacking(Visit(Filed(*two_visits)), missing)
    assert not [k for k in made if k.startswith("value")]
    assert made["dataAbsentReason"]["coding"][0]["code"] == reason
    assert made["dataAbsentReason"]["text"] == f"{code}: because"
    assert made["_effectiveDateTime"]["extension"][0]["valueCode"] == "unknown"


def test_a_missing_change_is_not_taken_for_a_missing_number(two_visits: Case) -> None:
    missing = Missing("volume", "lung_1", None, "not_comparable", "another scanner", "change")
    made = numbers.lacking(Visit(Filed(*two_visits)), missing)
    assert [c["code"] for c in made["code"]["coding"]] == ["change_in_volume"]


def test_warnings_travel_with_the_number(two_visits: Case) -> None:
    m: Measurement = one(two_visits, Measurement, "lung_1", "volume")
    made = numbers.measured(Visit(Filed(*two_visits)), replace(m, flags=(Flag("thick_slices", "4 mm"),)), None)
    assert "warning thick_slices: 4 mm" in [n["text"] for n in made["note"]]


def test_a_number_is_derived_from_the_study_of_its_objects(two_visits: Case) -> None:
    study = two_visits[0].study
    image = replace(study.images[0], settings=(*study.images[0].settings, ("study_uid", study.uid[0])))
    both = Filed(replace(two_visits[0], study=replace(study, uid=(*study.uid, "1.9"), images=(image,))))
    m: Measurement = one(two_visits, Measurement, "lung_1", "volume")
    assert len(numbers.measured(Visit(both), m, None)["derivedFrom"]) == 1
    nowhere = replace(m, provenance=replace(m.provenance, source=()))
    assert len(numbers.measured(Visit(both), nowhere, None)["derivedFrom"]) == 2


def test_a_fact_from_elsewhere_is_not_derived_from_images(two_visits: Case) -> None:
    now, _ = two_visits
    fact = Measurement("crp", 12.0, "mg/dL", 0.5, "", now.study.day, Provenance("table", "0.1.0"))
    made = numbers.measured(Visit(Filed(replace(now, study=replace(now.study, facts=(fact,))))), fact, None)
    assert "derivedFrom" not in made
    assert "category" not in made


def test_a_reference_without_its_visit_is_not_derived_from_the_images_of_today(two_visits: Case) -> None:
    change: Change = one(two_visits, Change, "lung_1", "long_axis")
    alone = Visit(Filed(two_visits[0]))
    assert "derivedFrom" not in numbers.measured(alone, change.before, None)
    assert "derivedFrom" in numbers.measured(alone, change.after, None)
