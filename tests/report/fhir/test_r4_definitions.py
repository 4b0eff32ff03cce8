"""R4's own definitions: fields, cardinalities and FHIRPath invariants of what leaves, checked by another's library."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from vivomap.core import Assessment, Prediction, Provenance, identify
from vivomap.report import fhir
from vivomap.report.forms import Filed

Case = tuple[Assessment, tuple[Assessment, ...]]


@pytest.fixture(scope="session")
def everything(two_visits: Case, four_visits: Case, pet: Case, table_only: Case, undated: Case) -> list[Filed]:
    """Every digital patient; one with a chance, one that takes the place of an earlier report."""
    now, history = two_visits
    made = Provenance("a.model:chance", "0.1.0")
    chance = Prediction("progression", "", 0.31, 0.22, 0.42, 90, date(2026, 3, 9), (identify(now.claims[-1]),), made)
    foretold = Filed(replace(now, claims=(*now.claims, chance)), history, replaces=(Filed(now, history),))
    return [foretold, *(Filed(*case) for case in (four_visits, pet, table_only, undated))]


def resources(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    return [bundle, *(e["resource"] for e in bundle["entry"])]


@pytest.mark.slow  # starts Node once, which reads all of R4's definitions
def test_every_resource_keeps_r4s_own_definitions_and_invariants(
    everything: list[Filed], faults: Callable[..., list[str]]
) -> None:
    told = [r for filed in everything for r in resources(fhir.bundle(filed))]
    kinds = {r["resourceType"] for r in told}
    assert kinds == {
        *("Bundle", "DiagnosticReport", "Observation", "ImagingStudy", "Device", "BodyStructure"),
        *("CarePlan", "Provenance", "RiskAssessment"),
    }
    assert faults(told) == []


@pytest.mark.slow  # starts Node once
def test_r4s_definitions_do_catch_what_is_spoilt(two_visits: Case, faults: Callable[..., list[str]]) -> None:
    made = fhir.bundle(Filed(*two_visits))
    number = next(r for r in resources(made) if "valueQuantity" in r)
    report = next(r for r in resources(made) if r["resourceType"] == "DiagnosticReport")
    both = {**number, "dataAbsentReason": {"text": "unknown"}}
    misspelt = {**report, "status": "done"}
    spoilt = [both, {k: v for k, v in report.items() if k != "code"}, {**number, "nonsense": 1}, misspelt]
    said = " ".join(faults(spoilt))
    assert "obs-6" in said
    assert "DiagnosticReport.code" in said
    assert "nonsense" in said
    assert "done at DiagnosticReport.status" in said


def test_an_amended_report_names_its_predecessor_by_r4s_own_extension(everything: list[Filed]) -> None:
    report = next(r for r in resources(fhir.bundle(everything[0])) if r["resourceType"] == "DiagnosticReport")
    (older,) = report["extension"]
    assert older["url"] == "http://hl7.org/fhir/StructureDefinition/diagnosticReport-replaces"
    assert older["valueReference"]["identifier"]["value"] == identify(everything[0].replaces[0].assessment)
