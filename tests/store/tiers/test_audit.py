"""The audit reads everything again: bytes, manifests, strange objects, absent ones and numbers, each with its place."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from vivomap.store import Project
from vivomap.store.tiers import Content, Folder, Numbers, Shipment, Tier, audit, put, stale
from vivomap.store.tiers.manifest import Manifest

TODAY = date(2030, 1, 1)


def wrong(form: str, files: Mapping[str, bytes]) -> tuple[str, ...]:
    """A form whose one number is 12."""
    return tuple(f"value {body.decode()}, on record 12" for body in files.values() if body != b"12")


NUMBERS = Numbers(lambda form, name: name.endswith(".csv"), wrong)


@pytest.fixture
def there(project: tuple[Project, str], folder_tier: Tier) -> tuple[Folder, Manifest]:
    place = Folder(Path(folder_tier.to))
    objects = {("csv", "a.csv"): Content(b"12"), ("seg", "seg.dcm"): Content(b"mask")}
    shipment = Shipment(project[1], "2026-03-04", date(2026, 3, 4), objects)
    return place, put(project[0], folder_tier, place, shipment, lambda done, total: None).manifest


def found(there: tuple[Folder, Manifest], today: date = TODAY) -> list[tuple[str, str]]:
    looked = audit(*there, NUMBERS, today)
    assert all((f.tier, f.assessment) == ("record", there[1].assessment) for f in looked.findings)
    return [(f.code, Path(f.object).name) for f in looked.findings]


def path(there: tuple[Folder, Manifest], name: str) -> Path:
    return there[0].root / there[1].folder / name


def test_what_is_as_it_was_put_has_no_finding(there: tuple[Folder, Manifest]) -> None:
    looked = audit(*there, NUMBERS, TODAY)
    assert (looked.objects, looked.bytes, looked.forms, looked.findings) == (2, 6, 1, ())


def test_a_changed_byte_is_found_in_its_object(there: tuple[Folder, Manifest]) -> None:
    path(there, "seg.dcm").write_bytes(b"mosk")
    assert found(there) == [("object_changed", "seg.dcm")]


def test_a_changed_number_is_named_beside_its_bytes(there: tuple[Folder, Manifest]) -> None:
    path(there, "a.csv").write_bytes(b"13")
    assert found(there) == [("object_changed", "a.csv"), ("number_changed", "a.csv")]
    assert audit(*there, NUMBERS, TODAY).findings[1].said == "value 13, on record 12"


def test_a_mended_manifest_beside_the_objects_hides_nothing(there: tuple[Folder, Manifest]) -> None:
    path(there, "a.csv").write_bytes(b"13")
    said = json.loads(path(there, "manifest.json").read_text())
    said["objects"][0]["sha256"] = "00" * 32
    path(there, "manifest.json").write_text(json.dumps(said))
    assert ("manifest_changed", "manifest.json") in found(there)
    assert ("object_changed", "a.csv") in found(there)


def test_an_absent_object_is_found_while_it_must_be_kept(there: tuple[Folder, Manifest]) -> None:
    for name in ("seg.dcm", "manifest.json"):
        path(there, name).unlink()
    assert found(there) == [("object_absent", "seg.dcm"), ("object_absent", "manifest.json")]
    assert found(there, there[1].keep_until) != []
    assert found(there, date(2036, 3, 5)) == []


def test_an_object_that_nobody_put_there_is_found(there: tuple[Folder, Manifest]) -> None:
    path(there, "extra.csv").write_bytes(b"12")
    assert found(there) == [("object_unknown", "extra.csv")]


def test_a_version_that_was_replaced_is_told_with_the_new_one() -> None:
    finding = stale("pacs", "ab" * 32, "cd" * 32, "2026-03-04/ab")
    assert (finding.code, finding.tier) == ("stale_version", "pacs")
    assert "cdcdcdcdcdcd" in finding.said
