"""`vivomap consent`: recorded by name, the last word counts, and what was said before stays."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from vivomap.cli.consent import consent
from vivomap.cli.ending import ending
from vivomap.cli.look import explain
from vivomap.cli.talk import Manner, behave
from vivomap.store import Project, open_project
from vivomap.store.audit import records

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return open_project(tmp_path / "project")


@pytest.fixture
def call(project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    monkeypatch.setenv("VIVOMAP_PROJECT", str(project.path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(project.path.parent / "config"))
    monkeypatch.delenv("VIVOMAP_BY", raising=False)

    def run(*words: str, json: bool = False, dry_run: bool = False) -> tuple[int, str, str]:
        behave(Manner(json=json, dry_run=dry_run))
        given = list(words)
        code = ending(lambda: consent(given, standalone_mode=False), given, ["set"])
        return (code, *capsys.readouterr())

    return run


def test_yes_no_and_yes_again_are_three_words_and_the_last_counts(call: Call, project: Project) -> None:
    for word in ("--yes", "--no", "--yes"):
        given = call("set", "P1", "--purpose", "research", word, "--by", "Dr A", "--day", "2026-03-01")
        assert given[0] == 0
    assert [c.given for c in project.consents("P1")] == [True, False, True]
    assert project.consents("P2") == ()
    project.verify()
    _, out, _ = call("list")
    assert out.splitlines()[1].split() == ["P1", "research", "yes", "2026-03-01", "Dr", "A"]
    assert len(json.loads(call("list", "P1", "--all", json=True)[1])["consents"]) == 3
    assert project.replay().summary()["consent_entries"] == 3


def test_it_can_be_explained_by_its_id(
    call: Call, project: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = json.loads(
        call("set", "P1", "--purpose", "care", "--no", "--by", "Dr A", "--day", "2026-03-01", json=True)[1]
    )
    behave(Manner())
    explain(said["id"][:12])
    words = "care not given by P1 on 2026-03-01, taken down by Dr A"
    assert capsys.readouterr().out == f"consent {said['id'][:12]}: {words}\n"


def test_it_is_in_the_audit_log(call: Call, project: Project) -> None:
    call("set", "P1", "--purpose", "training", "--no", "--by", "Dr A")
    event = tuple(records(project.path))[-1].event
    assert (event.code, event.action, event.of("patient")) == ("110110", "C", ("P1",))
    assert event.things[0].details == (("consent", "training not given"),)
    assert event.actors[0].user == "Dr A"


def test_a_consent_of_somebody_without_images_makes_no_patient_on_record(call: Call, project: Project) -> None:
    _, _, err = call("set", "P9", "--purpose", "care", "--no", "--by", "Dr A")
    assert "nothing on record" in err
    assert project.patients() == ()


@pytest.mark.parametrize(
    "words",
    [
        ("P1", "--purpose", "research", "--yes"),
        ("P1", "--purpose", "research", "--by", "Dr A"),
        ("P1", "--purpose", "money", "--yes", "--by", "Dr A"),
    ],
)
def test_a_name_a_word_and_a_purpose_are_needed(call: Call, project: Project, words: tuple[str, ...]) -> None:
    assert call("set", *words)[0] == 2
    assert project.consents() == ()


def test_a_dry_run_and_a_wrong_day_record_nothing(call: Call, project: Project) -> None:
    given = ("set", "P1", "--purpose", "research", "--yes", "--by", "Dr A")
    assert call(*given, dry_run=True)[1].startswith("would record: research given by P1")
    assert call(*given, "--day", "soon")[2].startswith("bad_date")
    assert project.consents() == ()
