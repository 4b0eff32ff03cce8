"""`vivomap harmonise`: folds, a fit kept and applied, a new scanner, and what is refused."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from vivomap.cli.harmonise import harmonise
from vivomap.cli.talk import Manner, behave
from vivomap.core import Refusal
from vivomap.verify.proofs.harmonisation import cohort

APP = typer.Typer()
APP.command()(harmonise)


def run(*words: object) -> str:
    behave(Manner())
    done = CliRunner().invoke(APP, [str(w) for w in words], catch_exceptions=False, standalone_mode=False)
    if isinstance(done.exception, Refusal):
        raise done.exception
    return done.output


def written(path: Path, scanners: str = "012", seed: int = 0) -> Path:
    made = cohort(seed).samples
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(["subject", "scanner", "age", "fold", "f0", "f1", "f2", "f3"])
        for k, batch in enumerate(made.batch):
            if batch[-1] in scanners and k % 3 == 0:
                row = [repr(float(v)) for v in made.values[k, :4]]
                writer.writerow([made.subject[k], batch, repr(float(made.kept[k, 0])), "abc"[k % 9 // 3], *row])
    return path


def gaps(path: Path) -> float:
    """The largest gap between the means of the scanners, over the features."""
    with path.open(encoding="utf-8") as text:
        rows = list(csv.DictReader(text))
    means = [
        [np.mean([float(r[f]) for r in rows if r["scanner"] == s]) for s in sorted({r["scanner"] for r in rows})]
        for f in ("f0", "f1", "f2", "f3")
    ]
    return float(np.ptp(means, axis=1).max())


def test_folds_write_numbers_that_were_held_out_and_a_fit_for_each(tmp_path: Path) -> None:
    table = written(tmp_path / "t.csv")
    out, fit = tmp_path / "out.csv", tmp_path / "fit.json"
    said = run(table, "--keep", "age", "--fold", "fold", "--out", out, "--fit", fit)
    assert "scanner 2" in said
    assert {p.name for p in tmp_path.glob("fit*")} == {"fit.a.json", "fit.b.json", "fit.c.json"}
    assert gaps(table) > 1.5
    assert gaps(out) < 1.0  # the ages of the scanners still differ


def test_a_fit_is_kept_applied_and_taught_a_new_scanner(tmp_path: Path) -> None:
    fit, out = tmp_path / "fit.json", tmp_path / "out.csv"
    run(written(tmp_path / "two.csv", "01"), "--keep", "age", "--fit", fit)
    new = written(tmp_path / "new.csv", "2")
    with pytest.raises(Refusal) as refused:
        run(new, "--with", fit, "--keep", "age", "--out", out)
    assert refused.value.code == "batch_unknown"
    wider = tmp_path / "wider.json"
    said = run(new, "--with", fit, "--add", "--out", out, "--fit", wider)
    assert "taught the fit" in said
    assert len(json.loads(wider.read_text())["shifts"]) == 3


def test_a_column_of_folds_that_nobody_named_stays_as_it_was_and_is_told(tmp_path: Path) -> None:
    table, out = written(tmp_path / "t.csv"), tmp_path / "out.csv"
    table.write_text(table.read_text().replace(",a,", ",1,").replace(",b,", ",2,").replace(",c,", ",3,"))
    assert "'fold' is no feature" in run(table, "--keep", "age", "--out", out)
    with out.open(encoding="utf-8") as text:
        assert {row["fold"] for row in csv.DictReader(text)} == {"1", "2", "3"}
    assert "no feature" not in run(table, "--keep", "age", "--fold", "fold")


def test_what_contradicts_itself_is_refused(tmp_path: Path) -> None:
    table = written(tmp_path / "t.csv")
    for words in (("--add",), ("--with", table, "--fold", "fold"), ("--fold", "fold", "--reference", "scanner 1")):
        with pytest.raises(Refusal) as refused:
            run(table, *words)
        assert refused.value.code == "bad_setting"
    with pytest.raises(Refusal) as refused:
        run(table, "--with", table)
    assert refused.value.code == "bad_table"


def test_the_plan_writes_nothing(tmp_path: Path) -> None:
    table = written(tmp_path / "t.csv")
    behave(Manner(dry_run=True))
    done = CliRunner().invoke(APP, [str(table), "--out", str(tmp_path / "out.csv")], standalone_mode=False)
    assert "would write" in done.output
    assert not (tmp_path / "out.csv").exists()


def test_the_answer_as_json_names_what_each_scanner_did(tmp_path: Path) -> None:
    behave(Manner(json=True))
    done = CliRunner().invoke(APP, [str(written(tmp_path / "t.csv")), "--keep", "age"], standalone_mode=False)
    found = json.loads(done.stdout)
    assert found["schema"] == "vivomap.harmonise/1"
    assert [b["subjects"] for b in found["batches"]] == [50, 50, 50]
