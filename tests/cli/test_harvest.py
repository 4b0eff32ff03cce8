"""`vivomap harvest`: a table of other people's numbers, their complaints, and what was refused."""

from __future__ import annotations

import csv
import hashlib
import importlib.util
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from pydicom.dataset import Dataset

from vivomap.acquire.harvest import Sheet, harvest
from vivomap.acquire.harvest.child import Reader
from vivomap.acquire.harvest.read import sheet
from vivomap.cli import harvest as command
from vivomap.cli.ending import ending
from vivomap.cli.talk import Manner, behave
from vivomap.core import decode
from vivomap.core.claims import Measurement, Missing
from vivomap.store import open_project
from vivomap.store.inbox import Arrival, open_inbox

_spec = importlib.util.spec_from_file_location(
    "harvest_builders", Path(__file__).parents[1] / "acquire" / "harvest" / "conftest.py"
)
assert _spec
assert _spec.loader
builders = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(builders)

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Calls the command as the program does; gives exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("VIVOMAP_PROJECT", raising=False)
    app = typer.Typer()
    app.command("harvest")(command.harvest)

    def run(*words: object, json: bool = False, dry_run: bool = False) -> tuple[int, str, str]:
        behave(Manner(json=json, dry_run=dry_run))
        given = [str(w) for w in words]
        left = ending(lambda: app(given, standalone_mode=False), ["harvest", *given], ["harvest"])
        said = capsys.readouterr()
        return int(left or 0), said.out, said.err

    return run


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read in this process, which saves the start of another."""
    monkeypatch.setattr(Reader, "read", lambda self, path: sheet(path))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A good report, one in inches of its own, and a file that is none."""
    place = tmp_path / "reports"
    place.mkdir()
    builders.saved(builders.report(), place / "a.dcm")
    odd = builders.report()
    name, value, unit = "371884006", "0.6", builders.code("mm", "UCUM", "mm")
    doubt = builders.num(builders.code(name, "SCT", "+/-, range of measurement uncertainty"), value, unit)
    doubt.RelationshipType = "HAS PROPERTIES"
    builders.axis(odd).ContentSequence = [doubt]
    measured: Dataset = builders.of(odd).ContentSequence[5].MeasuredValueSequence[0]
    builders._recode(measured.MeasurementUnitsCodeSequence[0], "stone", "99ACME", "stones")
    builders.saved(odd, place / "b.dcm")
    (place / "c.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"\xff" * 50)
    (place / "notes.md").write_text("no object")
    return place


@pytest.mark.slow  # starts the process that reads
def test_the_table_says_each_number_and_stderr_what_is_wrong(call: Call, folder: Path) -> None:
    code, out, err = call(folder)
    assert code == 4
    lines = out.splitlines()
    assert lines[0].split() == ["number", "value", "unit", "uncertainty", "lesion", "day", "maker"]
    assert len(lines) == 4
    assert "not stated" in lines[1]
    assert "0.346" in lines[3]
    assert "unknown_unit" in err
    assert "refused" in err
    assert "c.dcm" in err
    assert "notes.md" not in err
    assert "3 numbers in 2 objects; 2 without a stated uncertainty" in err


@pytest.mark.usefixtures("here")
def test_complaints_are_told_once_for_a_maker(call: Call, tmp_path: Path) -> None:
    for k in range(3):
        ds = builders.report()
        builders._text(ds, "23,5")
        builders.saved(ds, tmp_path / f"{k}.dcm")
    code, _, err = call(tmp_path)
    assert code == 0
    assert "number_comma by Acme Reader 4.1, 3 objects: PS3.5 Table 6.2-1" in err


@pytest.mark.usefixtures("here")
def test_json_holds_the_claims_as_the_codec_writes_them(call: Call, folder: Path) -> None:
    code, out, _ = call(folder, json=True)
    said = json.loads(out)
    assert (code, said["schema"]) == (4, "vivomap.harvest/1")
    numbers = [n for o in said["objects"] for n in o["numbers"]]
    claims = [decode(n["claim"]) for n in numbers]
    assert [n["measurement"] for n in numbers] == [isinstance(c, Measurement) for c in claims]
    assert [type(c) for c in claims] == [Missing, Missing, Measurement]
    assert [n["uncertainty"] for n in numbers].count(None) == 2
    refused = {Path(o["path"]).name: o["refused"][0] for o in said["objects"] if o["refused"]}
    assert set(refused) == {"c.dcm", "notes.md"}


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("ending_", ["csv", "parquet"])
def test_the_table_as_a_file_has_every_digit_and_no_zero_for_nothing(
    ending_: str, call: Call, folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / f"table.{ending_}"
    call(folder, "--out", out)
    if ending_ == "csv":
        rows: list[dict[str, Any]] = list(csv.DictReader(io.StringIO(out.read_text())))
        assert [r["uncertainty"] for r in rows] == ["", "", repr(0.6 / 3**0.5)]
    else:
        from pyarrow import parquet

        rows = parquet.read_table(out).to_pylist()
        assert [r["uncertainty"] for r in rows] == [None, None, 0.6 / 3**0.5]
    assert [float(r["value"]) for r in rows] == [23.5, 4.2, 23.5]
    assert {r["tracking_uid"] for r in rows} == {builders.TRACKING}
    assert {r["maker"] for r in rows} == {"Acme Reader 4.1"}


def test_a_dry_run_reads_and_writes_nothing(call: Call, folder: Path, tmp_path: Path) -> None:
    code, out, _ = call(folder, "--out", "t.csv", dry_run=True)
    assert (code, out.splitlines()) == (
        0,
        ["would read 4 files, each in a process of its own", "would write the numbers to t.csv"],
    )
    assert not (tmp_path / "t.csv").exists()


@pytest.mark.usefixtures("here")
def test_the_inbox_of_the_project_is_harvested_without_what_is_held(call: Call, tmp_path: Path) -> None:
    inbox = open_inbox(open_project(tmp_path / ".vivomap").path)
    for k, ds in enumerate((builders.report(), builders.report())):
        ds.SOPInstanceUID = f"1.2.3.{k}"
        body = builders.saved(ds, tmp_path / "sent").read_bytes()
        digest = hashlib.sha256(body).hexdigest()
        came = Arrival(str(ds.SOPClassUID), str(ds.SOPInstanceUID), "1.2.840.10008.1.2.1", digest, "PACS", "192.0.2.7")
        kept = inbox.keep(came, lambda body=body: (body,))  # type: ignore[misc]
    inbox.decide(kept.object, "held", "Dr A", "not ours")
    code, out, _ = call("--inbox", json=True)
    assert code == 0
    assert [o["uid"] for o in json.loads(out)["objects"]] == ["1.2.3.0"]


@pytest.mark.usefixtures("here")
def test_nothing_to_read_and_bad_patterns_are_refused(call: Call, folder: Path, tmp_path: Path) -> None:
    assert call()[0] == 3
    assert "empty_folder" in call()[2]
    assert call(tmp_path / "nowhere")[0] == 3
    (tmp_path / "p.toml").write_text("[[pattern]]\nname = 'x'\n")
    code, _, err = call(folder, "--patterns", tmp_path / "p.toml")
    assert "bad_pattern" in err
    assert code == 2 or code == 3
    assert "bad_setting" in call(folder, "--out", "t.xlsx")[2]


@pytest.mark.usefixtures("here")
def test_a_licence_beside_the_objects_is_said_and_harms_nothing(call: Call, folder: Path) -> None:
    for name in ("b.dcm", "c.dcm"):
        (folder / name).unlink()
    (folder / "licence.txt").write_text("as is")
    code, _, err = call(folder)
    assert code == 0
    assert "no_pattern" in err


@pytest.mark.usefixtures("here")
def test_only_refused_files_give_exit_code_three(call: Call, tmp_path: Path) -> None:
    (tmp_path / "x.dcm").write_bytes(b"nothing")
    assert call(tmp_path / "x.dcm")[0] == 3


@pytest.mark.slow  # starts the process that reads, twice
def test_the_command_and_the_function_say_the_same(call: Call, folder: Path) -> None:
    found: tuple[Sheet, ...] = harvest([folder / "a.dcm"])
    said = json.loads(call(folder / "a.dcm", json=True)[1])["objects"][0]
    assert [n["value"] for n in said["numbers"]] == [n.value for n in found[0].numbers]
