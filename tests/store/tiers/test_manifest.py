"""A manifest is read back equal, pinned by the ledger, and refused where it is another."""

from dataclasses import replace
from datetime import date

import pytest

from vivomap.core import Refusal
from vivomap.store import Project
from vivomap.store.tiers.manifest import RAW, Entry, Manifest, assessed, in_force, keep, kept, parsed, written

from .conftest import assessment

ONE = Entry("fhir.json", "fhir", 12, "ab" * 32)
SCAN = Entry("raw/1.2.dcm", RAW, 9, "cd" * 32)


def made(whole: str, *objects: Entry) -> Manifest:
    return Manifest("record", whole, "2026-03-04", date(2036, 3, 4), objects, (("seg", "not_drawn"),))


def test_it_is_read_back_equal_and_the_same_objects_give_the_same_bytes() -> None:
    manifest = made("12" * 32, ONE, SCAN)
    assert parsed(written(manifest)) == manifest
    assert written(parsed(written(manifest))) == written(manifest)
    assert manifest.of(RAW) == (SCAN,)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"schema": "other/1"}', b"\xff", b"null"])
def test_what_is_no_manifest_is_refused(body: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        parsed(body)
    assert refused.value.code == "manifest_changed"


def test_the_folder_of_an_assessment_names_no_patient() -> None:
    assert made("12" * 32).folder == f"2026-03-04/{'12' * 32}"
    assert replace(made("12" * 32), day="").folder.startswith("undated/")


def test_the_last_one_that_was_kept_counts_and_the_ledger_pins_it(project: tuple[Project, str]) -> None:
    store, whole = project
    assert kept(store, "record", whole) is None
    keep(store, made(whole, ONE))
    keep(store, made(whole, ONE, SCAN))
    assert kept(store, "record", whole) == made(whole, ONE, SCAN)
    assert assessed(store, "record") == (whole,)
    assert assessed(store, "pacs") == ()
    seq = store.verify().seq
    keep(store, made(whole, ONE, SCAN))
    assert store.verify().seq == seq


def test_one_that_was_edited_or_is_gone_is_refused(project: tuple[Project, str]) -> None:
    store, whole = project
    keep(store, made(whole, ONE))
    path = store.path / "tiers" / "record" / f"{whole}.json"
    path.write_bytes(written(made(whole)))
    for _ in range(2):
        with pytest.raises(Refusal) as refused:
            kept(store, "record", whole)
        assert refused.value.code == "manifest_changed"
        path.unlink(missing_ok=True)


def test_the_version_in_force_is_the_one_that_took_its_place(project: tuple[Project, str]) -> None:
    store, whole = project
    assert in_force(store, whole) == whole
    new = store.supersede(whole, assessment(13.0), "measured again")
    assert in_force(store, whole) == in_force(store, new) == new != whole
