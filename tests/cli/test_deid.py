"""De-identification at the command line: what is told, what is held, exit codes, and the way back."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.uid import SecondaryCaptureImageStorage

from vivomap.acquire.phantom.series import save
from vivomap.cli.deid import deid
from vivomap.cli.talk import Manner, behave
from vivomap.core import Refusal
from vivomap.store import open_project
from vivomap.store.audit import place, records

KEY = Path("deid.key")


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """An empty folder and a name; call it with the global flags."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VIVOMAP_BY", "A. Physicist")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    def manner(**flags: Any) -> None:
        behave(Manner(**flags))

    manner()
    return manner


def test_a_folder_leaves_without_its_patient(at: Any, small: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert deid(small.visit(0), Path("out"), KEY, new_key=True) == 0
    said = capsys.readouterr()
    assert "of 1 patient de-identified in out" in said.out
    assert "deid-report.txt" in said.err
    assert "VM-SMALL" not in said.out + said.err
    assert json.loads(Path("out/deid-report.json").read_text())["patients"] == 1


def test_what_was_held_is_named_and_the_exit_code_says_so(
    at: Any, small: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deid(small.folder, Path("out"), KEY, new_key=True) == 4
    assert "treatments.csv: not_an_image" in capsys.readouterr().out
    assert not any("treatments" in p.read_text() for p in Path("out").glob("deid-report.*"))


def test_a_secondary_capture_waits_for_a_persons_word(at: Any, small: Any) -> None:
    ds = pydicom.dcmread(next(small.visit(0).rglob("ct/*.dcm")))
    ds.SOPClassUID = SecondaryCaptureImageStorage
    save(Path("in/screen.dcm"), ds)
    assert deid(Path("in"), Path("out"), KEY, new_key=True) == 3
    assert deid(Path("in"), Path("seen"), KEY, approve=[ds.SOPInstanceUID]) == 0


def test_nothing_is_done_without_a_key(at: Any, small: Any) -> None:
    with pytest.raises(Refusal) as refused:
        deid(small.visit(0), Path("out"), KEY)
    assert refused.value.code == "file_absent"
    assert not Path("out").exists()


def test_both_folders_are_needed(at: Any, small: Any) -> None:
    with pytest.raises(Refusal) as refused:
        deid(small.visit(0), None, KEY)
    assert refused.value.code == "bad_setting"


def test_a_dry_run_tells_the_plan_and_leaves_nothing(at: Any, small: Any, capsys: pytest.CaptureFixture[str]) -> None:
    at(dry_run=True)
    assert deid(small.visit(0), Path("out"), KEY, new_key=True) == 0
    assert not KEY.exists()
    at()
    deid(small.visit(0), Path("once"), KEY, new_key=True)
    at(dry_run=True)
    capsys.readouterr()
    assert deid(small.visit(0), Path("out"), KEY) == 0
    assert "would write" in capsys.readouterr().out
    assert not Path("out").exists()


def test_json_says_what_was_done_and_held(at: Any, small: Any, capsys: pytest.CaptureFixture[str]) -> None:
    at(json=True)
    assert deid(small.folder, Path("out"), KEY, new_key=True) == 4
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "vivomap.deid/1"
    assert told["held"] == {"not_an_image": 1}
    assert told["held_files"][0]["path"].endswith("treatments.csv")
    assert {a["tag"] for a in told["attributes"]} >= {"(0010,0010)", "(0008,0020)"}


def test_with_the_key_a_person_can_ask_who_it_is(at: Any, small: Any, capsys: pytest.CaptureFixture[str]) -> None:
    project = open_project(".vivomap")
    deid(small.visit(0), Path("out"), KEY, new_key=True, purpose="trial 7")
    pseudonym = next(p.name for p in Path("out").iterdir() if p.is_dir())
    capsys.readouterr()
    assert deid(key=KEY, reidentify=pseudonym, reason="incidental finding") == 0
    *_, begin, left, asked = (r.event for r in records(project.path))
    assert (begin.code, left.code, left.of("patient")) == ("110106", "110106", ("VM-SMALL",))
    assert (asked.code, asked.type, asked.of("subject")) == ("110113", "110132", (pseudonym,))
    assert "incidental finding" in asked.said
    assert asked.actors[0].user == "A. Physicist"
    said = capsys.readouterr().out
    assert f"{pseudonym} is the patient VM-SMALL" in said
    assert "moved back by" in said
    record = json.loads(Path("deid.key.audit").read_text())
    assert (record["by"], record["reason"], record["pseudonym"]) == ("A. Physicist", "incidental finding", pseudonym)
    at(json=True)
    uid = str(pydicom.dcmread(next(Path("out").rglob("*.dcm"))).StudyInstanceUID)
    assert deid(key=KEY, reidentify=uid) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "uid"
    at(dry_run=True)
    assert deid(key=KEY, reidentify=pseudonym) == 0
    assert len(Path("deid.key.audit").read_text().splitlines()) == 2


def test_nobody_is_identified_without_an_audit_record(at: Any, small: Any, capsys: pytest.CaptureFixture[str]) -> None:
    deid(small.visit(0), Path("out"), KEY, new_key=True)
    pseudonym = next(p.name for p in Path("out").iterdir() if p.is_dir())
    capsys.readouterr()
    with pytest.raises(Refusal) as refused:
        deid(key=KEY, reidentify=pseudonym)
    assert refused.value.code == "not_a_project"
    project = open_project(".vivomap")
    place(project.path).mkdir(parents=True)  # nothing can be written there
    with pytest.raises(Refusal) as refused:
        deid(key=KEY, reidentify=pseudonym)
    assert refused.value.code == "audit_stopped"
    assert "VM-SMALL" not in "".join(capsys.readouterr())
