"""Signed heads: kept elsewhere, proved with the public key, and never with a key that others can read."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from vivomap.core import Refusal
from vivomap.store.audit import heads, log
from vivomap.store.audit.event import Event
from vivomap.store.audit.heads import Seal


@pytest.fixture
def seal(tmp_path: Path) -> Seal:
    made = Seal(tmp_path / "elsewhere", tmp_path / "audit.key")
    heads.make_key(made.key)
    return made


@pytest.fixture
def project(tmp_path: Path, several: tuple[Event, ...]) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    log.append(folder, several)
    return folder


def refused(code: str) -> pytest.RaisesExc[Refusal]:
    return pytest.raises(Refusal, check=lambda r: r.code == code)


def test_a_head_names_the_last_record_and_is_proved_with_the_public_key(project: Path, seal: Seal) -> None:
    made = heads.sign(project, seal)
    assert made
    assert (made.seq, made.hash) == (7, log.ends(project)[1].hash)
    seal.key.unlink()
    assert heads.checked(seal.folder, project) == (made,)
    assert heads.checked(seal.folder, project, seal.folder / f"{made.key}.pub") == (made,)


def test_one_head_an_hour_and_none_where_nothing_happened(
    project: Path, seal: Seal, several: tuple[Event, ...]
) -> None:
    assert heads.sign(project, seal, heads.EVERY_S)
    assert heads.sign(project, seal) is None
    log.append(project, several[:1])
    assert heads.sign(project, seal, heads.EVERY_S) is None
    path = seal.folder / heads.FILE
    old = json.loads(path.read_text())
    old["at"] = (datetime.now(UTC) - timedelta(seconds=heads.EVERY_S + 1)).isoformat()
    path.write_text(json.dumps(old) + "\n")
    assert heads.sign(project, seal, heads.EVERY_S)


def test_the_last_of_many_heads_is_the_one_that_counts(project: Path, seal: Seal, several: tuple[Event, ...]) -> None:
    for _ in range(20):
        log.append(project, several[:1])
        assert heads.sign(project, seal)
    assert (seal.folder / heads.FILE).stat().st_size > heads.TAIL
    assert heads.sign(project, seal) is None
    assert [head.seq for head in heads.checked(seal.folder, project)] == list(range(8, 28))


def test_a_head_that_was_changed_or_is_no_head_is_refused(project: Path, seal: Seal) -> None:
    heads.sign(project, seal)
    path = seal.folder / heads.FILE
    good = json.loads(path.read_text())
    for bad in ({**good, "seq": 5}, {**good, "signature": "AAAA"}, {"seq": 1}):
        path.write_text(json.dumps(bad) + "\n")
        with refused("audit_broken"):
            heads.checked(seal.folder, project)


def test_a_log_that_took_the_place_of_another_is_refused(project: Path, seal: Seal, several: tuple[Event, ...]) -> None:
    heads.sign(project, seal)
    log.place(project).unlink()
    log.append(project, several)
    with pytest.raises(Refusal, match="replaced"):
        heads.checked(seal.folder, project)


def test_a_head_of_another_key_is_not_believed(project: Path, seal: Seal, tmp_path: Path) -> None:
    first = heads.sign(project, seal)
    assert first
    other = Seal(tmp_path / "other", tmp_path / "other.key")
    heads.make_key(other.key)
    second = heads.sign(project, other)
    assert second
    with pytest.raises(Refusal, match="another key"):
        heads.checked(seal.folder, project, other.folder / f"{second.key}.pub")


def test_the_key_is_private_and_never_written_over(project: Path, seal: Seal) -> None:
    with refused("key_there"):
        heads.make_key(seal.key)
    seal.key.chmod(0o640)
    with refused("key_open"):
        heads.sign(project, seal)
    seal.key.chmod(0o600)
    seal.key.write_text("no key")
    with refused("not_a_key"):
        heads.sign(project, seal)
    seal.key.unlink()
    with refused("file_absent"):
        heads.sign(project, seal)


def test_a_new_key_goes_on_where_the_old_one_ended(
    project: Path, seal: Seal, tmp_path: Path, several: tuple[Event, ...]
) -> None:
    first = heads.sign(project, seal)
    log.append(project, several[:1])
    heads.make_key(tmp_path / "new.key")
    second = heads.sign(project, Seal(seal.folder, tmp_path / "new.key"))
    assert first
    assert second
    assert first.key != second.key
    assert heads.checked(seal.folder, project) == (first, second)


def test_heads_beside_the_log_are_refused(project: Path, seal: Seal) -> None:
    for folder in (project, project / "audit" / "heads"):
        with refused("bad_setting"):
            heads.sign(project, Seal(folder, seal.key))


def test_without_the_library_it_is_said_which(project: Path, seal: Seal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads.importlib.util, "find_spec", lambda name: None)
    with refused("library_absent"):
        heads.sign(project, seal)
