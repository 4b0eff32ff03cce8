"""Exports on record: a key of its own for each, readable by its owner alone."""

import dataclasses
import stat
from pathlib import Path

import pytest

from vivomap.core import Refusal
from vivomap.store import exports


def test_an_export_is_read_back_with_its_key_and_pseudonyms(tmp_path: Path) -> None:
    one = dataclasses.replace(exports.begin("research"), pseudonyms=frozenset({"VX1", "VX2"}))
    exports.keep(tmp_path, one)
    assert tuple(exports.earlier(tmp_path)) == (one,)
    assert stat.S_IMODE((tmp_path / "exports" / f"{one.id}.json").stat().st_mode) == 0o600
    assert one.key.hex() not in repr(one)


def test_no_two_exports_share_a_key() -> None:
    assert len({exports.begin("research").key for _ in range(20)}) == 20


def test_a_key_that_others_can_read_and_a_file_that_is_none_are_refused(tmp_path: Path) -> None:
    one = exports.begin("research")
    exports.keep(tmp_path, one)
    path = tmp_path / "exports" / f"{one.id}.json"
    path.chmod(0o644)
    with pytest.raises(Refusal) as refused:
        tuple(exports.earlier(tmp_path))
    assert refused.value.code == "key_open"
    path.chmod(0o600)
    path.write_text("{}")
    with pytest.raises(Refusal) as refused:
        tuple(exports.earlier(tmp_path))
    assert refused.value.code == "not_a_key"


def test_an_export_is_never_written_over(tmp_path: Path) -> None:
    one = exports.begin("research")
    exports.keep(tmp_path, one)
    with pytest.raises(Refusal) as refused:
        exports.keep(tmp_path, one)
    assert refused.value.code == "cannot_write"


def test_a_project_without_exports_has_none(tmp_path: Path) -> None:
    assert tuple(exports.earlier(tmp_path)) == ()
