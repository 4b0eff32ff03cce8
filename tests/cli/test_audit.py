"""`vivomap audit`: what it shows, in three forms; that it tells a broken log by exit code 8; and its heads."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from fhir.resources.R4B.auditevent import AuditEvent
from lxml import etree

from vivomap.cli.audit import audit
from vivomap.cli.ending import ending
from vivomap.cli.talk import Manner, behave
from vivomap.store import open_project
from vivomap.store.audit import append, kinds, place, records

Call = Callable[..., tuple[int, str, str]]
DR_A = kinds.Doer("dr.a", "ws-7")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    made = open_project(tmp_path / "trial7").path
    append(
        made,
        [
            kinds.accessed(DR_A, "P1", ("1.2",)),
            kinds.record(DR_A, "P2", "C"),
            kinds.exported(DR_A, "out", ["P1"], "x\ny"),
        ],
    )
    return made


@pytest.fixture
def call(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    monkeypatch.setenv("VIVOMAP_PROJECT", str(project))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(project.parent / "config"))
    monkeypatch.chdir(project.parent)

    def run(*words: object, json: bool = False, dry_run: bool = False) -> tuple[int, str, str]:
        behave(Manner(json=json, dry_run=dry_run))
        given = [str(w) for w in words]
        code = ending(lambda: audit(given, standalone_mode=False), given, ["list"])
        return (code, *capsys.readouterr())

    return run


def test_the_list_says_who_did_what_with_whose_data_and_is_itself_on_record(call: Call, project: Path) -> None:
    code, out, err = call("list", "--patient", "P1")
    assert code == 0
    lines = out.splitlines()
    assert len(lines) == 3
    assert "DICOM Instances Accessed" in lines[1]
    assert "dr.a" in lines[1]
    assert "P2" not in out
    assert err == "2 records\n"
    assert [r.event.code for r in records(project)][-1] == "110101"


def test_the_list_can_be_narrowed_by_time_and_kind(call: Call) -> None:
    assert json.loads(call("list", "--since", "2100-01-01", json=True)[1])["records"] == []
    assert (
        len(
            json.loads(call("list", "--code", "110106", "--since", "2020-01-01T00:00:00+02:00", json=True)[1])[
                "records"
            ]
        )
        == 1
    )
    assert call("list", "--since", "yesterday")[0] != 0


def test_each_form_is_one_event_a_line(call: Call) -> None:
    dicom = call("list", "--patient", "P1", "--form", "dicom")[1].splitlines()
    assert [etree.fromstring(line.encode()).xpath("string(//EventID/@csd-code)") for line in dicom] == [
        "110103",
        "110106",
    ]
    said = etree.fromstring(dicom[1].encode()).xpath("string(//EventOutcomeDescription)")
    assert said == "x\ny"
    fhir = call("list", "--patient", "P1", "--form", "fhir")[1].splitlines()
    assert [AuditEvent.model_validate_json(line).type.code for line in fhir] == ["110103", "110106"]
    plain = call("list", "--patient", "P1", "--form", "json")[1].splitlines()
    assert [json.loads(line)["code"] for line in plain] == ["110103", "110106"]
    assert call("list", "--form", "xml")[0] == 2


@pytest.mark.parametrize(("form", "names"), [("dicom", 5), ("fhir", 1), ("json", 1)])
def test_an_export_goes_to_a_new_folder(call: Call, project: Path, form: str, names: int) -> None:
    out = project.parent / "trail"
    assert call("export", out, "--form", form, dry_run=True)[1].startswith("would write")
    assert not out.exists()
    assert call("export", out, "--form", form)[0] == 0
    files = sorted(out.iterdir())
    assert len(files) == names
    assert "P1" in "".join(f.read_text() for f in files)
    assert call("export", out)[2].startswith("folder_not_empty")


def test_a_log_that_holds_says_what_is_not_proved(call: Call) -> None:
    code, out, _ = call("verify")
    assert code == 0
    assert out.startswith("the audit log holds: 4 records")
    assert "no signed head" in out


def test_a_broken_log_is_exit_code_eight_and_names_the_record(call: Call, project: Path) -> None:
    path = place(project)
    path.write_bytes(path.read_bytes().replace(b'"P2"', b'"P3"'))
    code, _, err = call("verify")
    assert code == 8
    assert err.startswith("audit_broken: the record was edited")
    assert "record 3" in err


def test_heads_are_signed_elsewhere_and_a_cut_tail_is_exit_code_eight(call: Call, project: Path) -> None:
    heads, key = project.parent / "heads", project.parent / "audit.key"
    given = ("--heads", heads, "--key", key)
    assert call("sign", *given, "--new-key", dry_run=True)[1].count("would") == 2
    assert not key.exists()
    assert call("sign", *given)[2].startswith("file_absent")
    assert call("sign", *given, "--new-key")[1].startswith("head of record 4 signed by key ")
    assert call("sign", *given)[1] == "nothing new to sign\n"
    assert json.loads(call("verify", "--heads", heads, json=True)[1])["signed"] == 4
    public = next(heads.glob("*.pub"))
    assert call("verify", "--heads", heads, "--public", public)[0] == 0
    path = place(project)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    code, _, err = call("verify", "--heads", heads)
    assert code == 8
    assert "records 4 to 4 are cut off" in err


def test_a_head_needs_a_folder_and_a_key(call: Call) -> None:
    assert call("sign")[2].startswith("bad_setting")


def test_what_would_be_sent_is_counted_and_an_absent_receiver_is_exit_code_five(call: Call) -> None:
    assert call("send", "--to", "syslogs://127.0.0.1:1", dry_run=True)[1] == "would send 4 records to 127.0.0.1:1\n"
    code, _, err = call("send", "--to", "syslogs://127.0.0.1:1")
    assert code == 5
    assert err.startswith("receiver_away")
    assert call("send", "--to", "syslog://127.0.0.1:1")[0] == 2
    assert call("send", "--to", "syslogs://127.0.0.1:1", "--authorities", "none.pem")[2].startswith("file_absent")
