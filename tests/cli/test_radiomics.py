"""Whole tables of features from scans, what repeats, and what moved; and what is refused."""

import csv

import numpy as np
import pytest

from vivomap.cli import app, radiomics
from vivomap.store import site


@pytest.fixture(autouse=True)
def registered():
    """The commands, until the command line names them itself."""
    if "radiomics" not in {g.name for g in app.registered_groups}:
        app.add_typer(radiomics.radiomics, name="radiomics")


UNITS = {"RNU0": "mm3", "TLU2": "1", "ACUI": "1", "QCDE": ""}


def repeats(path, scans=("2026-01-01", "2026-01-02"), subjects=40, seed=0, card="ct filtered 1"):
    """A table of features of repeated scans: TLU2 repeats, ACUI does not, QCDE follows the volume."""
    rng = np.random.default_rng(seed)

    def scanned(middle, own, sd):
        return middle * np.exp(own + rng.normal(0, sd, (subjects, len(scans))))

    large = rng.normal(0, 0.8, (subjects, 1))
    made = {"RNU0": scanned(1000, large, 0.03), "TLU2": scanned(3, rng.normal(0, 0.4, (subjects, 1)), 0.02)}
    made |= {"ACUI": scanned(2, rng.normal(0, 0.1, (subjects, 1)), 0.3), "QCDE": scanned(0.01, -large, 0.05)}
    lines = [
        f"P{s},{scan},L,ct,{name},{values[s, k]:.6g},{card},{UNITS[name]}"
        for name, values in made.items()
        for s in range(subjects)
        for k, scan in enumerate(scans)
    ]
    path.write_text("\n".join(("subject,scan,region,image,feature,value,card,unit", *lines)) + "\n", encoding="utf-8")
    return path


def read(path):
    with path.open(encoding="utf-8") as table:
        return list(csv.DictReader(table))


@pytest.mark.slow  # five visits of a chest are read
def test_every_feature_of_a_region_is_written_with_its_code_unit_and_card(run, small):
    out = small.folder.parent / "features.csv"
    answer = run(
        "radiomics", "table", small.visit(0), "--region", "lesion_1 lung", "--no-filters", "--out", out, "--json"
    )
    assert answer.code == 0, answer.err
    rows = {r["feature"]: r for r in read(out)}
    assert len(rows) == 169
    assert (rows["RNU0"]["unit"], rows["RNU0"]["name"]) == ("mm3", "shape volume")
    assert {r["card"] for r in rows.values()} == {"ct filtered 1"}
    assert float(rows["TU9B"]["u"]) > 0
    assert rows["RNU0"]["u"] == ""
    assert answer.data["schema"] == "vivomap.radiomics.table/1"
    assert {r["feature"]: r["value"] for r in answer.data["rows"]} == {k: float(r["value"]) for k, r in rows.items()}


def test_what_would_be_read_is_said_beforehand(run, small):
    answer = run("radiomics", "table", small.visit(0), "--region", "lesion_1 lung", "--dry-run")
    assert "would read the features of lesion_1 lung at 1 visit" in answer.out


def test_a_region_that_is_too_small_is_said(run, small):
    where = "tiny=sphere:0,0,0,2"
    answer = run("radiomics", "table", small.visit(0), "--region", where, "--no-filters")
    assert answer.code == 4
    assert "too_few_voxels" in answer.err


def test_each_feature_is_judged_with_its_reason(run, tmp_path):
    answer = run("radiomics", "robust", repeats(tmp_path / "r.csv"), "--json")
    assert answer.code == 0, answer.err
    rows = {r["feature"]: r for r in answer.data["rows"]}
    verdicts = {name: rows[name]["verdict"] for name in ("TLU2", "ACUI", "QCDE")}
    assert verdicts == {"TLU2": "admitted", "ACUI": "not repeatable", "QCDE": "volume surrogate"}
    assert rows["TLU2"]["wcv_percent"] == pytest.approx(2, rel=0.3)
    assert rows["TLU2"]["icc_low"] > 0.75
    assert {r["feature"]: r["unit"] for r in rows.values()} == UNITS
    told = run("radiomics", "robust", tmp_path / "r.csv").out
    assert "1 of 3 features admitted, of 40 subjects" in told
    assert "1 feature volume surrogate; the nearest, QCDE: lower limit of the ICC" in told


def test_limits_of_features_that_have_a_card_go_into_a_site_file(run, tmp_path):
    out = tmp_path / "site.toml"
    table = repeats(tmp_path / "r.csv")
    assert run("radiomics", "robust", table, "--limits", out, "--by", "Dr A").code == 0
    (limits,) = site.read(out).limits
    assert (limits.name, limits.kind, limits.subjects) == ("ct_entropy", "%", 40)
    assert limits.coefficient("any", True) == pytest.approx(2.77 * 2, rel=0.3)
    assert run("radiomics", "robust", table, "--limits", out).code == 2


def test_a_change_is_told_with_its_limits_behind_the_volume(run, tmp_path):
    known = repeats(tmp_path / "r.csv")
    visits = tmp_path / "v.csv"
    lines = [
        "P,2026-01-01,L,ct,RNU0,1000",
        "P,2026-01-01,L,ct,TLU2,3",
        "P,2026-03-01,L,ct,RNU0,500",
        "P,2026-03-01,L,ct,TLU2,4",
    ]
    text = "\n".join(("subject,scan,region,image,feature,value,card", *(f"{n},ct filtered 1" for n in lines)))
    visits.write_text(text + "\n", encoding="utf-8")
    answer = run("radiomics", "delta", visits, "--repeats", known, "--json")
    assert answer.code == 0, answer.err
    volume, entropy = answer.data["rows"]
    assert (volume["name"], volume["verdict"]) == ("RNU0", "smaller")
    assert (entropy["name"], entropy["verdict"], entropy["from"], entropy["to"]) == (
        "TLU2",
        "larger",
        "2026-01-01",
        "2026-03-01",
    )
    assert (volume["unit"], entropy["unit"]) == ("", "")
    assert answer.data["admitted"] == ["TLU2"]
    assert [n["feature"] for n in answer.data["left_out"]] == ["ACUI", "QCDE"]
    assert "1 of 3 features admitted, of 40 subjects" in run("radiomics", "delta", visits, "--repeats", known).out
    visits.write_text("\n".join(n for n in text.splitlines() if "RNU0" not in n) + "\n", encoding="utf-8")
    assert "no_volume" in run("radiomics", "delta", visits, "--repeats", known).err


def test_where_no_feature_is_admitted_the_change_says_so_and_why(run, tmp_path):
    few = repeats(tmp_path / "few.csv")
    few.write_text("\n".join(n for n in few.read_text("utf-8").splitlines() if "TLU2" not in n), encoding="utf-8")
    visits = repeats(tmp_path / "v.csv", subjects=1, scans=("2026-01-01", "2026-03-01"))
    answer = run("radiomics", "delta", visits, "--repeats", few)
    assert answer.code == 0, answer.err
    assert "0 of 2 features admitted, of 40 subjects" in answer.out
    assert "1 feature not repeatable; the nearest, ACUI: lower limit of the ICC" in answer.out
    assert "1 feature volume surrogate; the nearest, QCDE: lower limit of the ICC" in answer.out
    data = run("radiomics", "delta", visits, "--repeats", few, "--json").data
    assert (data["admitted"], [r["name"] for r in data["rows"]]) == ([], ["RNU0"])
    assert data["rows"][0]["unit"] == "mm3"
    assert [n["reason"].partition(":")[0] for n in data["left_out"]] == ["not repeatable", "volume surrogate"]


def test_repeated_scans_in_another_unit_are_refused(run, tmp_path):
    known, visits = repeats(tmp_path / "r.csv"), repeats(tmp_path / "v.csv")
    visits.write_text(visits.read_text("utf-8").replace(",mm3", ",mL"), encoding="utf-8")
    answer = run("radiomics", "delta", visits, "--repeats", known)
    assert (answer.code, answer.err.split(":")[0]) == (3, "not_comparable")
    assert "RNU0: mL, mm3" in answer.err


def test_another_card_than_that_of_the_repeated_scans_is_refused(run, tmp_path):
    known, visits = repeats(tmp_path / "r.csv"), repeats(tmp_path / "v.csv", card="ct filtered 2")
    answer = run("radiomics", "delta", visits, "--repeats", known)
    assert (answer.code, answer.err.split(":")[0]) == (3, "not_comparable")


def test_a_table_that_is_read_is_never_written_over(run, tmp_path):
    known = repeats(tmp_path / "r.csv")
    before = known.read_bytes()
    for words in (("robust", known), ("delta", known, "--repeats", known)):
        answer = run("radiomics", *words, "--out", known)
        assert (answer.code, answer.err.split(":")[0]) == (7, "cannot_write")
    assert known.read_bytes() == before
