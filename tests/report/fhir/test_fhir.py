"""The whole bundle: shape, rules, sameness, and that every claim is in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from vivomap.core import Assessment, Refusal, dumps, identify, loads
from vivomap.report import fhir
from vivomap.report.forms import Filed

Case = tuple[Assessment, tuple[Assessment, ...]]
CASES = ("baseline", "two_visits", "four_visits", "pet", "table_only", "undated")


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.getfixturevalue(request.param)
    return found


def test_every_resource_has_the_shape_of_r4b_and_the_bundle_keeps_the_rules_of_r4(
    case: Case, shaped: Callable[..., None], lawful: Callable[..., None]
) -> None:
    made = fhir.bundle(Filed(*case))
    shaped(made)
    lawful(made)


def test_each_claim_of_the_visit_is_one_resource_under_its_own_id(case: Case) -> None:
    now = case[0]
    said = [c for c in now.claims if type(c).__name__ not in ("Treatment", "Finding")]
    there = {e["resource"]["id"] for e in fhir.bundle(Filed(*case))["entry"]}
    assert {identify(c) for c in said} <= there
    assert identify(now) in there


def test_sending_it_twice_asks_for_the_same_resources_again(two_visits: Case) -> None:
    made = fhir.bundle(Filed(*two_visits))
    puts = [e["request"] for e in made["entry"] if e["resource"]["resourceType"] != "ImagingStudy"]
    assert {r["method"] for r in puts} == {"PUT"}
    assert len({r["url"] for r in puts}) == len(puts)
    studies = [e["request"] for e in made["entry"] if e["resource"]["resourceType"] == "ImagingStudy"]
    assert studies
    assert all(s["ifNoneExist"].startswith("identifier=urn:dicom:uid|urn:oid:") for s in studies)


def test_the_same_assessment_gives_the_same_bytes_also_when_read_back(four_visits: Case, tmp_path: Path) -> None:
    now, history = four_visits
    read: list[Assessment] = list(loads(dumps((*history, now))))
    one = fhir.write(now, tmp_path / "a", history)
    two = fhir.write(read[-1], tmp_path / "b", read[:-1])
    assert one.name == "fhir.json"
    assert one.read_bytes() == two.read_bytes()


def test_numbers_read_back_equal_to_the_last_bit(two_visits: Case) -> None:
    text = fhir.canonical(fhir.bundle(Filed(*two_visits)))
    assert fhir.canonical(json.loads(text)) == text


def test_every_extension_of_ours_has_a_definition_with_its_parts(case: Case, shaped: Callable[..., None]) -> None:
    used: dict[str, set[str]] = {}

    def collect(value: Any) -> None:
        if isinstance(value, dict):
            if str(value.get("url", "")).startswith("https://vivomap.example/"):
                used.setdefault(value["url"].rsplit("/", 1)[1], set()).update(e["url"] for e in value["extension"])
            for inner in value.values():
                collect(inner)
        if isinstance(value, list):
            for inner in value:
                collect(inner)

    collect(fhir.bundle(Filed(*case)))
    assert used
    for name, parts in used.items():
        definition = json.loads((files("vivomap.report.fhir") / "definitions" / f"{name}.json").read_text())
        shaped(definition)
        assert definition["url"].endswith(f"/{name}")
        slices = {e["sliceName"] for e in definition["differential"]["element"] if "sliceName" in e}
        assert parts <= slices


def test_an_earlier_number_comes_along_only_where_today_rests_on_it(four_visits: Case) -> None:
    now, history = four_visits
    there = {e["resource"]["id"] for e in fhir.bundle(Filed(now, history))["entry"]}
    first = {identify(c) for c in history[0].claims}
    third = {identify(c) for c in history[2].claims}
    assert first & there
    assert not third & there


def test_a_change_carries_its_reference_even_without_the_history(two_visits: Case, lawful: Callable[..., None]) -> None:
    lawful(fhir.bundle(Filed(two_visits[0])))


def test_nothing_of_another_patient_is_written(two_visits: Case, tmp_path: Path) -> None:
    now, (before,) = two_visits
    other = replace(before, study=replace(before.study, patient="P-2"))
    with pytest.raises(Refusal) as refused:
        fhir.write(now, tmp_path, (other,))
    assert refused.value.code == "two_patients"
    assert not list(tmp_path.iterdir())


def _twice(made: dict[str, Any]) -> None:
    made["entry"].append(made["entry"][0])


def _dangling(made: dict[str, Any]) -> None:
    made["entry"] = [e for e in made["entry"] if e["resource"]["resourceType"] != "Device"]


def _empty(made: dict[str, Any]) -> None:
    made["entry"][0]["resource"]["result"] = []


def _both(made: dict[str, Any]) -> None:
    number = next(e["resource"] for e in made["entry"] if "valueQuantity" in e["resource"])
    number["dataAbsentReason"] = {"text": "unknown"}


def _final(made: dict[str, Any]) -> None:
    made["entry"][0]["resource"]["status"] = "done"


@pytest.mark.parametrize("spoil", [_twice, _dangling, _empty, _both, _final])
def test_the_rules_of_r4_do_catch_a_spoilt_bundle(
    two_visits: Case, lawful: Callable[..., None], spoil: Callable[[dict[str, Any]], None]
) -> None:
    made = fhir.bundle(Filed(*two_visits))
    spoil(made)
    with pytest.raises(AssertionError):
        lawful(made)


def test_the_shapes_of_r4b_do_catch_an_unknown_field_in_each_resource(
    two_visits: Case, shaped: Callable[..., None]
) -> None:
    made = fhir.bundle(Filed(*two_visits))
    kinds = {e["resource"]["resourceType"]: e["resource"] for e in made["entry"]}
    assert len(kinds) == 7
    for resource in kinds.values():
        with pytest.raises(ValueError):
            shaped({**resource, "nonsense": 1})
