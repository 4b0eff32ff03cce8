"""Flag, environment, project, user, default: in this order."""

from pathlib import Path

import pytest


def test_each_origin_wins_over_the_next(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def origin() -> tuple[str, str]:
        data = run("config", "explain", "visit_window", "--json").data
        return data["value"], data["origin"].split()[0]

    assert origin() == ("0", "default")
    user = tmp_path / "config" / "vivomap" / "config.toml"
    user.parent.mkdir(parents=True)
    user.write_text("[config]\nvisit_window = 1\n")
    assert origin() == ("1", "user")
    assert run("init").code == 0
    project = tmp_path / ".vivomap" / "project.toml"
    project.write_text(project.read_text() + "\n[config]\nvisit_window = 2\n")
    assert origin() == ("2", "project")
    monkeypatch.setenv("VIVOMAP_VISIT_WINDOW", "3")
    assert origin() == ("3", "environment")


def test_a_flag_wins_over_all(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIVOMAP_PROJECT", "elsewhere")
    data = run("config", "explain", "project", "--project", "here", "--json").data
    assert (data["value"], data["origin"]) == ("here", "flag")


def test_an_unknown_setting_names_the_known(run) -> None:
    answer = run("config", "explain", "colour")
    assert answer.code == 2
    assert "visit_window" in answer.err


def test_a_setting_that_is_no_number_is_named_with_its_origin(
    run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VIVOMAP_VISIT_WINDOW", "soon")
    (tmp_path / "scans").mkdir()
    answer = run("quantify", "scans", "--region", "liver=sphere:0,0,0,5")
    assert answer.code == 2
    assert "VIVOMAP_VISIT_WINDOW" in answer.err


def test_a_broken_settings_file_is_named(run, tmp_path: Path) -> None:
    user = tmp_path / "config" / "vivomap" / "config.toml"
    user.parent.mkdir(parents=True)
    user.write_text("not toml at all [")
    answer = run("config", "explain", "visit_window")
    assert answer.code == 2
    assert "config.toml" in answer.err
