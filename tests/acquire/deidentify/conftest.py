"""A key, a patient to de-identify, and a way to do it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from vivomap.acquire.deidentify import Key, Order, Summary, deidentify, make_key, read_key
from vivomap.acquire.deidentify.values import Who


@pytest.fixture
def key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same key in every run: with another, a date of 1900 may leave the years that the door believes."""
    path = tmp_path / "keys" / "trial.key"
    path.parent.mkdir()
    with monkeypatch.context() as fixed:
        fixed.setattr("vivomap.acquire.deidentify.key.secrets.token_hex", lambda size: "5a" * size)
        make_key(path)
    return path


@pytest.fixture
def key() -> Key:
    return Key(bytes(range(32)), "trial")


@pytest.fixture
def who(key: Key) -> Who:
    return Who(key, "VM1", 100, frozenset({"doe", "jane", "mrn77"}))


@pytest.fixture
def cleaned(tmp_path: Path, key_file: Path) -> Callable[..., tuple[Path, Summary]]:
    """De-identifies a folder into a new one."""

    def call(source: Path, name: str = "out", *approved: str) -> tuple[Path, Summary]:
        out = tmp_path / name
        return out, deidentify(Order((source,), out, read_key(key_file), key_file, frozenset(approved), "me"))

    return call
