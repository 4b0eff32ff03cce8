"""The report, the drafts and the origins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from vivomap.core import Assessment, Measurement, identify
from vivomap.report import fhir
from vivomap.report.fhir.parts import full_url
from vivomap.report.forms import Filed

Case = tuple[Assessment, tuple[Assessment, ...]]
Of = Callable[[dict[str, Any], str], list[dict[str, Any]]]


def test_the_report_is_preliminary_and_lists_every_result_of_this_visit(four_visits: Case, of_kind: Of) -> None:
    made = fhir.bundle(Filed(*four_visits))
    (report,) = of_kind(made, "DiagnosticReport")
    assert report["status"] == "preliminary"
    today = {full_url(identify(c)) for c in four_visits[0].claims}
    results = {r["reference"] for r in report["result"]}
    observations = {full_url(o["id"]) for o in of_kind(made, "Observation")}
    assert results == today & observations
    assert observations - results, "an earlier number comes along and is not a result of today"


def test_the_conclusion_answers_names_the_letters_and_orders_nothing(four_visits: Case, of_kind: Of) -> None:
    (report,) = of_kind(fhir.bundle(Filed(*four_visits)), "DiagnosticReport")
    said = report["conclusion"]
    assert said.startswith("Progressive disease")
    assert "A = lung_1" in said
    assert "orders nothing" in said
    assert "Research use only" in said
    assert report["conclusionCode"][0]["text"].endswith("progressive disease (PD)")


def test_each_option_is_a_draft_of_its_own(four_visits: Case, of_kind: Of) -> None:
    plans = of_kind(fhir.bundle(Filed(*four_visits)), "CarePlan")
    assert [p["title"] for p in plans] == [p.option for p in four_visits[0].recommendation.proposals]
    assert {(p["status"], p["intent"]) for p in plans} == {("draft", "proposal")}
    assert plans[1]["note"][0]["text"] == "option 2 of 2: an alternative, not an order"
    assert any("grade P; source:" in n["text"] for n in plans[1]["note"])


def test_a_weighed_option_shows_its_benefit(two_visits: Case, of_kind: Of) -> None:
    now, history = two_visits
    weighed = replace(now.recommendation.proposals[0], benefit=0.4, low=0.1, high=0.7)
    silent = replace(now, recommendation=replace(now.recommendation, proposals=(weighed,)))
    (plan,) = of_kind(fhir.bundle(Filed(silent, history)), "CarePlan")
    assert plan["note"][-1]["text"] == "weighed benefit 0.4, 95 % 0.1 to 0.7"


def test_an_abstention_proposes_nothing_and_says_why(table_only: Case, of_kind: Of) -> None:
    made = fhir.bundle(Filed(*table_only))
    assert of_kind(made, "CarePlan") == []
    assert "nothing could be measured" in of_kind(made, "DiagnosticReport")[0]["conclusion"]


def test_the_origin_names_objects_hashes_settings_and_version(two_visits: Case, of_kind: Of) -> None:
    now = two_visits[0]
    m = next(c for c in now.claims if isinstance(c, Measurement))
    made = fhir.bundle(Filed(*two_visits))
    of_m = next(p for p in of_kind(made, "Provenance") if p["target"][0]["reference"] == full_url(identify(m)))
    told = [e["what"]["identifier"]["value"] for e in of_m["entity"]]
    assert [t.removeprefix("urn:oid:") for t in told] == [*m.provenance.source, *m.provenance.inputs]
    settings = {e["extension"][0]["valueString"]: e["extension"][1] for e in of_m["extension"]}
    assert settings["maker"]["valueString"] == m.provenance.maker
    assert settings["slice_thickness_mm"]["valueDecimal"] == 4.0
    device = next(d for d in of_kind(made, "Device") if full_url(d["id"]) == of_m["agent"][0]["who"]["reference"])
    assert device["version"] == [{"value": m.provenance.version}]


def test_a_file_name_is_not_taken_for_a_uid(table_only: Case, of_kind: Of) -> None:
    systems = {
        e["what"]["identifier"]["system"]
        for p in of_kind(fhir.bundle(Filed(*table_only)), "Provenance")
        for e in p.get("entity", ())
    }
    assert systems == {"https://vivomap.example/fhir/file"}


def test_what_is_on_record_tells_when_and_who_answers_for_it(
    two_visits: Case, of_kind: Of, shaped: Callable[..., None], lawful: Callable[..., None]
) -> None:
    when = datetime(2026, 3, 9, 17, 5, 1, 250000, UTC)
    made = fhir.bundle(replace(Filed(*two_visits), recorded=when, by="Dr A"))
    shaped(made)
    lawful(made)
    assert of_kind(made, "DiagnosticReport")[0]["issued"] == "2026-03-09T17:05:01Z"
    origins = of_kind(made, "Provenance")
    assert {p["recorded"] for p in origins} == {"2026-03-09T17:05:01Z"}
    agents = [a["who"].get("display") for p in origins for a in p["agent"]]
    assert agents.count("Dr A") == 1


def test_a_later_version_names_the_one_whose_place_it_takes(
    two_visits: Case, of_kind: Of, shaped: Callable[..., None], lawful: Callable[..., None]
) -> None:
    now, history = two_visits
    old = Filed(replace(now, edition="6e" * 32), history)
    made = fhir.bundle(replace(Filed(now, history), replaces=(old,)))
    shaped(made)
    lawful(made)
    (of_report,) = [p for p in of_kind(made, "Provenance") if p["target"][0]["type"] == "DiagnosticReport"]
    (entity,) = of_report["entity"]
    assert entity["role"] == "revision"
    assert entity["what"]["identifier"]["value"] == identify(old.assessment)
    assert (
        f"Takes the place of report {identify(old.assessment)}." in of_kind(made, "DiagnosticReport")[0]["conclusion"]
    )
