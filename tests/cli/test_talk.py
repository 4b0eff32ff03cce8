"""Data on stdout, talk on stderr."""

import json

import pytest

from vivomap.cli.talk import Manner, behave, bold, complain, emit, exit_code, say, show, table
from vivomap.core import Refusal


def test_json_takes_the_place_of_text(capsys: pytest.CaptureFixture[str]) -> None:
    behave(Manner(json=True))
    show("text")
    table([("1",)], ("n",))
    emit("thing", value=1)
    assert json.loads(capsys.readouterr().out) == {"schema": "vivomap.thing/1", "value": 1}


def test_talk_goes_to_stderr_and_can_be_silenced(capsys: pytest.CaptureFixture[str]) -> None:
    behave(Manner())
    say("working")
    behave(Manner(quiet=True))
    say("still working")
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "working\n")


def test_numbers_stand_right_in_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    behave(Manner())
    table([("a", "1.0"), ("bb", "10.0")], ("name", "value"))
    assert capsys.readouterr().out == "name  value\na       1.0\nbb     10.0\n"


def test_no_colour_off_a_terminal() -> None:
    behave(Manner())
    assert bold("x") == "x"


def test_exit_codes_follow_the_kind_of_refusal(capsys: pytest.CaptureFixture[str]) -> None:
    behave(Manner())
    assert [exit_code(c) for c in ("bad_setting", "cannot_write", "disk_full", "broken_chain", "empty_folder")] == [
        2, 7, 6, 8, 3,
    ]  # fmt: skip
    assert complain(Refusal("bad_setting", "wrong")) == 2
    assert len(capsys.readouterr().err.splitlines()) == 5
