"""`vivomap template`: a file is checked with every fault, slots are listed, a shipped template is printed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from vivomap.cli.ending import ending
from vivomap.cli.talk import Manner, behave
from vivomap.cli.template import EXAMPLES, template
from vivomap.report.templates.choose import shipped, text_of

Call = Callable[..., tuple[int, str, str]]
RIGHT = "title: T\npathway: lung_response\n---\n[lesion]\n{letter} {long_axis mm}\n[end]\n{research}\n"


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    def run(*words: object, json: bool = False, dry_run: bool = False) -> tuple[int, str, str]:
        behave(Manner(json=json, dry_run=dry_run))
        given = [str(w) for w in words]
        code = ending(lambda: template(given, standalone_mode=False), given, ["check", "list", "show"])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_a_right_template_is_said_to_be_right(call: Call, tmp_path: Path) -> None:
    (tmp_path / "chest.txt").write_text(RIGHT)
    code, out, err = call("check", tmp_path / "chest.txt")
    assert (code, err) == (0, "")
    assert out == f"{tmp_path / 'chest.txt'}: right, 3 slots, for lung_response\n"


def test_every_fault_is_named_with_line_and_suggestion_and_the_exit_code_says_so(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "chest.txt"
    path.write_text(RIGHT.replace("long_axis mm", "long_axes mm} {volume").replace("{research}", "x"))
    code, out, err = call("check", path)
    assert code == 3
    assert out == f"{path}: 3 faults\n"
    assert err.count("bad_template: ") == 3
    assert f"{path}, line 5" in err
    assert "did you mean long_axis?" in err
    assert "{volume mL}" in err
    code, out, _ = call("check", path, json=True)
    said = json.loads(out)
    assert (code, said["schema"], len(said["faults"])) == (3, "vivomap.template.check/1", 3)
    assert said["faults"][0]["where"] == f"{path}, line 5"


def test_a_file_that_is_no_template_is_refused_in_five_lines(call: Call, tmp_path: Path) -> None:
    code, _, err = call("check", tmp_path / "absent.txt")
    assert code == 3
    assert len(err.splitlines()) == 5
    assert err.startswith("bad_template: the template cannot be read")


def test_a_plan_checks_nothing(call: Call, tmp_path: Path) -> None:
    assert call("check", tmp_path / "absent.txt", dry_run=True)[:2] == (0, f"would check {tmp_path / 'absent.txt'}\n")


def test_the_list_names_templates_and_slots(call: Call) -> None:
    code, out, _ = call("list", "--pathway", "lung_response")
    assert code == 0
    assert out.startswith(f"shipped: {', '.join(shipped())}\n")
    assert "{long_axis mm}" in out
    assert "{suv_max SUVbw}" not in out
    assert "{suv_max SUVbw}" in call("list")[1]
    said = json.loads(call("list", json=True)[1])
    assert said["shipped"] == list(shipped())
    assert {"slot": "{day}", "where": "anywhere", "gives": "the day of the visit"} in said["slots"]
    assert call("list", "--pathway", "lung_respons")[0] == 2


def test_a_shipped_template_is_printed_as_it_is_and_checks_out(call: Call, tmp_path: Path) -> None:
    code, out, _ = call("show", "lung_response")
    assert code == 0
    assert out == text_of("lung_response")
    (tmp_path / "mine.txt").write_text(out)
    assert call("check", tmp_path / "mine.txt")[0] == 0
    assert json.loads(call("show", "lung_response", json=True)[1])["text"] == text_of("lung_response")
    assert call("show", "new_question")[0] == 3


def test_the_examples_are_commands() -> None:
    assert set(EXAMPLES) == {"check", "list", "show"}
    assert all(len(two) == 2 and all(e.startswith(f"vivomap template {k}") for e in two) for k, two in EXAMPLES.items())
