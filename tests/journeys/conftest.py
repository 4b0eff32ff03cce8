"""A command line to call, in a folder of its own."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from vivomap.cli import main
from vivomap.cli.talk import Manner, behave


@dataclass(frozen=True)
class Answer:
    """What a command gave: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Answer]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Calls `vivomap WORDS…` in an empty folder, without this user's settings."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("VIVOMAP_PROJECT", "VIVOMAP_VISIT_WINDOW", "VIVOMAP_BY"):
        monkeypatch.delenv(name, raising=False)

    def call(*words: object) -> Answer:
        behave(Manner())
        with pytest.raises(SystemExit) as left:
            main([str(w) for w in words])
        said = capsys.readouterr()
        return Answer(int(left.value.code or 0), said.out, said.err)

    return call
