"""Bundles of the digital patients, checked against the shapes of R4B and the rules of R4 where they differ."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from vivomap.core import Assessment

from ...npm import peer

Case = tuple[Assessment, tuple[Assessment, ...]]
Resource = dict[str, Any]
ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
CODE = re.compile(r"[^\s]+(\s[^\s]+)*")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
URI = re.compile(r"\S+")
HERE = Path(__file__).parent / "r4"
URN = 'Invalid reference: got "urn:uuid:'  # it knows references by their type, and within a bundle they have none
REQUIRED = {
    "Observation": {"status": {"registered", "preliminary", "final", "amended", "corrected", "cancelled"}},
    "DiagnosticReport": {"status": {"registered", "partial", "preliminary", "final"}},
    "ImagingStudy": {"status": {"registered", "available", "cancelled", "entered-in-error", "unknown"}},
    "CarePlan": {
        "status": {"draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown"},
        "intent": {"proposal", "plan", "order", "option"},
    },
    "RiskAssessment": {"status": {"registered", "preliminary", "final", "amended"}},
}


@pytest.fixture(scope="session")
def shaped() -> Callable[[Resource], None]:
    """Fails unless a resource is of the shape of R4B, field by field, and is given back unaltered."""

    def check(resource: Resource) -> None:
        model = get_fhir_model_class(resource["resourceType"])
        back = json.loads(model.model_validate(resource).model_dump_json())
        assert plain(back) == plain(resource)

    return check


def plain(value: Any) -> Any:
    """A resource with its decimals and instants as values: 2.50 is 2.5, and Z is +00:00."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, str):
        return datetime.fromisoformat(value) if INSTANT.fullmatch(value) else value
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def walk(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value in a resource with the path to it."""
    yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from walk(inner, f"{path}.{key}")
    if isinstance(value, list):
        for inner in value:
            yield from walk(inner, path)


@pytest.fixture(scope="session")
def lawful() -> Callable[[Resource], None]:
    """Fails unless a transaction bundle obeys R4's own invariants (bdl, ref, ext, ele, obs, qty, ras, dom)."""

    def check(bundle: Resource) -> None:
        urls = [e["fullUrl"] for e in bundle["entry"]]
        assert len(set(urls)) == len(urls), "bdl-7"
        assert not {"total", "link"} & set(bundle), "bdl-1"
        for entry in bundle["entry"]:
            resource, request = entry["resource"], entry["request"]
            kind = resource["resourceType"]
            assert ID.fullmatch(resource["id"])
            assert request["url"] in (kind, f"{kind}/{resource['id']}"), "bdl-3"
            for field, allowed in REQUIRED.get(kind, {}).items():
                assert resource[field] in allowed, (kind, field)
            _values(resource, set(urls))
            if kind == "Observation":
                _observation(resource)
            if kind == "Provenance":
                assert resource["agent"]
                assert resource["target"]
                assert ("recorded" in resource) != ("_recorded" in resource)
                assert INSTANT.fullmatch(resource.get("recorded", "2026-01-01T00:00:00Z"))

    return check


def _values(resource: Resource, urls: set[str]) -> None:
    for path, value in walk(resource):
        assert value not in ({}, [], "", None), f"ele-1 at {path}"
        if isinstance(value, float):
            assert DECIMAL.fullmatch(repr(value)), path
        if not isinstance(value, dict):
            continue
        if "reference" in value:
            assert value["reference"] in urls, "every reference is resolved in the bundle"
        if path.lower().endswith("extension"):
            assert ("extension" in value) != any(k.startswith("value") for k in value), "ext-1"
        if "system" in value and "code" in value:
            assert CODE.fullmatch(value["code"])
            assert URI.fullmatch(value["system"])


def _observation(resource: Resource) -> None:
    value = [k for k in resource if k.startswith("value")]
    assert len(value) <= 1
    assert not (value and "dataAbsentReason" in resource), "obs-6"
    assert value or "dataAbsentReason" in resource
    parts = [c["code"] for c in resource.get("component", ())]
    assert resource["code"] not in parts, "obs-7"
    for span in resource.get("referenceRange", ()):
        assert {"low", "high", "text"} & set(span), "obs-3"


@pytest.fixture(scope="session")
def of_kind() -> Callable[[Resource, str], list[Resource]]:
    """The resources of one type in a bundle."""
    return lambda bundle, kind: [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == kind]


@pytest.fixture(scope="session")
def faults() -> Callable[[list[dict[str, Any]]], list[str]]:
    """What R4's definitions say against resources; without Node or its packages the test skips, and in CI fails."""
    node, home = peer(HERE, "validate.mjs")

    def ask(resources: list[dict[str, Any]]) -> list[str]:
        done = subprocess.run(
            [node, "validate.mjs"], cwd=home, input=json.dumps(resources), capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr[-500:]
        answer = json.loads(done.stdout)
        assert answer["checked"] > 0, "codes were held against what their bindings require"
        said = [i for i in answer["said"] if not i["text"].startswith(URN)]
        return [f"{i['kind']} {i['severity']} {i['where']}: {i['text']}" for i in said]

    return ask
