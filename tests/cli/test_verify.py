"""`vivomap verify`: the table, JSON, exit code 8, the evidence, and a site's own table."""

import pytest
import typer

from vivomap import cli
from vivomap.cli import verify
from vivomap.cli.talk import Manner, behave
from vivomap.verify import families


@pytest.fixture
def prove(run, monkeypatch):
    """The command, on one process, registered where it is not yet."""
    monkeypatch.setattr(verify.os, "cpu_count", lambda: 1)
    behave(Manner())
    return lambda *words: run("verify", *words)


def test_a_family_is_a_table_with_its_verdict(prove):
    found = prove("size", "--seeds", 3)
    assert found.code == 0
    assert found.out.splitlines()[0].split() == [
        *("family", "biomarker", "truth", "result", "u", "tolerance", "unit", "held", "of", "n", "verdict")
    ]
    assert "volume" in found.out
    assert found.out.splitlines()[-1] == "6 of 6 proofs hold"


def test_json_has_the_agreed_rows(prove):
    data = prove("volume", "--seeds", 4, "--json").data
    (row,) = data["rows"]
    assert (data["schema"], data["ok"]) == ("vivomap.verify/1", True)
    assert (row["family"], row["biomarker"], row["unit"], row["ok"]) == ("size", "volume", "mL", True)
    assert row["coverage"]["n"] == 4
    assert abs(row["result"] - row["truth"]) <= row["tolerance"]


def test_labels_are_text_and_numbers_are_numbers(prove):
    rows = prove("criteria", "--json").data["rows"]
    assert {r["truth"] for r in rows} == {"CR", "PR", "SD", "PD", "CMR", "PMR", "SMD", "PMD"}
    assert all(r["coverage"] is None for r in rows)


def test_noise_widens_the_intervals(prove):
    (row,) = prove("density", "--noise", 3, "--seeds", 3, "--json").data["rows"]
    assert row["widened"] == pytest.approx(3, rel=0.2)


def test_a_row_that_fails_is_exit_code_8(prove, monkeypatch):
    monkeypatch.setattr("vivomap.quantify.size.volume_doubt", lambda *a: 0.0)
    found = prove("voxel_count", "--seeds", 3)
    assert found.code == 8
    assert "not ok: voxel_count, the result lies further from the truth" in found.out


def test_the_evidence_is_a_page(prove, tmp_path):
    assert prove("change", "--out", "evidence.html").code == 0
    assert "4 of 4 proofs hold" in (tmp_path / "evidence.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sizes",), "did you mean size"),
        (("size", "--out", "evidence.doc"), ".html or .pdf"),
        (("size", "--noise", 0), "a factor above 0"),
    ],
)
def test_what_cannot_be_asked_is_refused(prove, words, said):
    found = prove(*words)
    assert found.code == 2
    assert said in found.err


def test_a_dry_run_says_the_plan_and_does_nothing(prove):
    found = prove("--dry-run")
    assert found.out.startswith("would verify ")
    assert all(name in found.out for name in families())
    assert "1000 seeds of each phantom, however long" in prove("size", "--full", "--dry-run").out


def test_a_site_table_is_read(prove, tmp_path):
    lines = [f"v{k},{s},{1.2 * k + s / 100},mm,{k}" for k in range(1, 9) for s in (1, 2)]
    (tmp_path / "t.csv").write_text("\n".join(["subject,scan,value,unit,truth", *lines, "v9,1,?,mm,9"]))
    found = prove("--site", "t.csv", "--out", "site.html")
    assert found.code == 8
    assert "slope" in found.out
    assert "not met" in found.out
    assert "left out: line 18" in found.err
    assert (tmp_path / "site.html").exists()
    data = prove("--site", "t.csv", "--json").data
    assert {r["quantity"] for r in data["rows"]} >= {"wSD", "RC", "wCV", "bias", "slope"}
    assert "would read t.csv" in prove("--site", "t.csv", "--dry-run").out


def test_the_examples_are_commands():
    assert all(e.startswith("vivomap verify") for e in verify.EXAMPLES)
    assert isinstance(typer.main.get_command(cli.app).name, str)
