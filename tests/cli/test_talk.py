"""Data on stdout, talk on stderr."""

import json

import pytest

from vivomap.cli.talk import (
    Manner,
    behave,
    bold,
    clean,
    complain,
    counted,
    emit,
    exit_code,
    plan,
    say,
    show,
    table,
    unknown,
)
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


def test_what_would_steer_a_terminal_is_written_as_its_number(capsys: pytest.CaptureFixture[str]) -> None:
    behave(Manner())
    hostile = "a\x1b[2Jb\x07c\u202ed\x00e\x9bf\udc80"
    show(hostile)
    table([(hostile,)], ("name",))
    say(hostile)
    said = capsys.readouterr()
    for text in (said.out, said.err):
        assert not {"\x1b", "\x07", "\u202e", "\x00", "\x9b", "\udc80"} & set(text)
        assert "a\\x1b[2Jb\\x07c\\u202ed\\x00e\\x9bf\\udc80" in text
    assert clean("äöü 日本 ± naïve") == "äöü 日本 ± naïve"


def test_hostile_text_reads_back_from_json_as_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "a\x1b[2J\u202e\x9b\u2028\udc80</script>"
    behave(Manner(json=True))
    emit("thing", value=hostile)
    out = capsys.readouterr().out
    assert json.loads(out)["value"] == hostile
    assert not {"\x1b", "\u202e", "\x9b", "\u2028", "\udc80"} & set(out)


def test_a_plan_is_steps_as_text_or_as_an_object(capsys: pytest.CaptureFixture[str]) -> None:
    behave(Manner())
    plan("wash", "dry")
    assert capsys.readouterr().out == "would wash\nwould dry\n"
    behave(Manner(json=True))
    plan("wash", "dry")
    assert json.loads(capsys.readouterr().out) == {"schema": "vivomap.plan/1", "steps": ["wash", "dry"]}


def test_an_unknown_name_comes_with_those_that_are_near_or_else_with_all() -> None:
    near = unknown("a biomarker", "suvmax", ("suv_max", "suv_mean", "volume"))
    assert (near.code, near.hint, near.expected) == (
        "unknown_name",
        "did you mean suv_max or suv_mean",
        "suv_max, suv_mean",
    )
    assert unknown("a biomarker", "xyz", ("suv_max", "volume")).expected == "suv_max, volume"


def test_one_is_told_from_many() -> None:
    assert [counted(n, "file") for n in (0, 1, 2)] == ["0 files", "1 file", "2 files"]
