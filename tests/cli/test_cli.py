"""The conventions of the command line (rules U1 to U8)."""

import subprocess
import sys
from pathlib import Path

import pytest

from vivomap.cli import COMMANDS, hoist
from vivomap.core.version import __version__


def test_global_flags_may_stand_anywhere() -> None:
    assert hoist(["inspect", "a", "--json"]) == ["--json", "inspect", "a"]
    assert hoist(["assess", "p", "a", "--project", "x", "-q"]) == ["--project", "x", "-q", "assess", "p", "a"]
    assert hoist(["inspect", "--", "--json"]) == ["inspect", "--", "--json"]
    assert hoist(["inspect", "a", "--project=x"]) == ["--project=x", "inspect", "a"]


def test_help_lists_what_is_there_and_each_command_has_two_examples(run) -> None:
    answer = run("--help")
    assert answer.code == 0
    assert all(f"  {name} " in answer.out for name, _, _ in COMMANDS)
    for name, _, examples in COMMANDS:
        page = run(name, "-h")
        assert page.code == 0
        assert len(examples) == 2
        assert page.out.count(f"vivomap {name}") >= 2
    assert "Research use only" in answer.out


def test_version_is_said(run) -> None:
    assert run("--version").out.strip() == f"vivomap {__version__}"


def test_an_unknown_verb_gets_a_suggestion(run) -> None:
    answer = run("inspct", "a")
    assert answer.code == 2
    assert "did you mean 'inspect'" in answer.err
    assert answer.out == ""


def test_an_unknown_flag_is_a_usage_error_of_five_lines(run) -> None:
    answer = run("inspect", "a", "--nonsense")
    assert answer.code == 2
    assert len(answer.err.strip().splitlines()) == 5
    assert answer.err.strip().endswith("vivomap explain bad_setting")


def test_a_path_that_is_not_there_is_said_in_five_lines_and_as_json(run) -> None:
    answer = run("inspect", "nowhere", "--json")
    assert answer.code == 3
    assert len(answer.err.strip().splitlines()) == 5
    assert answer.data["schema"] == "vivomap.error/1"
    assert answer.data["code"] == "file_absent"


def test_an_empty_folder_is_refused_with_a_code(run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    answer = run("inspect", "empty")
    assert answer.code == 3
    assert answer.err.startswith("empty_folder: ")


def test_quiet_says_nothing_but_errors(run) -> None:
    assert run("-q", "init").err == ""


def test_a_bug_leaves_a_report_without_values(run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("Doe^John")

    monkeypatch.setattr("vivomap.store.open_project", broken)
    answer = run("init")
    assert answer.code == 1
    report = next(tmp_path.glob("vivomap-bug-*.txt")).read_text()
    assert "KeyError" in report
    assert "Doe" not in report + answer.err


def test_help_loads_no_numerics() -> None:
    code = (
        "import sys; from vivomap.cli import app\n"
        "heavy = {'scipy', 'pydicom', 'sqlalchemy', 'skimage', 'SimpleITK'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(heavy)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
