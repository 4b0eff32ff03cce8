"""`vivomap quarantine`: what waits for a person, why, and what to do next."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from vivomap.cli.ending import ending
from vivomap.cli.quarantine import quarantine
from vivomap.cli.talk import Manner, behave
from vivomap.store import open_project
from vivomap.store.inbox import Arrival, Inbox, Judgement, System, open_inbox

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    """Three objects: one good, one held, one that contradicts the good one."""
    made = open_inbox(open_project(tmp_path / "project").path, System())
    for text, instance in (("good", "1.1"), ("cut", "1.2"), ("rival", "1.1")):
        came = Arrival("1.2", instance, "1.3", hashlib.sha256(text.encode()).hexdigest(), "CT_1\x1b[31m", "192.0.2.7")
        made.keep(came, lambda text=text: (text.encode(),))
    for row in made.unjudged():
        held = Judgement("HOLD", "pixels_cut", "the file holds fewer pixels than it says", "9.1")
        made.judge([(row, held if row.instance == "1.2" else Judgement("KEEP", study="9.1", patient="P1"))])
    return made


@pytest.fixture
def call(inbox: Inbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    monkeypatch.setenv("VIVOMAP_PROJECT", str(inbox.root))
    monkeypatch.delenv("VIVOMAP_BY", raising=False)

    def run(*words: str, json: bool = False, dry_run: bool = False) -> tuple[int, str, str]:
        behave(Manner(json=json, dry_run=dry_run))
        given = list(words)
        code = ending(lambda: quarantine(given, standalone_mode=False), given, ["list"])
        return (code, *capsys.readouterr())

    return run


def name(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_list_names_what_waits_with_its_reason_and_next_step(call: Call) -> None:
    code, out, _ = call("list")
    assert code == 0
    rows = [line.split() for line in out.splitlines()]
    assert [r[:3] for r in rows if r[0] in (name(t)[:12] for t in ("good", "cut", "rival"))] == [
        [name("good")[:12], "KEEP", "uid_conflict"],
        [name("cut")[:12], "HOLD", "pixels_cut"],
        [name("rival")[:12], "KEEP", "uid_conflict"],
    ]
    assert "vivomap explain pixels_cut" in out
    assert "\x1b" not in out


def test_json_holds_every_object_with_all_that_happened(call: Call) -> None:
    _, out, _ = call("list", "--all", json=True)
    said = json.loads(out)
    assert said["schema"] == "vivomap.quarantine/1"
    assert [(o["disposition"], [r["kind"] for r in o["rows"]]) for o in said["objects"]] == [
        ("KEEP", ["arrived", "judged"]),
        ("HOLD", ["arrived", "judged"]),
        ("KEEP", ["arrived", "conflict", "judged"]),
    ]


def test_show_says_how_it_came_where_it_lies_and_what_it_contradicts(call: Call, inbox: Inbox) -> None:
    _, out, _ = call("show", name("rival")[:8])
    assert f"object {name('rival')}" in out
    assert f"the same SOP instance as {name('good')[:12]}" in out
    assert str(inbox.path(name("rival"))) in out
    assert "next: " in out


def test_hold_and_release_are_recorded_with_name_and_reason(call: Call, inbox: Inbox) -> None:
    assert call("hold", name("rival")[:8], "--by", "Dr A", "--reason", "old version")[0] == 0
    assert {p.read_bytes() for p in inbox.files()} == {b"good"}
    assert call("release", name("cut")[:8], "--by", "Dr B", "--reason", "seen")[0] == 0
    assert {p.read_bytes() for p in inbox.files()} == {b"good", b"cut"}
    last = inbox.find(name("cut")).rows[-1]
    assert (last.kind, last.said("by"), last.said("reason")) == ("released", "Dr B", "seen")


def test_a_decision_needs_a_name_and_a_reason(call: Call, inbox: Inbox) -> None:
    assert call("release", name("cut")[:8], "--reason", "seen")[0] == 2
    assert call("release", name("cut")[:8], "--by", "Dr B", "--reason", " ")[0] == 2
    assert inbox.find(name("cut")).disposition == "HOLD"


def test_a_dry_run_changes_nothing(call: Call, inbox: Inbox) -> None:
    code, out, _ = call("release", name("cut")[:8], "--by", "Dr B", "--reason", "seen", dry_run=True)
    assert (code, out.startswith("would record: Dr B released")) == (0, True)
    assert inbox.find(name("cut")).disposition == "HOLD"


def test_an_unknown_object_is_a_refusal(call: Call) -> None:
    code, _, err = call("show", "zz")
    assert code == 2
    assert err.startswith("unknown_name")
