"""`vivomap protocol`: from folders or from the record, as lines, JSON and charts."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from vivomap.cli.protocol import protocol
from vivomap.cli.talk import Manner, behave
from vivomap.core import Refusal

APP = typer.Typer()
APP.command()(protocol)


def call(*words: object, **manner: bool) -> str:
    behave(Manner(**manner))  # type: ignore[arg-type]
    done = CliRunner().invoke(APP, [str(w) for w in words], standalone_mode=False)
    if done.exception:
        raise done.exception
    return done.stdout


def test_folders_give_lines_json_and_charts(small, tmp_path: Path, run: Callable[..., object]) -> None:  # type: ignore[no-untyped-def]
    found = json.loads(call(small.folder, "--out", tmp_path / "p.html", json=True))
    kvp = next(t for t in found["traces"] if t["setting"] == "kvp")
    assert [p["value"] for p in kvp["points"]] == [120, 120]
    assert kvp["changes"] == []
    assert "0 changes" in call(small.folder)
    assert "Protocol over time" in (tmp_path / "p.html").read_text(encoding="utf-8")


def test_the_record_gives_the_same(small, run: Callable[..., object]) -> None:  # type: ignore[no-untyped-def]
    run("assess", "lung_response", small.folder)
    from_record, from_folder = (json.loads(call(*words, json=True)) for words in ((), (small.folder,)))
    assert from_record == from_folder


def test_another_ending_is_refused_and_the_plan_writes_nothing(tmp_path: Path, small) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Refusal):
        call(small.folder, "--out", tmp_path / "p.docx")
    assert "would write" in call(small.folder, "--out", tmp_path / "p.html", dry_run=True)
    assert not (tmp_path / "p.html").exists()
